//! From a candidate to a confidence: the judgement that both scanners share.

use super::automaton;
use super::catalogue::{Catalogue, Detector, Edges};
use super::cells::{WholeCaches, without};
use super::check::Check;
use super::column::{Names, View};
use super::context::{Context, Heard, Memo, Words};
use super::own::{self, Masked};
use super::pack::NEAR_CHARS;
use super::rank::Rank;
use super::select::{Allowed, Selection, is_sample};
use crate::error::{Error, Result};
use crate::text;
use regex_automata::{Input, meta};
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What each piece of evidence adds to the confidence, in percent.
pub(super) struct Weights {
    pub(super) before: i32,
    pub(super) after: i32,
    pub(super) name: i32,
    /// Added once more where text and column name agree.
    pub(super) both: i32,
    pub(super) sample: i32,
    pub(super) contradicted: i32,
    pub(super) avoided: i32,
    /// Confidence of a whole cell by its column's name.
    pub(super) whole: i32,
    /// A check with at most this chance rate tells something about a column's sample.
    pub(super) telling_chance: f64,
}

/// Chosen so that the default threshold of 50 needs context for a base of 15 to 49, and none for more.
pub(super) const WEIGHTS: Weights = Weights {
    before: 35,
    after: 25,
    name: 40,
    both: 10,
    sample: 35,
    contradicted: -60,
    avoided: -60,
    whole: 85,
    telling_chance: 0.2,
};

/// A judged value, not yet freed of overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) cell: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) detector: u16,
    pub(super) confidence: u8,
    pub(super) checked: bool,
    /// How little chance passes the check, as [`surprise`] has it.
    pub(super) surprise: u8,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// None of that form; the search goes on one byte further.
    No,
    /// The form fits, the evidence does not suffice; a shorter match would have no more.
    Weak,
    /// A value that the allow list lets pass, of that detector.
    Allowed(u16, usize),
    /// A value.
    Yes(Candidate),
}

/// A detector whose pattern is searched for.
pub(super) struct Rule {
    pub(super) detector: u16,
    pub(super) bordered: String,
    pub(super) reach: usize,
    /// The value is a group of the pattern.
    pub(super) grouped: bool,
    pub(super) anchor: Option<Vec<u8>>,
    word: Vec<u8>,
    after_underscore: bool,
    /// The pattern by itself, once a text asks for it.
    alone: OnceLock<Option<meta::Regex>>,
}

impl Rule {
    /// True where a match may begin at `at`, beyond what the pattern's own border says.
    pub(super) fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|i| text.get(i)) else { return true };
        let joined = self.after_underscore && before.is_ascii_alphanumeric() && text.get(at).is_some_and(|b| is_word(*b));
        text::is_char_start(text, at) && !self.word.contains(before) && !joined
    }

    /// True where `wide`, the span and what is masked beside it, would hold a longer match around the span, were a digit in
    /// the place of each masked character.
    fn may_be_rest(&self, text: &[u8], span: &Range<usize>, wide: &Range<usize>) -> bool {
        let Some(regex) = self.alone() else { return false };
        let text = own::unmasked(text.get(wide.clone()).unwrap_or_default());
        let (start, end) = (span.start - wide.start, span.end - wide.start);
        let begins = |at: &usize| *at == start || at.checked_sub(1).and_then(|i| text.get(i)).is_none_or(|b| !is_word(*b));
        (0..=start).filter(begins).any(|at| {
            let found = regex.find(Input::new(&text).range(at..).anchored(regex_automata::Anchored::Yes));
            found.is_some_and(|m| m.end() >= end && (at < start || m.end() > end))
        })
    }

    /// The pattern by itself; nothing where it does not compile, which its pack is checked for.
    pub(super) fn alone(&self) -> Option<&meta::Regex> {
        self.alone.get_or_init(|| automaton::single(&self.bordered).ok()).as_ref()
    }

    /// The value in the match that begins at `at` and ends at `end`: its first group that took part, or all of it.
    pub(super) fn value(&self, text: &[u8], at: usize, end: usize) -> Range<usize> {
        let Some(regex) = self.grouped.then(|| self.alone()).flatten() else { return at..end };
        let mut groups = regex.create_captures();
        let limit = text.len().min(at + self.reach);
        regex.search_captures(&Input::new(text).range(at..limit).anchored(regex_automata::Anchored::Yes), &mut groups);
        groups.iter().skip(1).flatten().next().map_or(at..end, |g| g.range())
    }
}

/// A detector of whole cells.
struct Whole {
    detector: u16,
    /// The pattern of a cell, compiled once a column is such.
    cell: Option<String>,
    compiled: OnceLock<Option<meta::Regex>>,
}

impl Whole {
    /// What a cell must match; nothing where the pattern does not compile, which its pack is checked for.
    #[expect(clippy::option_option, reason = "a pattern that does not compile is not one that is not there")]
    fn shape(&self) -> Option<Option<&meta::Regex>> {
        let Some(cell) = &self.cell else { return Some(None) };
        self.compiled.get_or_init(|| automaton::whole(cell).ok()).as_ref().map(Some)
    }
}

/// A selection resolved against a catalogue: what both scanners search for and how they judge it.
pub(super) struct Rules {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) searched: Vec<Rule>,
    pub(super) names: Names,
    enabled: Vec<bool>,
    /// By detector: [`surprise`] of its check.
    pub(super) surprise: Vec<u8>,
    wholes: Vec<Whole>,
    /// By detector: its position in `wholes`, or one behind them.
    whole_numbers: Vec<u16>,
    pub(super) context: Context,
    pub(super) allowed: Allowed,
    min_confidence: i32,
    pub(super) skip_samples: bool,
}

/// By detector: its position among `wholes`.
fn numbers_of(wholes: &[Whole], detectors: usize) -> Vec<u16> {
    let mut numbers = vec![u16::MAX; detectors];
    for (at, whole) in (0_u16..).zip(wholes) {
        if let Some(number) = numbers.get_mut(usize::from(whole.detector)) {
            *number = at;
        }
    }
    numbers
}

/// The rules of the detectors that are on and have patterns, each with what its pattern says.
fn searched(catalogue: &Catalogue, on: impl Fn(u16) -> bool) -> Result<Vec<(Rule, Hir)>> {
    let mut rules = Vec::new();
    for (index, detector) in (0_u16..).zip(catalogue.detectors()) {
        let searched = detector.parent.is_none() && (on(index) || detector.unchecked.is_some_and(&on));
        let Some(pattern) = detector.pattern.as_deref().filter(|_| searched) else { continue };
        let compiled = automaton::compile_as(pattern, detector.after_underscore).map_err(|message| Error::Pack {
            file: detector.pack.clone(),
            message: format!("line {}: {}: {message}", detector.line, detector.id),
        })?;
        let near = |anchor: &str| automaton::is_anchor_near(&compiled.bordered, anchor);
        let rule = Rule {
            detector: index,
            reach: compiled.reach,
            grouped: compiled.grouped,
            anchor: detector.anchor.as_ref().filter(|a| near(a)).map(|a| a.as_bytes().to_vec()),
            word: detector.word.bytes().collect(),
            after_underscore: detector.after_underscore,
            bordered: compiled.bordered,
            alone: OnceLock::new(),
        };
        rules.push((rule, compiled.hir));
    }
    Ok(rules)
}

impl Rules {
    /// Whether a detector is in use.
    pub(super) fn is_on(&self, detector: u16) -> bool {
        self.enabled.get(usize::from(detector)).copied().unwrap_or(false)
    }

    /// The rules, and of each what its pattern says.
    pub(super) fn new(catalogue: &Arc<Catalogue>, selection: &Selection) -> Result<(Self, Vec<Hir>)> {
        let enabled = selection.enabled(catalogue)?;
        let on = |index: u16| enabled.get(usize::from(index)).copied().unwrap_or(false);
        let used = || (0_u16..).zip(catalogue.detectors()).filter(|(i, _)| on(*i));
        // Words and patterns are many, and know nothing of each other.
        let (words, searched) = std::thread::scope(|scope| {
            let words = scope.spawn(|| Ok((Names::new(used()), Context::new(used())?)));
            let searched = searched(catalogue, on);
            (words.join(), searched)
        });
        let (names, context) = words.map_err(|_| Error::Bug("context words stopped the program".to_owned()))??;
        let (searched, read) = searched?.into_iter().unzip();
        let whole = |(index, d): (u16, &Detector)| Whole { detector: index, cell: d.cell.clone(), compiled: OnceLock::new() };
        let wholes: Vec<Whole> = used().filter(|(_, d)| !d.column.is_empty()).map(whole).collect();
        let rules = Self {
            searched,
            whole_numbers: numbers_of(&wholes, catalogue.detectors().len()),
            wholes,
            names,
            context,
            allowed: Allowed::new(&selection.allow)?,
            min_confidence: i32::from(selection.min_confidence.min(100)),
            skip_samples: selection.skip_samples,
            surprise: catalogue.detectors().iter().map(|d| d.check.map_or(0, surprise)).collect(),
            catalogue: Arc::clone(catalogue),
            enabled,
        };
        Ok((rules, read))
    }

    pub(super) fn detector(&self, index: u16) -> Option<&Detector> {
        self.catalogue.get(index).filter(|_| self.is_enabled(index))
    }

    pub(super) fn is_enabled(&self, index: u16) -> bool {
        self.enabled.get(usize::from(index)).copied().unwrap_or(false)
    }

    /// True where no match of the rule can be a value in a text without letters, seen as `view`: without context there is none.
    pub(super) fn is_hopeless(&self, rule: &Rule, view: &View) -> bool {
        let Some(detector) = self.catalogue.get(rule.detector) else { return true };
        let speaks = |index: u16| view.is_named(index) || view.is_raised(index);
        let weak = detector.context_required || i32::from(detector.base) < self.min_confidence;
        weak && !speaks(rule.detector) && !detector.unchecked.is_some_and(speaks)
    }

    /// True where no word around a match that begins at `at` can speak for the rule's detector. Asked of rules that need it
    /// ([`Self::is_hopeless`]): of hundreds of kinds of numbers few are spoken of.
    pub(super) fn is_unheard(&self, rule: &Rule, text: &[u8], at: usize, heard: &mut Heard) -> bool {
        let Some(detector) = self.catalogue.get(rule.detector) else { return true };
        if rule.reach > HEARD_REACH || detector.near_chars > NEAR_CHARS {
            return false;
        }
        let around = || text::back(text, at, NEAR_CHARS)..text::forth(text, text.len().min(at + HEARD_REACH), NEAR_CHARS);
        self.context.listen(text, around, heard);
        !heard.holds(rule.detector) && !detector.unchecked.is_some_and(|twin| heard.holds(twin))
    }

    /// Whether a text is a value of the detector by its form and check; nothing where it has no pattern.
    pub(super) fn is_value(&self, index: u16, text: &[u8]) -> Option<bool> {
        let index = self.catalogue.get(index)?.parent.unwrap_or(index);
        let at = self.searched.binary_search_by_key(&index, |rule| rule.detector).ok()?;
        let (rule, detector) = (self.searched.get(at)?, self.catalogue.get(index)?);
        let fits = |value: &[u8]| detector.check.is_none_or(|c| (c.run)(value).is_some() || (c.form)(value).is_some());
        Some(rule.alone()?.find_iter(text).any(|m| fits(text.get(m.range()).unwrap_or_default())))
    }

    /// Judges what a pattern matched. `cell` is left 0.
    pub(super) fn judge(&self, rule: &Rule, text: &[u8], span: Range<usize>, view: &View, memo: &mut Memo) -> Judged {
        let Some(detector) = self.catalogue.get(rule.detector) else { return Judged::No };
        if span.is_empty() || !text::is_char_start(text, span.start) || !text::is_char_start(text, span.end) {
            return Judged::No;
        }
        let value = text.get(span.clone()).unwrap_or_default();
        let accepted = detector.check.map_or(Some(value.len()), |check| (check.run)(value));
        let passed = accepted.is_some();
        let form = || detector.check.and_then(|check| (check.form)(value));
        let Some(length) = accepted.or_else(form) else { return Judged::No };
        let span = span.start..span.start + length;
        let index = if passed { Some(rule.detector) } else { detector.unchecked };
        let Some((index, detector)) = index.and_then(|i| Some((i, self.detector(i)?))) else { return Judged::No };
        let written = as_float(text, &span);
        if written.is_none() && !edges_fit(detector.edges, text, &span) {
            return Judged::No;
        }
        let is_cell = written.is_some() || text::is_trimmed(text, &span);
        let words = match (detector.near.is_empty(), detector.avoid.is_empty()) {
            (true, true) => Words::default(),
            _ => self.context.around(text, &span, index, detector.near_chars, memo),
        };
        let confidence = confidence(detector, index, words, view, is_cell);
        if confidence < self.min_confidence || confidence <= 0 {
            return Judged::Weak;
        }
        let rest = match own::masked(text, &span) {
            Masked::No => false,
            Masked::Rest => true,
            Masked::Perhaps(wide) => rule.may_be_rest(text, &span, &wide),
        };
        if rest || own::touches_tag(text, &span) {
            return Judged::No;
        }
        let span = detector.extend.map_or(Some(span.clone()), |extend| extend(text, span));
        let Some(span) = span else { return Judged::No };
        let judged = self.admit(detector, index, text, span, confidence, passed && detector.check.is_some());
        match (judged, written) {
            (Judged::Yes(candidate), Some(written)) => Judged::Yes(Candidate { end: written.end as u32, ..candidate }),
            (judged, _) => judged,
        }
    }

    /// Judges a whole cell by its column's name. `found` are the candidates in it: a name beside an address is a name, too.
    pub(super) fn judge_cell(
        &self,
        text: &[u8],
        view: &View,
        found: &[Candidate],
        caches: &mut WholeCaches,
        mut each: impl FnMut(Judged),
    ) {
        let span = text::trimmed(text);
        let Some(value) = text.get(span.clone()).filter(|v| !v.is_empty()) else { return };
        let most = Rank { checked: false, confidence: WEIGHTS.whole as u8, surprise: 0 };
        let outranked = found.iter().any(|c| self.whole(c, text).is_some_and(|rank| rank > most));
        if self.min_confidence > WEIGHTS.whole || outranked || own::is_masked_cell(value) {
            return;
        }
        let rest = without(text, &span, found);
        for detector in view.wholes() {
            let Some(at) = self.whole_numbers.get(usize::from(detector)).map(|at| usize::from(*at)) else { continue };
            let Some(whole) = self.wholes.get(at) else { continue };
            let Some(detector) = self.detector(whole.detector) else { continue };
            let mut fits = |regex: &meta::Regex| {
                caches.is_match(at, regex, value) || rest.as_ref().is_some_and(|rest| caches.is_match(at, regex, rest))
            };
            let Some(shape) = whole.shape() else { continue };
            let shaped = shape.is_none_or(&mut fits);
            let checked = detector.pattern.is_some() || detector.check.is_none_or(|c| (c.run)(value) == Some(value.len()));
            if shaped && checked {
                each(self.admit(detector, whole.detector, text, span.clone(), WEIGHTS.whole, false));
            }
        }
        if found.is_empty() {
            self.judge_capitals(value, span.start, view, each);
        }
    }

    fn admit(&self, detector: &Detector, index: u16, text: &[u8], span: Range<usize>, confidence: i32, checked: bool) -> Judged {
        let value = text.get(span.clone()).unwrap_or_default();
        let ignored = || detector.ignore.iter().any(|word| value.trim_ascii().eq_ignore_ascii_case(word.as_bytes()));
        if !detector.ignore.is_empty() && ignored() {
            return Judged::No;
        }
        if self.allowed.holds(value) || self.skip_samples && is_sample(&detector.samples, value) {
            return Judged::Allowed(index, span.end);
        }
        let (start, end) = (span.start as u32, span.end as u32);
        let surprise = self.surprise.get(usize::from(index)).copied().filter(|_| checked).unwrap_or(0);
        let confidence = confidence.clamp(1, 100) as u8;
        Judged::Yes(Candidate { cell: 0, start, end, detector: index, confidence, checked, surprise })
    }
}

/// Matches up to this many bytes are asked at once whether words around them speak for anything.
const HEARD_REACH: usize = 64;

/// How often a rejected match is tried without its last group.
const SHORTER: usize = 3;

/// Judges the match that begins at `at` and ends at `end`; where it is rejected, the matches that end before its last spaces
/// and slashes, which `end_within` finds: a number behind a number must not hide the first.
pub(super) fn longest_judged(
    text: &[u8],
    at: usize,
    end: usize,
    mut judge: impl FnMut(usize) -> Judged,
    mut end_within: impl FnMut(usize) -> Option<usize>,
) -> Judged {
    let mut end = end;
    for _ in 0..SHORTER {
        let judged = judge(end);
        if judged != Judged::No {
            return judged;
        }
        let body = text.get(at..end).unwrap_or_default();
        let Some(limit) = body.iter().rposition(|b| matches!(b, b' ' | b'/')).filter(|i| *i > 0) else { return Judged::No };
        match end_within(at + limit) {
            Some(shorter) => end = shorter,
            None => return Judged::No,
        }
    }
    judge(end)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// All of a cell that is a float without a fraction, as tables write integers where some are missing: `4111.0`, the span being
/// what stands before the point.
fn as_float(text: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
    let fraction = text.get(span.end..)?.strip_prefix(b".")?;
    let zeros = fraction.iter().take_while(|b| **b == b'0').count();
    let written = span.start..span.end + 1 + zeros;
    let digits = text.get(span.clone())?.iter().all(u8::is_ascii_digit);
    (zeros > 0 && digits && text::is_trimmed(text, &written)).then_some(written)
}

/// The rule of [`Edges`].
fn edges_fit(edges: Edges, text: &[u8], span: &Range<usize>) -> bool {
    if edges == Edges::Free {
        return true;
    }
    let at = |i: Option<usize>| i.and_then(|i| text.get(i)).copied().unwrap_or(0);
    let digit = |i: Option<usize>| at(i).is_ascii_digit();
    let joint = |b: u8| b == b'.' || b == b'-' && edges == Edges::Number;
    let (start, end) = (span.start, span.end);
    let before = start.checked_sub(1);
    let further = start.checked_sub(2);
    let decimal = at(before) == b',' && at(further) == b'0' && !digit(start.checked_sub(3));
    let joined_before = digit(Some(start)) && (joint(at(before)) && digit(further) || decimal);
    let joined_after = digit(end.checked_sub(1)) && joint(at(Some(end))) && digit(Some(end + 1));
    // The digits behind a value may not belong to it, but a letter glued to its end (after a check cut it short) does.
    let glued = is_word(at(end.checked_sub(1))) && end > 0 && end < text.len() && is_word(at(Some(end)));
    !joined_before && !joined_after && !glued
}

fn confidence(detector: &Detector, index: u16, words: Words, view: &View, is_cell: bool) -> i32 {
    let near = if words.before {
        WEIGHTS.before
    } else if words.after {
        WEIGHTS.after
    } else {
        0
    };
    let named = view.is_named(index);
    let raised = is_cell && view.is_raised(index);
    if detector.context_required && near == 0 && !named && !raised {
        return 0;
    }
    if detector.parent.is_some() {
        return i32::from(detector.base.min(50));
    }
    let mut sum = i32::from(detector.base);
    sum += match (near, named) {
        (0, true) => WEIGHTS.name,
        (near, true) => near.max(WEIGHTS.name) + WEIGHTS.both,
        (near, false) if raised => near.max(WEIGHTS.sample),
        (near, false) => near,
    };
    if is_cell && near == 0 && !named && view.is_lowered(index) {
        sum += WEIGHTS.contradicted;
    }
    if near == 0 && (words.against || view.is_against(index)) {
        sum += WEIGHTS.avoided;
    }
    sum.min(if detector.check.is_some_and(is_proof) { 100 } else { SURE })
}

/// The highest confidence of what no check proves.
pub(super) const SURE: i32 = 99;

/// How much a passed check says: tenths of the decimal logarithm of one in how many pass by chance. Of two look-alikes that
/// are otherwise as likely, the one whose check says more is.
fn surprise(check: &Check) -> u8 {
    (-10.0 * check.chance.log10()).round().clamp(0.0, 255.0) as u8
}

/// Chance does not pass such a check.
pub(super) fn is_proof(check: &Check) -> bool {
    check.chance < 0.001
}
