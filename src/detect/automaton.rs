//! Patterns as lazy automata: one that tells which patterns begin at a place, one that tells where a pattern ends.

use super::prefix::{self, Walk};
use super::select::one_line;
use super::shape::Demands;
use super::widen::{DIGITS, SHAPES, widened};
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, meta};
use regex_syntax::hir::Hir;
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// How far a match without a bound of its own may reach, in bytes.
pub(super) const REACH: usize = 8192;

/// How far left of an anchor a match may begin, in bytes.
pub(super) const LEFT: usize = 256;

/// How far the first look at a place goes, in bytes; longer patterns that are alive there are tried one by one.
const FIRST_LOOK: usize = 64;

/// Memory of a compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;

/// Memory of the states of a lazy automaton of all patterns, in bytes, and of those of single patterns together, for each worker.
const CACHE_BYTES: usize = 24 << 20;

/// Memory of the states of one pattern, in bytes.
const PATTERN_CACHE_BYTES: usize = 256 << 10;

fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).nest_limit(64)
}

/// What is known of a pattern before it is compiled with others.
pub(super) struct Compiled {
    /// The pattern between its borders, as all engines compile it.
    pub(super) bordered: String,
    /// The same, read.
    pub(super) hir: Hir,
    /// Longest match in bytes, [`REACH`] where there is no bound.
    pub(super) reach: usize,
    /// The value is group 1.
    pub(super) grouped: bool,
}

/// Between word and no word at both ends, unless that end itself is no word byte.
fn border(pattern: &str) -> String {
    let edge = r"(?-u:\b{start-half}|\b{end-half})";
    format!("{edge}(?:{pattern}){edge}")
}

fn border_after_underscore(pattern: &str) -> String {
    format!(r"(?:{pattern})(?-u:\b{{start-half}}|\b{{end-half}})")
}

/// # Errors
/// What is wrong with the pattern, in a line.
pub(super) fn compile(pattern: &str) -> Result<Compiled, String> {
    let hir = syntax::parse_with(pattern, &syntax_config()).map_err(|e| one_line(&e.to_string()))?;
    let looks = hir.properties().look_set();
    if looks.contains_word_unicode() {
        return Err("`\\b` and `\\B` of Unicode are not supported; leave out `(?u)`".to_owned());
    }
    if looks.contains_anchor() {
        return Err("`^` and `$` have no meaning in running text; use `cell` for whole cells".to_owned());
    }
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err("the pattern matches the empty text".to_owned());
    }
    let compiled = compile_as(pattern, false)?;
    nfa(&compiled.bordered).map_err(|message| format!("too large: {message}"))?;
    Ok(compiled)
}

/// As [`compile`], for a pattern that passed it; with `after_underscore` the left border is left to the caller.
pub(super) fn compile_as(pattern: &str, after_underscore: bool) -> Result<Compiled, String> {
    let bordered = if after_underscore { border_after_underscore(pattern) } else { border(pattern) };
    let hir = syntax::parse_with(&bordered, &syntax_config()).map_err(|e| one_line(&e.to_string()))?;
    let properties = hir.properties();
    Ok(Compiled {
        reach: properties.maximum_len().unwrap_or(REACH).min(REACH),
        grouped: properties.explicit_captures_len() > 0,
        bordered,
        hir,
    })
}

fn nfa_config(bytes: usize) -> thompson::Config {
    thompson::Config::new().utf8(false).shrink(false).which_captures(WhichCaptures::None).nfa_size_limit(Some(bytes))
}

/// A regex of its own, searched from left to right: for groups, and for the reference.
pub(super) fn single(bordered: &str) -> Result<meta::Regex, String> {
    meta::Regex::builder()
        .syntax(syntax_config())
        .configure(meta::Config::new().utf8_empty(false).nfa_size_limit(Some(8 * PATTERN_BYTES)).hybrid_cache_capacity(1 << 20))
        .build(bordered)
        .map_err(|e| one_line(&e.to_string()))
}

/// A regex for whole cells.
pub(super) fn whole(pattern: &str) -> Result<meta::Regex, String> {
    single(&format!(r"\A(?:{pattern})\z"))
}

fn nfa(bordered: &str) -> Result<NFA, String> {
    let built = NFA::compiler().syntax(syntax_config()).configure(nfa_config(PATTERN_BYTES)).build(bordered);
    built.map_err(|e| one_line(&e.to_string()))
}

/// # Errors
/// Why matches of the pattern cannot be found by going left from the anchor.
pub(super) fn anchor_fits(pattern: &str, anchor: &str) -> Result<(), String> {
    let nfa = nfa(&compile(pattern)?.bordered)?;
    match prefix::before_anchor(&mut Walk::new(&nfa), anchor.as_bytes()) {
        Some(_) => Ok(()),
        None => Err(format!("not every match has `{anchor}` where its first byte stands first")),
    }
}

/// True where every match begins at most [`LEFT`] bytes before its anchor; others are searched for without it.
pub(super) fn is_anchor_near(bordered: &str, anchor: &str) -> bool {
    let first = anchor.as_bytes().first();
    first.zip(nfa(bordered).ok()).is_some_and(|(first, nfa)| prefix::is_within(&mut Walk::new(&nfa), *first, LEFT))
}

/// The patterns of a scanner. Numbers are positions in the list it was built from.
pub(super) struct Automaton {
    /// Of patterns to which all digits are alike: of hundreds of numbers' forms each would tell them apart in its own way.
    begins: DFA,
    /// Pattern of `begins` -> number, and whether it is as wide by itself.
    begin_numbers: Vec<(u16, bool)>,
    /// Number -> pattern may be longer than the first look.
    long: Vec<u16>,
    /// By number, each by itself: small automata stay in the processor's nearest memory.
    ends: Vec<DFA>,
    /// As `begins`, of widened patterns: for shapes.
    shapes: DFA,
}

/// A pattern that may match at a place.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) number: u16,
    /// Where it ends, where only one end is possible.
    pub(super) end: Option<usize>,
}

/// States of automata, built as texts ask for them.
pub(super) struct Caches {
    begins: Cache,
    /// By number of the pattern.
    ends: Vec<Option<Cache>>,
    /// Made once a shape is studied.
    shapes: Option<Cache>,
    matches: Matches,
}

impl Caches {
    /// The states of one pattern. Where those of all come to too much, they begin anew.
    fn end(&mut self, ends: &[DFA], number: u16) -> Option<&mut Cache> {
        let at = usize::from(number);
        if self.ends.get(at)?.is_none() && self.ends.iter().flatten().map(Cache::memory_usage).sum::<usize>() > CACHE_BYTES {
            self.ends.iter_mut().for_each(|cache| *cache = None);
        }
        let dfa = ends.get(at)?;
        Some(self.ends.get_mut(at)?.get_or_insert_with(|| dfa.create_cache()))
    }
}

/// How many states' patterns are remembered.
const STATES: usize = 1024;

/// Which patterns match in a state of `begins`, as it was told once; the automaton looks it up in two steps.
#[derive(Default)]
struct Matches {
    /// How often the automaton had forgotten its states when these were remembered.
    cleared: usize,
    states: Vec<Option<(LazyStateID, u32, u32)>>,
    numbers: Vec<(u16, bool)>,
}

/// Takes the one number that a state's id is.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, b| sum << 8 | u64::from(*b));
    }

    fn write_u32(&mut self, id: u32) {
        self.0 = u64::from(id);
    }
}

impl Automaton {
    /// `patterns`: what is read of them, reach, and whether matches are looked for where tokens start. `derive` makes what it
    /// wants of each pattern's automaton, while those of all patterns are built beside it.
    pub(super) fn new<T>(patterns: &[(&Hir, usize, bool)], derive: impl FnOnce(&[DFA]) -> T) -> Result<(Self, T), String> {
        let at_starts: Vec<(u16, &Hir, usize)> =
            patterns.iter().enumerate().filter(|(_, p)| p.2).map(|(i, p)| (i as u16, p.0, p.1)).collect();
        let widened_to = |alike| -> Vec<Hir> { at_starts.iter().map(|p| widened(p.1, alike)).collect() };
        let begins = || {
            let wide = widened_to(DIGITS);
            let numbers = at_starts.iter().zip(&wide).map(|(p, wide)| (p.0, widened(p.1, &[]) == *wide)).collect();
            Ok((dfa(MatchKind::All, CACHE_BYTES, &wide)?, numbers))
        };
        let shapes = || dfa(MatchKind::All, CACHE_BYTES, &widened_to(SHAPES));
        let single = |p: &(&Hir, usize, bool)| dfa(MatchKind::LeftmostFirst, PATTERN_CACHE_BYTES, &[p.0]);
        std::thread::scope(|scope| {
            let (begins, shapes) = (scope.spawn(begins), scope.spawn(shapes));
            let ends: Vec<DFA> = patterns.iter().map(single).collect::<Result<_, _>>()?;
            let derived = derive(&ends);
            let stopped = |_| "they could not be compiled".to_owned();
            let (begins, begin_numbers) = begins.join().map_err(stopped).flatten()?;
            let shapes = shapes.join().map_err(stopped).flatten()?;
            let automaton = Self {
                begins,
                begin_numbers,
                long: at_starts.iter().filter(|p| p.2 > FIRST_LOOK).map(|p| p.0).collect(),
                ends,
                shapes,
            };
            Ok((automaton, derived))
        })
    }

    pub(super) fn caches(&self) -> Caches {
        let ends = self.ends.iter().map(|_| None).collect();
        Caches { begins: self.begins.create_cache(), ends, shapes: None, matches: Matches::default() }
    }

    /// Lists in `found` the patterns that may match at `at`, none twice, in an order that the text alone decides.
    pub(super) fn begin(&self, caches: &mut Caches, text: &[u8], at: usize, found: &mut Vec<Begun>) {
        found.clear();
        let limit = text.len().min(at + FIRST_LOOK);
        let input = Input::new(text).range(at..limit).anchored(Anchored::Yes);
        let Ok(mut state) = self.begins.start_state_forward(&mut caches.begins, &input) else { return };
        // A match shows one byte late; the byte behind the look tells of one that ends there.
        for (end, b) in text.iter().enumerate().skip(at).take(FIRST_LOOK + 1) {
            let next = if state.is_tagged() { state } else { self.begins.next_state_untagged(&caches.begins, state, *b) };
            state = if state.is_tagged() || next.is_unknown() {
                match self.begins.next_state(&mut caches.begins, state, *b) {
                    Ok(next) => next,
                    Err(_) => return,
                }
            } else {
                next
            };
            if state.is_tagged() {
                if state.is_dead() || state.is_quit() {
                    return;
                }
                if state.is_match() {
                    self.note(caches, state, end, found);
                }
            }
        }
        if text.len() <= at + FIRST_LOOK {
            if let Ok(state) = self.begins.next_eoi_state(&mut caches.begins, state)
                && state.is_match()
            {
                self.note(caches, state, text.len(), found);
            }
            return;
        }
        for number in &self.long {
            match found.iter_mut().find(|b| b.number == *number) {
                Some(known) => known.end = None,
                None => found.push(Begun { number: *number, end: None }),
            }
        }
    }

    fn note(&self, caches: &mut Caches, state: LazyStateID, end: usize, found: &mut Vec<Begun>) {
        for (number, exact) in self.matches(caches, state) {
            match found.iter_mut().find(|b| b.number == *number) {
                Some(known) => known.end = None,
                None => found.push(Begun { number: *number, end: exact.then_some(end) }),
            }
        }
    }

    /// The patterns that match in a state.
    fn matches<'a>(&self, caches: &'a mut Caches, state: LazyStateID) -> &'a [(u16, bool)] {
        let Caches { begins, matches, .. } = caches;
        if matches.states.is_empty() || matches.cleared != begins.clear_count() || matches.numbers.len() > 1 << 16 {
            matches.cleared = begins.clear_count();
            matches.states.clear();
            matches.states.resize(STATES, None);
            matches.numbers.clear();
        }
        let mut hasher = IdHasher::default();
        state.hash(&mut hasher);
        let Some(slot) = matches.states.get_mut(hasher.finish() as usize % STATES) else { return &[] };
        let (from, to) = match slot {
            Some((known, from, to)) if *known == state => (*from, *to),
            _ => {
                let from = matches.numbers.len() as u32;
                let patterns = (0..self.begins.match_len(begins, state)).map(|i| self.begins.match_pattern(begins, state, i));
                matches.numbers.extend(patterns.filter_map(|p| self.begin_numbers.get(p.as_usize())));
                let to = matches.numbers.len() as u32;
                *slot = Some((state, from, to));
                (from, to)
            }
        };
        matches.numbers.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Lists in `found` the patterns that match at `at` in some text of that shape, each with where it may end first.
    pub(super) fn may_begin(&self, caches: &mut Caches, shape: &[u8], at: usize, found: &mut Vec<(u16, usize)>) {
        found.clear();
        let cache = caches.shapes.get_or_insert_with(|| self.shapes.create_cache());
        let input = Input::new(shape).range(at..).anchored(Anchored::Yes);
        let Ok(mut state) = self.shapes.start_state_forward(cache, &input) else { return };
        let mut note = |cache: &Cache, state: LazyStateID, end: usize| {
            for pattern in (0..self.shapes.match_len(cache, state)).map(|i| self.shapes.match_pattern(cache, state, i)) {
                let Some((number, _)) = self.begin_numbers.get(pattern.as_usize()) else { continue };
                if found.iter().all(|f| f.0 != *number) {
                    found.push((*number, end));
                }
            }
        };
        for (end, b) in shape.iter().enumerate().skip(at) {
            let Ok(next) = self.shapes.next_state(cache, state, *b) else { return };
            state = next;
            if state.is_match() {
                note(cache, state, end);
            } else if state.is_dead() {
                return;
            }
        }
        if let Ok(state) = self.shapes.next_eoi_state(cache, state)
            && state.is_match()
        {
            note(cache, state, shape.len());
        }
    }

    /// What a match of one pattern that begins at `at` demands of texts of a shape, as [`prefix::demands`] has it.
    pub(super) fn demands(&self, number: u16, shape: &[u8], at: usize) -> Option<Demands> {
        let dfa = self.ends.get(usize::from(number))?;
        prefix::demands(&mut Walk::new(dfa.get_nfa()), shape, at)
    }

    /// Where the match of one pattern that begins at `at` ends, leftmost-first.
    pub(super) fn end(&self, caches: &mut Caches, text: &[u8], at: usize, number: u16, reach: usize) -> Option<usize> {
        let limit = text.len().min(at + reach);
        let (dfa, cache) = (self.ends.get(usize::from(number))?, caches.end(&self.ends, number)?);
        let input = Input::new(text).range(at..limit).anchored(Anchored::Yes);
        let mut state = dfa.start_state_forward(cache, &input).ok()?;
        let mut last = None;
        // As in a search of the library, without what only long texts repay.
        for (end, b) in text.iter().enumerate().take(limit).skip(at) {
            let next = if state.is_tagged() { state } else { dfa.next_state_untagged(cache, state, *b) };
            state = if state.is_tagged() || next.is_unknown() { dfa.next_state(cache, state, *b).ok()? } else { next };
            if state.is_tagged() {
                if state.is_match() {
                    last = Some(end);
                } else if state.is_dead() || state.is_quit() {
                    return last;
                }
            }
        }
        let behind = match text.get(limit) {
            Some(b) => dfa.next_state(cache, state, *b),
            None => dfa.next_eoi_state(cache, state),
        };
        if behind.ok()?.is_match() { Some(limit) } else { last }
    }
}

/// One lazy automaton of patterns, with so much memory for its states.
fn dfa(kind: MatchKind, bytes: usize, patterns: &[impl Borrow<Hir>]) -> Result<DFA, String> {
    let wrong = |e: &dyn std::error::Error| one_line(&e.to_string());
    let nfa = NFA::compiler().configure(nfa_config(256 << 20)).build_many_from_hir(patterns).map_err(|e| wrong(&e))?;
    let config = DFA::config().match_kind(kind).cache_capacity(bytes).skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(nfa).map_err(|e| wrong(&e))
}
