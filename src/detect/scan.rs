//! The scanner: a block at a time, candidates first, judgement on few places.

use super::again::Again;
use super::anchor::Anchor;
use super::asked::Asked;
use super::automaton::{Automaton, Begun, Caches};
use super::catalogue::{Catalogue, Explanation};
use super::cells::{WholeCaches, without_fraction};
use super::column::{self, Counts, View};
use super::context::{Heard, Memo};
use super::judge::{Candidate, Judged, Rule, Rules, WEIGHTS, longest_judged};
use super::overlap;
use super::prefix::{self, Head, Walk};
use super::reading::{self, Budget, Readings};
use super::select::Selection;
use super::shape::Way;
use super::sieve::{self, Sieve};
use super::starts::Marker;
use crate::batch::{Block, Column, Finding};
use crate::error::{Error, Result};
use crate::text;
use crate::text::lanes::STEP;
use regex_automata::hybrid::dfa::DFA;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many cells of a sample are looked at; more add nothing to a binomial test.
const SAMPLE_CELLS: usize = 1000;

/// Cells up to this many bytes are asked whether they hold letters: without any there is no context.
const WORDLESS: usize = 64;

/// Numbers scanners, so that scratch of one is not used with another.
static SCANNERS: AtomicU64 = AtomicU64::new(1);

/// Finds values. Immutable, shared by all workers.
pub struct Scanner {
    pub(super) rules: Rules,
    pub(super) again: Again,
    pub(super) automaton: Automaton,
    pub(super) sieve: Sieve,
    /// By rule: what its matches begin with.
    pub(super) heads: Vec<Head>,
    marker: Marker,
    pub(super) anchors: Vec<Anchor>,
    plain: View,
    number: u64,
}

/// Memory of one worker: used again from block to block.
#[derive(Default)]
pub struct Scratch {
    scanner: u64,
    caches: Option<Caches>,
    pub(super) candidates: Vec<Candidate>,
    wholes: WholeCaches,
    asked: Asked,
    begun: Vec<Begun>,
    pub(super) heard: Heard,
    memo: Memo,
    /// Whether the text being searched has no letters, once it was asked.
    wordless: Option<bool>,
    /// For each rule, where its last match in the buffer ended.
    pub(super) ends: Vec<usize>,
    allowed: Vec<u64>,
    budget: Budget,
    /// Records with more values than were looked for in the rest of them; for the caller to keep.
    pub crowded: u64,
    /// Values that the allow list let pass since the last block: cell and detector.
    pub(super) passed: Vec<(u32, u16)>,
}

impl Scratch {
    /// How often the allow list let a value pass since the last call, by detector number; empties the counts.
    pub fn take_allowed(&mut self) -> Vec<(u16, u64)> {
        let counts = std::mem::take(&mut self.allowed);
        (0_u16..).zip(counts).filter(|(_, n)| *n > 0).collect()
    }

    /// How many cells were searched as they are written only, since decoding them would have cost too much; empties the count.
    pub fn take_undecoded(&mut self) -> u64 {
        std::mem::take(&mut self.budget.reached)
    }

    /// Forgets what was remembered of the text being searched.
    pub(super) fn forget(&mut self) {
        self.memo.forget();
        self.wordless = None;
    }

    /// Counts a value that the allow list lets pass.
    fn count(&mut self, detector: u16) {
        let at = usize::from(detector);
        if self.allowed.len() <= at {
            self.allowed.resize(at + 1, 0);
        }
        if let Some(n) = self.allowed.get_mut(at) {
            *n += 1;
        }
    }

    fn note(&mut self, judged: Judged, cell: u32) -> Option<usize> {
        match judged {
            Judged::No | Judged::Weak => None,
            Judged::Allowed(detector, end) => {
                self.count(detector);
                self.passed.push((cell, detector));
                Some(end)
            }
            Judged::Yes(candidate) => {
                self.candidates.push(Candidate { cell, ..candidate });
                Some(candidate.end as usize)
            }
        }
    }
}

/// One text to search: a slice of the buffer, the cell it is, how its column is seen.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) text: &'a [u8],
    /// Where the text begins in the buffer.
    pub(super) offset: usize,
    pub(super) cell: u32,
    pub(super) view: &'a View,
}

/// What tells of a place whether a match may begin there.
struct First {
    sieve: Sieve,
    heads: Vec<Head>,
    anchors: Vec<Anchor>,
}

impl First {
    fn new(ends: &[DFA], rules: &Rules) -> Result<Self> {
        let (mut walks, mut anchors, mut heads) = (Vec::new(), Vec::new(), Vec::new());
        for ((number, rule), dfa) in (0_u16..).zip(&rules.searched).zip(ends) {
            let mut walk = Walk::new(dfa.get_nfa());
            heads.push(Head::new(&mut walk));
            match &rule.anchor {
                None => walks.push(walk),
                Some(bytes) => {
                    let before = prefix::before_anchor(&mut walk, bytes)
                        .ok_or_else(|| Error::Bug("an anchor that its pattern does not have".to_owned()))?;
                    anchors.push(Anchor { rule: number, bytes: bytes.clone(), before });
                }
            }
        }
        Ok(Self { sieve: Sieve::new(&mut walks), heads, anchors })
    }
}

impl Scanner {
    /// Compiles what `selection` wants looked for.
    ///
    /// # Errors
    /// [`Error::Usage`] where the selection names what there is not; [`Error::Pack`] where a pattern does not compile.
    pub fn new(catalogue: &Arc<Catalogue>, selection: &Selection) -> Result<Self> {
        let (rules, read) = Rules::new(catalogue, selection)?;
        let patterns: Vec<_> = rules.searched.iter().zip(&read).map(|(r, hir)| (hir, r.reach, r.anchor.is_none())).collect();
        let wrong = |m| Error::Usage(format!("detectors together: {m}"));
        let (automaton, first) = Automaton::new(&patterns, |ends| First::new(ends, &rules)).map_err(wrong)?;
        let First { sieve, heads, anchors } = first?;
        let firsts: Vec<u8> = anchors.iter().filter_map(|a| a.bytes.first().copied()).collect();
        let marker = Marker::new(&sieve.odd, &firsts);
        let number = SCANNERS.fetch_add(1, Ordering::Relaxed);
        let again = Again::new(catalogue, selection.min_confidence);
        Ok(Self { rules, again, automaton, sieve, heads, marker, anchors, plain: View::default(), number })
    }

    /// The detectors that findings point at.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.rules.catalogue
    }

    /// Whether a detector is in use.
    #[must_use]
    pub fn is_on(&self, detector: u16) -> bool {
        self.rules.is_on(detector)
    }

    /// What a found value stands for: the first of its readings that is a value of the detector, the last one where none is told
    /// by its form; without line ends and the like around it that only escapes brought in.
    #[must_use]
    pub fn plain<'a>(&self, value: &'a str, detector: u16) -> Cow<'a, str> {
        reading::plain(value, |reading| self.rules.is_value(detector, reading))
    }

    /// True where that detector looks.
    #[must_use]
    pub fn is_enabled(&self, detector: u16) -> bool {
        self.rules.is_enabled(detector)
    }

    /// What a detector looks for and how its confidence comes about.
    #[must_use]
    pub fn explain(&self, id: &str) -> Option<Explanation<'_>> {
        self.rules.catalogue.explain(id)
    }

    /// A column seen by its name alone.
    #[must_use]
    pub fn column(&self, column: &Column) -> View {
        self.rules.names.view(column)
    }

    /// A column seen by its name and a sample of its non-empty cells (taken by record number), judged jointly.
    pub fn look<'a>(&self, column: &Column, sample: &mut dyn Iterator<Item = &'a [u8]>) -> View {
        let mut view = self.column(column);
        let whole = |cell: &'a [u8]| without_fraction(cell.get(text::trimmed(cell)).unwrap_or_default());
        // A value that stands in every cell passes in all of them or in none: it speaks once.
        let mut known = HashSet::new();
        let mut sample = sample.take(SAMPLE_CELLS).map(whole).filter(|cell| !cell.is_empty() && known.insert(*cell));
        // One cell tells nothing: where keys are data there are many such columns.
        let (Some(first), Some(second)) = (sample.next(), sample.next()) else { return view };
        let telling: Vec<(u16, &Rule, f64)> = (0_u16..)
            .zip(&self.rules.searched)
            .filter_map(|(number, rule)| {
                let check = self.rules.catalogue.get(rule.detector)?.check?;
                (check.chance <= WEIGHTS.telling_chance).then_some((number, rule, check.chance))
            })
            .collect();
        let mut counts = vec![Counts::default(); telling.len()];
        let mut begun = Vec::new();
        let mut caches = self.automaton.caches();
        for cell in [first, second].into_iter().chain(sample) {
            let numeric = cell.iter().all(|b| b.is_ascii_digit() || b" -./".contains(b)) && cell.iter().any(u8::is_ascii_digit);
            for count in &mut counts {
                count.cells += 1;
                count.numbers += usize::from(numeric);
            }
            self.automaton.begin(&mut caches, cell, 0, &mut begun);
            // Patterns with an anchor are not looked for where a text begins.
            begun.extend(telling.iter().filter(|t| t.1.anchor.is_some()).map(|t| Begun { number: t.0, end: None }));
            for one in &begun {
                let Ok(at) = telling.binary_search_by_key(&one.number, |t| t.0) else { continue };
                let (Some((number, rule, _)), Some(count)) = (telling.get(at), counts.get_mut(at)) else { continue };
                let end = one.end.or_else(|| self.automaton.end(&mut caches, cell, 0, *number, rule.reach));
                let check = self.rules.catalogue.get(rule.detector).and_then(|d| d.check);
                let passed = end == Some(cell.len()) && check.is_some_and(|c| (c.run)(cell) == Some(cell.len()));
                count.passed += usize::from(passed);
            }
        }
        for ((_, rule, chance), count) in telling.iter().zip(counts) {
            view.learn(rule.detector, column::weigh(count, *chance));
        }
        view
    }

    /// Appends the findings in a block to `out`, sorted by cell and start, none overlapping. `views` stand parallel to the
    /// block's columns; a missing one is taken for a column without a name.
    pub fn scan(&self, part: &[u8], block: &Block, views: &[Arc<View>], scratch: &mut Scratch, out: &mut Vec<Finding>) {
        let mut caches = self.prepare(scratch);
        let mut asked = std::mem::take(&mut scratch.asked);
        let study = |shape: &[u8], view: &View, ways: &mut Vec<Way>| self.study(shape, view, &mut caches, ways);
        let reads = |shape, text: &[u8]| reading::reads_of(shape, text);
        asked.sort_out(part, block, views, study, reads, |detector| scratch.count(detector));
        self.search_shaped(part, block, views, &asked, &mut caches, scratch);
        let mut with_readings = Vec::new();
        for (order, bytes) in [(&mut asked.in_part, part), (&mut asked.in_side, block.side.as_slice())] {
            let start_of = |i: &u32| block.cells.get(*i as usize).map_or(0, |c| c.text_start);
            if !order.is_sorted_by_key(start_of) {
                order.sort_by_key(start_of);
            }
            if order.is_empty() {
                continue;
            }
            let range_of = |i: u32| block.cells.get(i as usize).map_or(0..0, |c| c.text_start as usize..c.text_end as usize);
            reading::take_out(order, bytes, range_of, &mut with_readings);
            let mut cells = order.iter().filter_map(|i| {
                let cell = block.cells.get(*i as usize)?;
                let text = bytes.get(cell.text_start as usize..cell.text_end as usize)?;
                let view = views.get(cell.column as usize).map_or(&self.plain, |v| &**v);
                Some(Place { text, offset: cell.text_start as usize, cell: *i, view })
            });
            self.sweep(bytes, &mut cells, &mut caches, scratch);
        }
        for i in &with_readings {
            let Some(cell) = block.cells.get(*i as usize) else { continue };
            let view = views.get(cell.column as usize).map_or(&self.plain, |v| &**v);
            self.search_readings(Place { text: block.text(part, cell), offset: 0, cell: *i, view }, &mut caches, scratch);
        }
        if views.iter().any(|v| v.names_cells()) {
            let mut wholes = std::mem::take(&mut scratch.wholes);
            // Candidates of a cell stand together; the cells, in the order in which they were searched.
            let mut searched = std::mem::take(&mut scratch.candidates);
            let mut rest = searched.as_slice();
            let shaped = asked.shaped.iter().map(|s| &s.0);
            for i in shaped.chain(&asked.in_part).chain(&asked.in_side).chain(&with_readings) {
                let (found, behind) = rest.split_at(rest.iter().take_while(|c| c.cell == *i).count());
                rest = behind;
                let Some(cell) = block.cells.get(*i as usize) else { continue };
                let view = views.get(cell.column as usize).map_or(&self.plain, |v| &**v);
                if view.names_cells() {
                    self.rules.judge_cell(block.text(part, cell), view, found, &mut wholes, |judged| {
                        scratch.note(judged, *i);
                    });
                }
            }
            scratch.wholes = wholes;
            searched.append(&mut scratch.candidates);
            scratch.candidates = searched;
        }
        asked.answer(part, block, scratch, out);
        scratch.asked = asked;
        scratch.caches = Some(caches);
    }

    /// Appends the findings in one text, taken as one cell with number 0: headers, keys, metadata, paths.
    pub fn scan_text(&self, text: &[u8], view: &View, scratch: &mut Scratch, out: &mut Vec<Finding>) {
        let mut caches = self.prepare(scratch);
        self.search_readings(Place { text, offset: 0, cell: 0, view }, &mut caches, scratch);
        if view.names_cells() {
            let found = scratch.candidates.clone();
            let mut wholes = std::mem::take(&mut scratch.wholes);
            self.rules.judge_cell(text, view, &found, &mut wholes, |judged| {
                scratch.note(judged, 0);
            });
            scratch.wholes = wholes;
        }
        overlap::resolve(&mut scratch.candidates, out);
        scratch.caches = Some(caches);
    }

    /// Searches one text, which begins its buffer, in all its readings.
    fn search_readings(&self, place: Place<'_>, caches: &mut Caches, scratch: &mut Scratch) {
        let Some(readings) = Readings::of(place.text, &mut scratch.budget) else {
            return self.sweep(place.text, &mut std::iter::once(place), caches, scratch);
        };
        for number in readings.searched() {
            let text = readings.reading(place.text, number);
            let found = scratch.candidates.len();
            // What is let pass is counted in one reading only.
            let before = (!readings.is_last(number)).then(|| (scratch.allowed.clone(), scratch.passed.len()));
            self.sweep(text, &mut std::iter::once(Place { text, ..place }), caches, scratch);
            if let Some((allowed, passed)) = before {
                scratch.allowed = allowed;
                scratch.passed.truncate(passed);
            }
            readings.settle(place.text, number, &mut scratch.candidates, found);
        }
    }

    fn prepare(&self, scratch: &mut Scratch) -> Caches {
        if scratch.scanner != self.number {
            scratch.scanner = self.number;
            scratch.caches = None;
            scratch.wholes = WholeCaches::default();
            scratch.asked = Asked::default();
        }
        scratch.candidates.clear();
        scratch.passed.clear();
        scratch.budget.renew();
        scratch.caches.take().unwrap_or_else(|| self.automaton.caches())
    }

    /// One pass over a buffer whose cells come in order.
    fn sweep<'a>(
        &self,
        bytes: &'a [u8],
        cells: &mut impl Iterator<Item = Place<'a>>,
        caches: &mut Caches,
        scratch: &mut Scratch,
    ) {
        scratch.forget();
        scratch.ends.clear();
        scratch.ends.resize(self.rules.searched.len(), 0);
        let mut cells = cells.peekable();
        let Some(mut place) = cells.next() else { return };
        let mut in_word = false;
        let mut forced = Some(place.offset);
        // Bytes before the first cell hold no start, but tell whether one begins in a word.
        let mut next = place.offset / STEP * STEP;
        while let Some(rest) = bytes.get(next..).filter(|rest| !rest.is_empty()) {
            let base = next;
            let chunk = rest.get(..STEP).unwrap_or(rest);
            next += STEP;
            let marks = self.marker.mark(chunk, &mut in_word);
            let mut starts = marks.starts;
            let mut anchors = marks.anchors;
            loop {
                // A cell's first byte is a start even where no separator stands before it.
                if let Some(at) = forced.filter(|at| *at < base + STEP) {
                    starts |= 1 << (at.max(base) - base);
                    forced = None;
                }
                let end = place.offset + place.text.len();
                let here = below(end.saturating_sub(base));
                let (mut now, mut then) = (starts & here, anchors & here);
                (starts, anchors) = (starts & !here, anchors & !here);
                if base < place.offset {
                    let skip = !below(place.offset - base);
                    (now, then) = (now & skip, then & skip);
                }
                while now != 0 {
                    let at = base + now.trailing_zeros() as usize;
                    now &= now - 1;
                    let rest = bytes.get(at..end).unwrap_or_default();
                    let from = at - base;
                    let number = marks.digits >> from & 1 == 1;
                    let token = (if number { marks.digits } else { marks.words } >> from).trailing_ones() as usize;
                    // One that goes on behind the step is counted.
                    let token = if from + token < STEP { token } else { sieve::token(rest) };
                    if self.sieve.passes(rest, token.min(rest.len())) {
                        self.begin(place, at - place.offset, caches, scratch);
                    }
                }
                while then != 0 {
                    let at = base + then.trailing_zeros() as usize;
                    then &= then - 1;
                    self.anchor(place, at - place.offset, caches, scratch);
                }
                if end > base + STEP {
                    break;
                }
                scratch.forget();
                match cells.next() {
                    Some(next) => place = next,
                    None => return,
                }
                forced = Some(place.offset);
                if place.offset >= base + STEP {
                    // What lies between is not searched.
                    if place.offset >= next + STEP {
                        next = place.offset / STEP * STEP;
                        in_word = bytes.get(next - 1).is_some_and(u8::is_ascii_alphanumeric);
                    }
                    break;
                }
            }
        }
    }

    /// Tries every pattern that may begin at `at`.
    fn begin(&self, place: Place<'_>, at: usize, caches: &mut Caches, scratch: &mut Scratch) {
        let mut begun = std::mem::take(&mut scratch.begun);
        self.automaton.begin(caches, place.text, at, &mut begun);
        scratch.heard.forget();
        // Listening costs as much as a few patterns do.
        let many = begun.len() > 4;
        let letters = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80;
        let is_wordless = || place.text.len() <= WORDLESS && !place.text.iter().any(letters);
        let wordless = !begun.is_empty() && *scratch.wordless.get_or_insert_with(is_wordless);
        for one in &begun {
            let rule = self.rules.searched.get(usize::from(one.number));
            let hopeless = rule.filter(|rule| self.rules.is_hopeless(rule, place.view));
            let is_unheard = |rule| many && self.rules.is_unheard(rule, place.text, at, &mut scratch.heard);
            if wordless && hopeless.is_some() || hopeless.is_some_and(is_unheard) {
                continue;
            }
            self.attempt(place, at, *one, caches, scratch);
        }
        scratch.begun = begun;
    }

    /// True where one pattern matches at `at` and is judged a value.
    pub(super) fn attempt(&self, place: Place<'_>, at: usize, begun: Begun, caches: &mut Caches, scratch: &mut Scratch) -> bool {
        let number = begun.number;
        let Some(rule) = self.rules.searched.get(usize::from(number)) else { return false };
        let taken = scratch.ends.get(usize::from(number)).copied().unwrap_or(0);
        if place.offset + at < taken || !rule.may_begin(place.text, at) {
            return false;
        }
        let end = begun.end.or_else(|| self.automaton.end(caches, place.text, at, number, rule.reach));
        let Some(end) = end else { return false };
        let mut memo = std::mem::take(&mut scratch.memo);
        let judge = |end| self.rules.judge(rule, place.text, rule.value(place.text, at, end), place.view, &mut memo);
        let judged =
            longest_judged(place.text, at, end, judge, |limit| self.automaton.end(caches, place.text, at, number, limit - at));
        scratch.memo = memo;
        let Some(end) = scratch.note(judged, place.cell) else { return false };
        if let Some(taken) = scratch.ends.get_mut(usize::from(number)) {
            *taken = place.offset + end;
        }
        true
    }
}

/// Bits below `count`.
fn below(count: usize) -> u64 {
    if count >= STEP { u64::MAX } else { (1 << count) - 1 }
}
