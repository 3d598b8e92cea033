//! The second sweep over a dataset: what was told anywhere in it, as keyed hashes. No value is held, and none can be read
//! back from what is.

use super::needles::{self, Shape, Told};
use super::scan::Scanner;
use crate::batch::{Block, Cell, Finding, Form};
use siphasher::sip::SipHasher13;
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Values that are kept; of more those with the smallest hashes, whatever the order they come in.
pub const MOST: usize = 1 << 20;

/// Words that a value has at most.
const WORDS: usize = 6;

/// Digits of a number that is looked for in other records: shorter ones stand for other things there.
const DIGITS: usize = 7;

/// Bits of the filter that words are held against first.
const FILTER_BITS: usize = 1 << 22;

/// Hashes under a key of the run.
#[derive(Clone, Copy)]
struct Key(u64, u64);

impl Key {
    fn of(self, kind: u8, bytes: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.0, self.1);
        hasher.write_u8(kind);
        hasher.write(bytes);
        hasher.finish()
    }

    fn text(self, text: &[u8]) -> u64 {
        self.of(0, text)
    }

    fn number(self, digits: &[u8]) -> u64 {
        self.of(1, digits)
    }

    fn word(self, word: &[u8]) -> u64 {
        self.of(2, word)
    }
}

/// What a hash stands for: detector and confidence; the surest, then the first detector, of two.
type Meaning = (std::cmp::Reverse<u8>, u16);

/// Hashes of what was told in a dataset.
struct Known {
    key: Key,
    values: BTreeMap<u64, (Meaning, u64)>,
    /// Which words a value begins with.
    filter: Vec<u64>,
    /// Values were left out.
    full: bool,
}

impl Known {
    /// Nothing yet. `key` is of this run.
    fn new(key: [u8; 16]) -> Self {
        let (low, high) = (u128::from_le_bytes(key) as u64, (u128::from_le_bytes(key) >> 64) as u64);
        Self { key: Key(low, high), values: BTreeMap::new(), filter: Vec::new(), full: false }
    }

    /// Takes in what was told in one place.
    fn take(&mut self, told: Told<'_>) {
        let mut forms = Vec::new();
        needles::forms(told.spread, told.value, &mut |form, shape| forms.push((form, shape)));
        let meaning = (std::cmp::Reverse(told.confidence), told.detector);
        for (form, shape) in forms {
            match shape {
                Shape::Digits if form.len() >= DIGITS => {
                    self.put(self.key.number(&form), meaning, 0);
                }
                // One word alone is many people's.
                Shape::Text => {
                    let words = words(&form);
                    let fits = words.len() <= WORDS && words.last().is_some_and(|last| last.end == form.len());
                    if let Some(first) = words.first().filter(|first| fits && first.start == 0) {
                        let word = self.key.word(form.get(first.clone()).unwrap_or_default());
                        self.put(self.key.text(&form), meaning, word);
                    }
                }
                _ => {}
            }
        }
    }

    fn put(&mut self, hash: u64, meaning: Meaning, word: u64) {
        let slot = self.values.entry(hash).or_insert((meaning, word));
        slot.0 = slot.0.min(meaning);
        if self.values.len() > MOST {
            self.values.pop_last();
            self.full = true;
        }
    }

    /// Makes it ready to be asked.
    fn seal(&mut self) {
        self.filter = vec![0; FILTER_BITS / 64];
        for (_, word) in self.values.values() {
            if let Some(bits) = self.filter.get_mut(place(*word).0) {
                *bits |= place(*word).1;
            }
        }
    }

    /// Appends the places in `text` where what is known stands, beside the findings `taken` in it, which are sorted.
    fn find(&self, text: &[u8], taken: &[Finding], cell: u32, fits: impl Fn(usize, usize) -> bool, out: &mut Vec<Finding>) {
        let (mut free, mut taken) = (0, taken);
        let spans = words(text);
        for (number, first) in spans.iter().enumerate() {
            let start = first.start;
            if start < free {
                continue;
            }
            taken = taken.split_at(taken.iter().take_while(|f| f.end as usize <= start).count()).1;
            let end = taken.first().map_or(text.len(), |f| f.start as usize);
            let rest = spans.get(number..).unwrap_or_default();
            let hit = self.number(text, start).or_else(|| self.words(text, rest));
            let Some((start, stop, (confidence, detector))) = hit.filter(|(start, stop, _)| *stop <= end && fits(*start, *stop))
            else {
                continue;
            };
            let (confidence, propagated) = (confidence.0, true);
            out.push(Finding { cell, start: start as u32, end: stop as u32, detector, confidence, propagated });
            free = stop;
        }
    }

    /// The longest value that begins with the first of some words.
    fn words(&self, text: &[u8], rest: &[Range<usize>]) -> Option<(usize, usize, Meaning)> {
        let first = rest.first()?.clone();
        let (at, bit) = place(self.key.word(text.get(first.clone())?));
        if self.filter.get(at)? & bit == 0 {
            return None;
        }
        rest.iter().take(WORDS).rev().find_map(|last| {
            let (meaning, _) = self.values.get(&self.key.text(text.get(first.start..last.end)?))?;
            Some((first.start, last.end, *meaning))
        })
    }

    /// The longest number that begins at `start`, in whatever groups.
    fn number(&self, text: &[u8], start: usize) -> Option<(usize, usize, Meaning)> {
        needles::number_ends(text, start, DIGITS).into_iter().rev().find_map(|end| {
            let digits: Vec<u8> = text.get(start..end)?.iter().copied().filter(u8::is_ascii_digit).collect();
            let (meaning, _) = self.values.get(&self.key.number(&digits))?;
            Some((start, end, *meaning))
        })
    }
}

fn place(word: u64) -> (usize, u64) {
    let bit = word as usize % FILTER_BITS;
    (bit / 64, 1 << (bit % 64))
}

/// The words of a text: letters, digits and `_` of any script.
fn words(text: &[u8]) -> Vec<Range<usize>> {
    let Ok(text) = std::str::from_utf8(text) else { return Vec::new() };
    let pieces = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let at = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    pieces.map(|word| at(word)..at(word) + word.len()).collect()
}

/// What a run knows of its dataset: first it listens, then it knows.
#[derive(Default)]
pub struct Hearsay {
    heard: Mutex<Option<Known>>,
    listens: AtomicBool,
    known: OnceLock<Known>,
}

impl Hearsay {
    /// Listens from now on. `key` is of this run.
    pub fn listen(&self, key: [u8; 16]) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known::new(key));
        self.listens.store(true, Relaxed);
    }

    /// Has heard all: what is known is looked for from now on. Returns of how many values that is, and whether there were more.
    pub fn know(&self) -> (usize, bool) {
        self.listens.store(false, Relaxed);
        let Some(mut known) = self.heard.lock().unwrap_or_else(PoisonError::into_inner).take() else { return (0, false) };
        known.seal();
        let said = (known.values.len(), known.full);
        let _ = self.known.set(known);
        said
    }

    fn is_idle(&self) -> bool {
        !self.listens.load(Relaxed) && self.known.get().is_none_or(|known| known.values.is_empty())
    }
}

impl Scanner {
    /// Takes in what a block tells, while the dataset is read for that.
    pub fn hear(&self, hearsay: &Hearsay, part: &[u8], block: &Block, findings: &[Finding]) {
        if !hearsay.listens.load(Relaxed) || findings.is_empty() {
            return;
        }
        let of =
            |f: &Finding| block.cells.get(f.cell as usize).filter(|c| c.form != Form::Key).map(|c| (*f, block.text(part, c)));
        let told = findings.iter().filter_map(of).filter_map(|(finding, text)| self.told(&finding, text));
        if let Some(heard) = hearsay.heard.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            told.for_each(|told| heard.take(told));
        }
    }

    /// Adds to the findings of a block what stands in its free text and was told anywhere in the dataset.
    pub fn find_known(
        &self,
        hearsay: &Hearsay,
        part: &[u8],
        block: &Block,
        prose: impl Fn(&Cell) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        let Some(known) = hearsay.known.get().filter(|_| !hearsay.is_idle()) else { return };
        let mut more = Vec::new();
        for (number, cell) in (0..).zip(&block.cells).filter(|(_, c)| matches!(c.form, Form::Bare | Form::Quoted) && prose(c)) {
            let behind = findings.split_at(findings.partition_point(|f| f.cell < number)).1;
            let taken = behind.split_at(behind.partition_point(|f| f.cell == number)).0;
            let text = block.text(part, cell);
            known.find(text, taken, number, |start, end| self.may_be(text, start, end), &mut more);
        }
        if !more.is_empty() {
            findings.append(&mut more);
            // Two runs, each in order: what the stable sort is quick at.
            findings.sort_by_key(|f| (f.cell, f.start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Spread;
    use super::*;

    fn told(spread: Spread, value: &'static str) -> Told<'static> {
        Told { spread, detector: 7, confidence: 90, value: value.as_bytes() }
    }

    #[test]
    fn what_is_known_is_found_and_nothing_that_many_share() {
        let values = [
            told(Spread::Name, "Ann Larsson"),
            told(Spread::Name, "Stone"),
            told(Spread::Value, "536-22-8726"),
            told(Spread::Value, "12345"),
            told(Spread::Value, "X1234567"),
        ];
        let mut known = Known::new([7; 16]);
        for told in values {
            known.take(told);
        }
        known.seal();
        let table: &[(&str, &[&str], &str)] = &[
            ("call Ann Larsson back", &["Ann Larsson"], "a name of two words"),
            ("Larsson, Ann, is it 536 22 8726?", &["Larsson, Ann", "536 22 8726"], "turned round; other groups"),
            ("Mr Larsson and Mr Stone, 12345", &[], "one word, a short number"),
            ("“Ann Larsson”: X1234567", &["Ann Larsson", "X1234567"], "between signs"),
            ("1536228726 5362287261 Ann Larssonson", &[], "parts of others"),
        ];
        for (text, want, why) in table {
            let mut out = Vec::new();
            known.find(text.as_bytes(), &[], 0, |_, _| true, &mut out);
            let got: Vec<&str> = out.iter().map(|f| &text[f.start as usize..f.end as usize]).collect();
            assert_eq!(&got, want, "{why}");
        }
    }

    #[test]
    fn the_order_of_what_is_heard_does_not_matter() {
        let values: Vec<(String, u8)> = (0..500).map(|n| (format!("AB{:06}", n % 250), 85 + (n % 7) as u8)).collect();
        let of = |order: &mut dyn Iterator<Item = &(String, u8)>| {
            let mut known = Known::new([1; 16]);
            order.for_each(|(value, confidence)| {
                known.take(Told { spread: Spread::Value, detector: 1, confidence: *confidence, value: value.as_bytes() });
            });
            known.values
        };
        assert!(of(&mut values.iter()) == of(&mut values.iter().rev()));
    }
}
