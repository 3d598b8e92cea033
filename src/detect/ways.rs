//! Short cells whose shape tells which patterns may match where: only those are tried.

use super::asked::Asked;
use super::automaton::{Begun, Caches};
use super::column::View;
use super::judge::Rule;
use super::reading::{self, Reads};
use super::scan::{Place, Scanner, Scratch};
use super::shape::{Shape, Way};
use super::sieve;
use crate::batch::Block;
use std::cmp::Reverse;
use std::sync::Arc;

impl Scanner {
    /// Lists the ways in which something may be found in texts of a shape, in a column seen as `view`; says which readings besides
    /// themselves such texts may have.
    pub(super) fn study(&self, shape: &[u8], view: &View, caches: &mut Caches, ways: &mut Vec<Way>) -> Reads {
        let may_speak = |part: Option<&[u8]>| part.is_some_and(|part| self.rules.context.may_speak(part));
        let speaks = may_speak(Some(shape));
        let first = ways.len();
        let mut add = |rule: &Rule, number: u16, at: usize, end: usize, anchored: bool| {
            let weak = self.rules.is_hopeless(rule, view);
            // Of a match whose value is a part of it, the rest may hold the word.
            if !weak || may_speak(shape.get(..at)) || may_speak(shape.get(end..)) || rule.grouped && speaks {
                let most = self.rules.most(rule, view, speaks);
                // Texts with letters have too many shapes to be asked so much of each.
                let asked = !anchored && !weak && !shape.iter().skip(at).any(u8::is_ascii_alphabetic);
                let whole = asked.then(|| self.automaton.demands(number, shape, at)).flatten();
                ways.push(Way { number, at: at as u8, most, anchored, weak, whole });
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
        // What is likely the whole cell and sure ends the search. Of one pattern, earlier matches come first.
        let order = |way: &Way| (way.weak, !way.anchored, Reverse(way.most), way.number, way.at);
        ways.get_mut(first..).unwrap_or_default().sort_by_key(order);
        reading::shape_may(shape)
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
        let (mut seen, mut whole) = (scratch.candidates.len(), None);
        for way in ways {
            let at = usize::from(way.at);
            if whole.is_some_and(|whole| way.most < whole || way.most == whole && at > 0) {
                continue;
            }
            let anchor = self.anchors.get(usize::from(way.number)).filter(|_| way.anchored);
            let number = anchor.map_or(way.number, |anchor| anchor.rule);
            let Some(rule) = self.rules.searched.get(usize::from(number)) else { continue };
            if let Some(demands) = way.whole {
                if !demands.iter().all(|demand| demand.is_met(place.text)) {
                    continue;
                }
            } else if anchor.is_none() {
                if sieved.0 != at {
                    let rest = place.text.get(at..).unwrap_or_default();
                    sieved = (at, self.sieve.passes(rest, sieve::token(rest)));
                }
                let head = self.heads.get(usize::from(number));
                if !sieved.1 || !head.is_some_and(|head| head.fits(place.text, at)) {
                    continue;
                }
            }
            if way.weak {
                let heard = heard.get_or_insert_with(|| {
                    let mut heard = std::mem::take(&mut scratch.heard);
                    self.rules.listen(place.text, &mut heard);
                    heard
                });
                if !self.rules.is_heard(rule, heard) {
                    continue;
                }
            }
            if let Some(anchor) = anchor {
                self.around(anchor, place, at, caches, scratch);
            } else {
                let end = way.whole.map(|_| place.text.len());
                self.attempt(place, at, Begun { number, end }, caches, scratch);
            }
            let new = scratch.candidates.get(seen..).unwrap_or_default();
            whole = new.iter().filter_map(|c| self.rules.whole(c, place.text)).chain(whole).max();
            seen = scratch.candidates.len();
        }
        if let Some(heard) = heard {
            scratch.heard = heard;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Column;
    use crate::detect::examples;
    use crate::detect::select::{Profile, Selection};

    const ENTRIES: &[(&str, &str)] = &[
        ("a.month", "pattern = '\\d{4}-\\d{2}'\nbase = 60\ncontext = \"required\"\nnear = [\"paid\"]"),
        ("a.code", "pattern = '[A-Z]{2}\\d{3}'\nbase = 60"),
        ("a.mail", "pattern = '[a-z]{1,9}@[a-z]{1,9}'\nanchor = \"@\"\nbase = 70"),
        ("a.pin", "pattern = '[1-4]\\d{4}'\nbase = 90"),
        ("a.born", "pattern = 'born (\\d{6})'\nbase = 50\ncontext = \"required\"\nnear = [\"born\"]"),
        ("a.key", "pattern = '[a-z]{3}=\\d'\nbase = 80\nafter_underscore = true"),
    ];

    /// The column's name, a shape, the ways that it has in the order in which they are tried, and why. A way has a detector, a
    /// place, and `@` if it is an anchor's, `?` if it needs a word.
    type Row = (&'static str, &'static str, &'static [(&'static str, u8, &'static str)], &'static str);

    #[test]
    fn a_shape_tells_which_patterns_may_match_where() {
        let catalogue = examples::catalogue(ENTRIES);
        let scanner = Scanner::new(&catalogue, &Selection { profile: Profile::All, ..Selection::default() }).unwrap();
        let table: &[Row] = &[
            ("", "AA000", &[("a.code", 0, "")], "a match from the start"),
            ("", "AA00", &[], "too short for any"),
            ("", "aaA000", &[], "nothing begins within a word"),
            ("", "aaaa=0", &[], "nor where the pattern would"),
            ("", "aa_aaa=0", &[("a.key", 3, "")], "but behind an underscore"),
            ("", "aa.AA000", &[("a.code", 3, "")], "behind a sign"),
            ("", "AA000 AA000", &[("a.code", 0, ""), ("a.code", 6, "")], "two, from left to right"),
            ("", "00000", &[("a.pin", 0, "")], "any digit may be a first one"),
            ("", "AA000 00000", &[("a.pin", 6, ""), ("a.code", 0, "")], "what can be surer first"),
            ("", "aa@aa 00000", &[("a.mail", 2, "@"), ("a.pin", 6, "")], "anchors before all"),
            ("", "@ 0@", &[("a.mail", 0, "@"), ("a.mail", 3, "@")], "an anchor wherever it stands"),
            ("", "0000-00", &[], "a word is needed, and there is none"),
            ("", "000 0000-00", &[], "nor is that one"),
            ("", "aaaa 0000-00", &[("a.month", 5, "?")], "perhaps a word in front"),
            ("", "0000-00 aaaa", &[("a.month", 0, "?")], "perhaps a word behind"),
            ("", "aaaa 0000-00 AA000", &[("a.code", 13, ""), ("a.month", 5, "?")], "what needs no word first"),
            ("", "aaaa 000000", &[("a.born", 0, "?")], "the word is a part of the match, before its value"),
            ("paid", "0000-00", &[("a.month", 0, "")], "the column's name speaks"),
            ("paid", "0000-00 AA000", &[("a.month", 0, ""), ("a.code", 8, "")], "and makes it the surer one"),
        ];
        let mut caches = scanner.automaton.caches();
        for (name, shape, wanted, why) in table {
            let view = scanner.column(&Column { elements: vec![(*name).to_owned()], name: (*name).to_owned() });
            // What other shapes have stays where it is.
            let other =
                Way { number: 9, at: 9, most: crate::detect::rank::Rank::default(), anchored: false, weak: false, whole: None };
            let mut ways = vec![other; 2];
            scanner.study(shape.as_bytes(), &view, &mut caches, &mut ways);
            let (before, ways) = ways.split_at(2);
            assert_eq!(before, [other; 2], "{shape}: {why}");
            let found = ways.iter().map(|way| {
                let number = if way.anchored { scanner.anchors[usize::from(way.number)].rule } else { way.number };
                let rule = &scanner.rules.searched[usize::from(number)];
                let speaks = scanner.rules.context.may_speak(shape.as_bytes());
                assert_eq!(way.most, scanner.rules.most(rule, &view, speaks), "{shape}: {why}");
                let kind = if way.anchored {
                    "@"
                } else if way.weak {
                    "?"
                } else {
                    ""
                };
                (catalogue.get(rule.detector).unwrap().id.as_str(), way.at, kind)
            });
            assert_eq!(found.collect::<Vec<_>>(), *wanted, "{shape}: {why}");
        }
    }
}
