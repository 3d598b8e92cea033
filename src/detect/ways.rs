//! Short cells whose shape tells which patterns may match where: only those are tried.

use super::asked::Asked;
use super::automaton::{Begun, Caches};
use super::column::View;
use super::judge::Rule;
use super::reading::{self, Reads};
use super::scan::{Place, Scanner, Scratch};
use super::shape::{Shape, Way};
use crate::batch::Block;
use std::sync::Arc;

impl Scanner {
    /// Lists the ways in which something may be found in texts of a shape, in a column seen as `view`; says which readings besides
    /// themselves such texts may have.
    pub(super) fn study(&self, shape: &[u8], view: &View, caches: &mut Caches, ways: &mut Vec<Way>) -> Reads {
        let may_speak = |part: Option<&[u8]>| part.is_some_and(|part| self.rules.context.may_speak(part));
        let first = ways.len();
        let mut add = |rule: &Rule, number: u16, at: usize, end: usize, anchored: bool| {
            let weak = self.rules.is_hopeless(rule, view);
            let before = weak && may_speak(shape.get(..at));
            if !weak || before || may_speak(shape.get(end..)) {
                let most = self.rules.most_by_words(rule, before);
                ways.push(Way { number, at: at as u8, most, anchored, weak });
            }
        };
        let mut found = Vec::new();
        let mut last = None;
        for (at, byte) in shape.iter().enumerate() {
            let behind_word = last.replace(*byte).is_some_and(|b: u8| b.is_ascii_alphanumeric());
            if at == 0 || byte.is_ascii_alphanumeric() && !behind_word || self.sieve.odd.contains(byte) {
                self.automaton.may_begin(caches, shape, at, &mut found);
                for (number, end) in &found {
                    if let Some(rule) = self.rules.searched.get(usize::from(*number)) {
                        add(rule, *number, at, *end, false);
                    }
                }
            }
            for (number, anchor) in (0_u16..).zip(&self.anchors) {
                let stands =
                    || Shape::of(&anchor.bytes).is_some_and(|a| shape.get(at..).is_some_and(|s| s.starts_with(a.text())));
                if let Some(rule) = self.rules.searched.get(usize::from(anchor.rule)).filter(|_| stands()) {
                    add(rule, number, at, at, true);
                }
            }
        }
        // An address that is the whole cell ends the search.
        ways.get_mut(first..).unwrap_or_default().sort_by_key(|way| (way.weak, !way.anchored));
        reading::shape_reads(shape, self.rules.decodes)
    }

    /// Searches the cells whose shapes are known.
    pub(super) fn search_shaped(
        &self,
        part: &[u8],
        block: &Block,
        views: &[Arc<View>],
        asked: &Asked,
        caches: &mut Caches,
        scratch: &mut Scratch,
    ) {
        scratch.ends.clear();
        scratch.ends.resize(self.rules.searched.len(), 0);
        // No two texts share a place.
        let mut offset = 0;
        for (i, column, known) in &asked.shaped {
            let Some(cell) = block.cells.get(*i as usize).filter(|_| !known.is_empty()) else { continue };
            let Some(view) = views.get(cell.column as usize) else { continue };
            let place = Place { text: block.text(part, cell), offset, cell: *i, view };
            offset += place.text.len() + 1;
            self.try_ways(place, asked.ways(*column, *known), caches, scratch);
        }
    }

    fn try_ways(&self, place: Place<'_>, ways: &[Way], caches: &mut Caches, scratch: &mut Scratch) {
        scratch.forget();
        let mut heard = None;
        let mut sieved = (usize::MAX, false);
        for way in ways {
            let (at, weak) = (usize::from(way.at), way.weak);
            if !way.anchored {
                if sieved.0 != at {
                    sieved = (at, self.sieve.passes(place.text, at));
                }
                let head = self.heads.get(usize::from(way.number));
                if !sieved.1 || !head.is_some_and(|head| head.fits(place.text, at)) {
                    continue;
                }
            }
            let number = if way.anchored { self.anchors.get(usize::from(way.number)).map(|a| a.rule) } else { Some(way.number) };
            let Some(rule) = number.and_then(|n| self.rules.searched.get(usize::from(n))) else { continue };
            let settled = scratch.settled;
            if settled != 0 && (weak && way.most < settled || at != 0 && (settled == 100 || !rule.proven)) {
                continue;
            }
            if weak {
                let heard = heard.get_or_insert_with(|| {
                    let mut heard = std::mem::take(&mut scratch.heard);
                    self.rules.listen(place.text, &mut heard);
                    heard
                });
                if !self.rules.is_heard(rule, heard) {
                    continue;
                }
            }
            match self.anchors.get(usize::from(way.number)).filter(|_| way.anchored) {
                Some(anchor) => self.around(anchor, place, at, caches, scratch),
                None => {
                    self.attempt(place, at, Begun { number: way.number, end: None }, caches, scratch);
                }
            }
        }
        if let Some(heard) = heard {
            scratch.heard = heard;
        }
    }
}
