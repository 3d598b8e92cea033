//! Matches that are searched for from a byte in their middle, `@`.

use super::automaton::{Begun, Caches, LEFT};
use super::prefix::{Mask, holds};
use super::scan::{Place, Scanner, Scratch};

/// A rule whose matches are found from a byte in their middle.
pub(super) struct Anchor {
    pub(super) rule: u16,
    pub(super) bytes: Vec<u8>,
    /// What may stand in a match before it.
    pub(super) before: Mask,
}

impl Scanner {
    /// Tries the patterns of an anchor byte at `at`, from the leftmost start on.
    pub(super) fn anchor(&self, place: Place<'_>, at: usize, caches: &mut Caches, scratch: &mut Scratch) {
        for anchor in &self.anchors {
            self.around(anchor, place, at, caches, scratch);
        }
    }

    /// Tries the pattern of one anchor that may stand at `at`.
    pub(super) fn around(&self, anchor: &Anchor, place: Place<'_>, at: usize, caches: &mut Caches, scratch: &mut Scratch) {
        if place.text.get(at..).is_some_and(|rest| rest.starts_with(&anchor.bytes)) {
            let before = place.text.get(at.saturating_sub(LEFT)..at).unwrap_or_default();
            let length = before.iter().rev().take_while(|b| holds(&anchor.before, **b)).count();
            for start in at - length..at {
                if self.attempt(place, start, Begun { number: anchor.rule, end: None }, caches, scratch) {
                    break;
                }
            }
        }
    }
}
