//! Short cells whose shape tells which patterns may match where: only those are tried.

use super::asked::Asked;
use super::automaton::{Begun, Caches};
use super::column::View;
use super::judge::Rule;
use super::reading;
use super::scan::{Place, Scanner, Scratch};
use super::shape::{Shape, Way};
use crate::batch::Block;
use std::sync::Arc;

impl Scanner {
    /// Lists the ways in which something may be found in texts of a shape, in a column seen as `view`; true where such texts may
    /// have readings besides themselves.
    pub(super) fn study(&self, shape: &[u8], view: &View, caches: &mut Caches, ways: &mut Vec<Way>) -> bool {
        let has_letter = |bytes: Option<&[u8]>| bytes.is_some_and(|b| b.iter().any(u8::is_ascii_alphabetic));
        let mut add = |rule: &Rule, number: u16, at: usize, end: usize, anchored: bool| {
            let weak = self.rules.is_hopeless(rule, view);
            let (before, behind) = (has_letter(shape.get(..at)), has_letter(shape.get(end..)));
            if !weak || before || behind {
                let most = self.rules.most_by_words(rule, before);
                ways.push(Way { number, at: at as u8, most, anchored, weak });
            }
        };
        let mut found = Vec::new();
        let mut before = None;
        for (at, byte) in shape.iter().enumerate() {
            let behind_word = before.replace(*byte).is_some_and(|b: u8| b.is_ascii_alphanumeric());
            if at == 0 || byte.is_ascii_alphanumeric() && !behind_word || self.sieve.odd.contains(byte) {
                self.automaton.may_begin(caches, shape, at, &mut found);
                for (number, end) in &found {
                    if let Some(rule) = self.rules.searched.get(usize::from(*number)) {
                        add(rule, *number, at, *end, false);
                    }
                }
            }
            for (number, anchor) in (0_u16..).zip(&self.anchors) {
                let stands = || Shape::of(&anchor.bytes).is_some_and(|a| shape.get(at..).is_some_and(|s| s.starts_with(a.text())));
                if let Some(rule) = self.rules.searched.get(usize::from(anchor.rule)).filter(|_| stands()) {
                    add(rule, number, at, at, true);
                }
            }
        }
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
        for weak in [false, true] {
            for way in ways.iter().filter(|way| way.weak == weak) {
                let at = usize::from(way.at);
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
        }
        if let Some(heard) = heard {
            scratch.heard = heard;
        }
    }
}
