//! What a column's name and a sample of its cells say about them.

use super::catalogue::Detector;
use crate::batch::Column;
use crate::text::words;
use statrs::function::factorial::ln_binomial;
use std::collections::HashMap;

/// A column as the detectors see it. Cheap to copy by `Arc`; made once for a column of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    named: Bits,
    against: Bits,
    raised: Bits,
    lowered: Bits,
    whole: Bits,
    /// Of those that the name speaks for, the ones whose letters are capitals.
    capital: Bits,
    unseen: bool,
    /// The name is that of a code of things: many of those have a check digit that some person's number has too.
    of_things: bool,
}

impl View {
    /// A column that is not looked at.
    #[must_use]
    pub fn unseen() -> Self {
        Self { unseen: true, ..Self::default() }
    }

    pub(super) fn is_unseen(&self) -> bool {
        self.unseen
    }

    /// True where the column's name or sample says of its cells what they may be.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        [&self.named, &self.whole, &self.raised].iter().any(|bits| !bits.0.is_empty())
    }

    /// True where cells of this column may be values by the column's name alone, or in small letters.
    #[must_use]
    pub fn names_cells(&self) -> bool {
        !self.whole.0.is_empty() || !self.capital.0.is_empty()
    }

    pub(super) fn is_named(&self, detector: u16) -> bool {
        self.named.holds(detector)
    }

    pub(super) fn is_against(&self, detector: u16) -> bool {
        self.against.holds(detector)
    }

    pub(super) fn is_raised(&self, detector: u16) -> bool {
        self.raised.holds(detector)
    }

    pub(super) fn is_lowered(&self, detector: u16) -> bool {
        self.lowered.holds(detector)
    }

    /// The detectors whose values cells of this column may be by its name alone, ascending.
    pub(super) fn wholes(&self) -> impl Iterator<Item = u16> {
        self.whole.iter()
    }

    /// The detectors that the name speaks for and whose values are written in capitals, ascending.
    pub(super) fn capitals(&self) -> impl Iterator<Item = u16> {
        self.capital.iter()
    }

    /// Takes in what a sample says of a detector.
    pub(super) fn learn(&mut self, detector: u16, sample: Sample) {
        match sample {
            Sample::Raises if self.of_things && !self.named.holds(detector) => {}
            Sample::Raises => self.raised.insert(detector),
            Sample::Lowers => self.lowered.insert(detector),
            Sample::Silent => {}
        }
    }
}

/// A set of detectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn holds(&self, detector: u16) -> bool {
        self.0.get(usize::from(detector) / 64).is_some_and(|w| w >> (detector % 64) & 1 == 1)
    }

    fn iter(&self) -> impl Iterator<Item = u16> {
        let bits = |(at, word): (u16, &u64)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(at * 64 + bit as u16)
            })
        };
        (0..).zip(&self.0).filter(|(_, word)| **word != 0).flat_map(bits)
    }

    fn insert(&mut self, detector: u16) {
        let word = usize::from(detector) / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(w) = self.0.get_mut(word) {
            *w |= 1 << (detector % 64);
        }
    }
}

/// The words of all enabled detectors that column names are compared with.
#[derive(Default)]
pub(super) struct Names {
    near: Phrases,
    avoid: Phrases,
    whole: Phrases,
    capital: Bits,
}

/// Phrases by their first and last word and by their letters: a name is held against the few that can fit. There are
/// thousands, and keys that are data make a column each.
#[derive(Default)]
struct Phrases {
    all: Vec<(u16, Vec<String>)>,
    by_first: HashMap<String, Vec<usize>>,
    by_last: HashMap<String, Vec<usize>>,
    by_letters: HashMap<String, Vec<usize>>,
}

impl Phrases {
    fn add(&mut self, detector: u16, phrase: Vec<String>) {
        let (Some(first), Some(last)) = (phrase.first(), phrase.last()) else { return };
        let at = self.all.len();
        self.by_first.entry(first.clone()).or_default().push(at);
        self.by_last.entry(last.clone()).or_default().push(at);
        self.by_letters.entry(phrase.concat()).or_default().push(at);
        self.all.push((detector, phrase));
    }

    fn at<'a>(&'a self, index: &'a HashMap<String, Vec<usize>>, key: &str) -> impl Iterator<Item = &'a (u16, Vec<String>)> {
        index.get(key).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// Calls `each` with the detectors of phrases whose words follow each other among `words`, or name them all when written
    /// together (`creditcard`, `credit_card`).
    fn within(&self, words: &[String], mut each: impl FnMut(u16)) {
        for (at, word) in words.iter().enumerate() {
            let rest = words.get(at..).unwrap_or_default();
            self.at(&self.by_first, word)
                .filter(|(_, phrase)| rest.starts_with(phrase))
                .for_each(|(detector, _)| each(*detector));
        }
        self.same_letters(words, each);
    }

    /// Calls `each` with the detectors of phrases that end `words`.
    fn ending(&self, words: &[String], mut each: impl FnMut(u16)) {
        let Some(last) = words.last() else { return };
        self.at(&self.by_last, last).filter(|(_, phrase)| words.ends_with(phrase)).for_each(|(detector, _)| each(*detector));
    }

    /// Calls `each` with the detectors of phrases that are `words` when both are written together.
    fn same_letters(&self, words: &[String], mut each: impl FnMut(u16)) {
        self.at(&self.by_letters, &words.concat()).for_each(|(detector, _)| each(*detector));
    }
}

impl Names {
    pub(super) fn new<'a>(detectors: impl Iterator<Item = (u16, &'a Detector)>) -> Self {
        let mut all = Self::default();
        for (index, detector) in detectors {
            if detector.parent.is_none() && !detector.is_secret() && detector.pattern.as_deref().is_some_and(is_capital) {
                all.capital.insert(index);
            }
            let lists = [(&mut all.near, &detector.near), (&mut all.avoid, &detector.avoid), (&mut all.whole, &detector.column)];
            for (phrases, list) in lists {
                for phrase in list {
                    phrases.add(index, words(phrase));
                }
            }
        }
        all
    }

    /// What the name says. Context counts in any element of the path; a name that makes whole cells values ends in the last
    /// element, and may begin in one before (`customer.name`).
    pub(super) fn view(&self, column: &Column) -> View {
        let mut view = View::default();
        let elements: Vec<Vec<String>> = if column.elements.is_empty() {
            vec![words(&column.name)]
        } else {
            column.elements.iter().map(|e| words(e)).collect()
        };
        let path: Vec<String> = elements.iter().flatten().cloned().collect();
        let leaf = elements.last().map_or(&[][..], Vec::as_slice);
        let idle = leaf.iter().skip(1).rev().take_while(|w| is_suffix(w)).count();
        let leaf = leaf.get(..leaf.len() - idle).unwrap_or_default();
        let named = path.get(..path.len() - idle).unwrap_or_default();
        self.near.within(&path, |detector| view.named.insert(detector));
        for element in &elements {
            self.near.within(element, |detector| view.named.insert(detector));
            self.avoid.within(element, |detector| view.against.insert(detector));
        }
        let capital: Vec<u16> = view.named.iter().filter(|detector| self.capital.holds(*detector)).collect();
        for detector in capital {
            view.capital.insert(detector);
        }
        view.of_things = path.iter().any(|word| THINGS.contains(&word.as_str()));
        // The phrase ends the name, and so its last word lies in the last element; what is before may lie in the path.
        self.whole.ending(named, |detector| view.whole.insert(detector));
        self.whole.same_letters(leaf, |detector| view.whole.insert(detector));
        view
    }
}

/// Codes of books, goods, securities and companies, whose check digits are the same sums as those of persons' numbers.
const THINGS: [&str; 20] = [
    "isbn", "issn", "ismn", "isrc", "ean", "upc", "gtin", "sku", "asin", "doi", "lei", "isin", "cusip", "sedol", "figi", "wkn",
    "siren", "siret", "barcode", "imo",
];

/// True where the letters of a pattern are capitals: it has some, and neither a flag nor a class for small ones.
fn is_capital(pattern: &str) -> bool {
    let small = |w: &[u8]| matches!(w, [before, b'a'..=b'z', b'-'] if *before != b'\\');
    pattern.bytes().any(|b| b.is_ascii_uppercase()) && !pattern.contains("(?i") && !pattern.as_bytes().windows(3).any(small)
}

/// Words behind a name that do not change what it names: `first_name_1`, `dob_raw`. A phone's model is no phone.
fn is_suffix(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
        || ["raw", "value", "text", "orig", "original", "old", "new", "clean", "primary", "secondary", "home", "work"]
            .contains(&word)
}

/// What a sample says of one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// Whole cells pass far more often than chance would have it.
    Raises,
    /// The cells are numbers, and pass no more often than chance.
    Lowers,
    /// Neither.
    Silent,
}

/// Counts over a sample of non-empty cells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Cells looked at.
    pub(super) cells: usize,
    /// Cells of digits and separators.
    pub(super) numbers: usize,
    /// Cells that are one value whose check passed.
    pub(super) passed: usize,
}

/// Below this probability chance is out. Just below the round number that six cells of a 10 % check come to, so that the last
/// bit of a logarithm, which differs from machine to machine, decides nothing.
const NO_CHANCE: f64 = 0.999e-6;
/// Below this probability the cells are not of the type; as [`NO_CHANCE`], for two cells of which one in ten may fail.
const NOT_OF_TYPE: f64 = 0.999e-2;

/// Under "not this type" the passes are Binomial(cells, chance); under "this type" nine in ten pass.
pub(super) fn weigh(counts: Counts, chance: f64) -> Sample {
    let Counts { cells, numbers, passed } = counts;
    if cells >= 5 && passed * 5 >= cells * 4 && at_least(cells, passed, chance) < NO_CHANCE {
        return Sample::Raises;
    }
    if numbers < 2 || numbers * 5 < cells * 4 {
        return Sample::Silent;
    }
    let like_chance = at_least(numbers, passed.min(numbers), chance) > 1e-3;
    let unlike_type = at_least(numbers, numbers - passed.min(numbers), 0.1) < NOT_OF_TYPE;
    if like_chance && unlike_type { Sample::Lowers } else { Sample::Silent }
}

/// P(X >= k) for X ~ Binomial(n, p), 0 < p < 1: the first term by logarithms, each other from the one before.
fn at_least(n: usize, k: usize, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    let odds = p / (1.0 - p);
    let mut term = (ln_binomial(n as u64, k as u64) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp();
    let mut sum = term;
    for i in k..n {
        term *= (n - i) as f64 / (i + 1) as f64 * odds;
        sum += term;
        if term < sum * f64::EPSILON && (i as f64) > n as f64 * p {
            break;
        }
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_binomial() {
        assert!((at_least(20, 20, 0.1) - 1e-20).abs() < 1e-25);
        assert!((at_least(10, 0, 0.3) - 1.0).abs() < 1e-12);
        assert!((at_least(2, 1, 0.5) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn samples_speak_only_when_chance_is_out() {
        let table = [
            (Counts { cells: 20, numbers: 20, passed: 20 }, Sample::Raises, "all pass a 10 % check"),
            (Counts { cells: 200, numbers: 200, passed: 6 }, Sample::Lowers, "a serial column: 3 % pass"),
            (Counts { cells: 200, numbers: 200, passed: 100 }, Sample::Silent, "half are real: no chance, no type"),
            (Counts { cells: 200, numbers: 20, passed: 0 }, Sample::Silent, "mostly text"),
            (Counts { cells: 1, numbers: 1, passed: 0 }, Sample::Silent, "one cell says nothing"),
            (Counts { cells: 6, numbers: 6, passed: 6 }, Sample::Silent, "a millionth, give or take the last bit"),
            (Counts { cells: 7, numbers: 7, passed: 7 }, Sample::Raises, "less than that"),
            (Counts { cells: 2, numbers: 2, passed: 0 }, Sample::Silent, "a hundredth, give or take the last bit"),
            (Counts { cells: 3, numbers: 3, passed: 0 }, Sample::Lowers, "less than that"),
        ];
        for (counts, want, why) in table {
            assert_eq!(weigh(counts, 0.1), want, "{why}");
        }
    }
}
