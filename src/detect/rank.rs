//! What a match can come to before it is judged: what cannot outrank what was found is not tried.

use super::column::View;
use super::context::Heard;
use super::judge::{Candidate, Rule, Rules, SURE, WEIGHTS, is_proof};

/// What tells the stronger of two candidates that overlap, before their length does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) checked: bool,
    pub(super) confidence: u8,
    pub(super) surprise: u8,
}

impl Rules {
    /// The most that a match of the rule can have in a column seen as `view`, where words may stand near it or not.
    pub(super) fn most(&self, rule: &Rule, view: &View, speaks: bool) -> Rank {
        let near = if speaks { WEIGHTS.before.max(WEIGHTS.after) } else { 0 };
        let mut most = Rank::default();
        let twin = self.catalogue.get(rule.detector).and_then(|d| d.unchecked);
        for index in [Some(rule.detector), twin].into_iter().flatten() {
            let Some(detector) = self.detector(index) else { continue };
            let by_sample = if view.is_raised(index) { WEIGHTS.sample } else { 0 };
            let more = match (near, view.is_named(index)) {
                (0, true) => WEIGHTS.name,
                (near, true) => near.max(WEIGHTS.name) + WEIGHTS.both,
                (near, false) => near.max(by_sample),
            };
            let sum = (i32::from(detector.base) + more).min(if detector.check.is_some_and(is_proof) { 100 } else { SURE });
            let surprise = self.surprise.get(usize::from(index)).copied().unwrap_or(0);
            most = most.max(Rank { checked: detector.check.is_some(), confidence: sum.clamp(0, 100) as u8, surprise });
        }
        most
    }

    /// The rank of a match that is all of a text: what cannot outrank it changes nothing in the text. None where the allow
    /// list counts what it lets pass.
    pub(super) fn whole(&self, c: &Candidate, text: &[u8]) -> Option<Rank> {
        let whole = c.start == 0 && c.end as usize == text.len() && !self.skip_samples && self.allowed.is_empty();
        whole.then_some(Rank { checked: c.checked, confidence: c.confidence, surprise: c.surprise })
    }

    /// Gathers whom words anywhere in a short text speak for.
    pub(super) fn listen(&self, text: &[u8], heard: &mut Heard) {
        heard.forget();
        self.context.listen(text, || 0..text.len(), heard);
    }

    /// True where a word that was heard speaks for the rule's detector.
    pub(super) fn is_heard(&self, rule: &Rule, heard: &Heard) -> bool {
        let twin = self.catalogue.get(rule.detector).and_then(|d| d.unchecked);
        heard.holds(rule.detector) || twin.is_some_and(|twin| heard.holds(twin))
    }
}
