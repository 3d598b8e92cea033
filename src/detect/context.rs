//! Words near a value, or in the name of its column, that speak for or against it.

use super::catalogue::Detector;
use super::own;
use crate::error::{Error, Result};
use crate::text;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many tags before a value are looked behind.
const TAGS: usize = 8;

/// What the words say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// A word for it stands before the value.
    pub(super) before: bool,
    /// A word for it stands after the value.
    pub(super) after: bool,
    /// A word against it stands before the value.
    pub(super) against: bool,
}

/// All context words of the enabled detectors in one automaton.
pub(super) struct Context {
    words: AhoCorasick,
    /// Word -> detectors it speaks for.
    near: Vec<Vec<u16>>,
    /// Word -> detectors it speaks against.
    avoid: Vec<Vec<u16>>,
    forms: Forms,
}

/// How the words for something begin, those of ASCII: what of a text's shape may be a word.
#[derive(Default)]
struct Forms {
    /// Bits: how many letters the word begins with, or has behind what is no letter or digit.
    letters: u64,
    /// How many digits a word begins with and how many letters follow.
    led: Vec<(usize, usize)>,
}

impl Forms {
    fn add(&mut self, word: &str) {
        let bytes = word.as_bytes();
        let Some(first) = bytes.iter().position(u8::is_ascii_alphanumeric).and_then(|at| bytes.get(at..)) else { return };
        let digits = first.iter().take_while(|b| b.is_ascii_digit()).count();
        let letters = first.iter().skip(digits).take_while(|b| b.is_ascii_alphabetic()).count();
        if digits == 0 {
            self.letters |= 1 << letters.min(63);
        } else if !self.led.contains(&(digits, letters)) {
            self.led.push((digits, letters));
        }
    }

    /// Whether a text of that shape may hold a word.
    fn may_hold(&self, shape: &[u8]) -> bool {
        shape.split(|b| !b.is_ascii_alphanumeric()).any(|run| {
            let digits = run.iter().take_while(|b| b.is_ascii_digit()).count();
            let letters = run.iter().skip(digits).take_while(|b| b.is_ascii_alphabetic()).count();
            if digits == 0 {
                letters > 0 && self.letters >> letters.min(63) & 1 == 1
            } else {
                self.led.contains(&(digits, letters))
            }
        })
    }
}

impl Context {
    /// # Errors
    /// [`Error::Usage`] where the words are too many for an automaton.
    pub(super) fn new<'a>(detectors: impl Iterator<Item = (u16, &'a Detector)>) -> Result<Self> {
        let mut all: BTreeMap<String, (Vec<u16>, Vec<u16>)> = BTreeMap::new();
        for (index, detector) in detectors {
            for word in detector.near.iter().flat_map(|w| cases(w)) {
                all.entry(word).or_default().0.push(index);
            }
            for word in detector.avoid.iter().flat_map(|w| cases(w)) {
                all.entry(word).or_default().1.push(index);
            }
        }
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(all.keys())
            .map_err(|e| Error::Usage(format!("context words: {e}")))?;
        let mut forms = Forms::default();
        all.iter().filter(|(_, (near, _))| !near.is_empty()).for_each(|(word, _)| forms.add(word));
        let (near, avoid) = all.into_values().unzip();
        Ok(Self { words, near, avoid, forms })
    }

    /// What stands within `chars` characters of the span, tags of ours and words for it behind them left out. `memo` holds the
    /// answer for all detectors at the last span that was asked in this text.
    pub(super) fn around(&self, text: &[u8], span: &Range<usize>, detector: u16, chars: usize, memo: &mut Memo) -> Words {
        let key = (span.start, span.end, chars);
        if memo.key != Some(key) {
            memo.key = Some(key);
            memo.before.clear();
            memo.after.clear();
            memo.against.clear();
            if span.start > 0 {
                let window = own::behind_tags(text, text::back(text, span.start, chars)..span.start);
                self.within(text, &window, &mut memo.before, &mut memo.against);
                self.behind(text, span.start, window, chars, &mut memo.against);
            }
            if span.end < text.len() {
                let window = own::before_tags(text, span.end..text::forth(text, span.end, chars));
                self.within(text, &window, &mut memo.after, &mut Vec::new());
            }
        }
        let holds = |list: &[u16]| list.contains(&detector);
        Words { before: holds(&memo.before), after: holds(&memo.after), against: holds(&memo.against) }
    }

    /// Whether a text of that shape, which is ASCII, may hold a word for something.
    pub(super) fn may_speak(&self, shape: &[u8]) -> bool {
        self.forms.may_hold(shape)
    }

    /// Gathers whom words speak for that touch `around`, once a place.
    pub(super) fn listen(&self, text: &[u8], around: impl FnOnce() -> Range<usize>, heard: &mut Heard) {
        if std::mem::replace(&mut heard.known, true) {
            return;
        }
        heard.bits.clear();
        let around = around();
        let Some(slice) = text.get(around.clone()) else { return };
        for hit in self.words.find_overlapping_iter(slice) {
            if !is_whole_word(text, around.start + hit.start()..around.start + hit.end()) {
                continue;
            }
            for detector in self.near.get(hit.pattern().as_usize()).into_iter().flatten() {
                let word = usize::from(*detector) / 64;
                if heard.bits.len() <= word {
                    heard.bits.resize(word + 1, 0);
                }
                if let Some(bits) = heard.bits.get_mut(word) {
                    *bits |= 1 << (detector % 64);
                }
            }
        }
    }

    /// Words against that stand before the tag where `window`, up to `end`, begins. Tags count as no characters: a word that
    /// spoke against while the tag was still a value must not fall silent because of it.
    fn behind(&self, text: &[u8], mut end: usize, mut window: Range<usize>, chars: usize, against: &mut Vec<u16>) {
        let mut left = chars;
        for _ in 0..TAGS {
            let Some(tag) = window.start.checked_sub(1).and_then(|close| own::tag_start(text, close)) else { return };
            left -= text::count(text.get(window.start..end).unwrap_or_default()).min(left);
            if left == 0 {
                return;
            }
            end = tag;
            window = own::behind_tags(text, text::back(text, end, left)..end);
            self.within(text, &window, &mut Vec::new(), against);
        }
    }

    fn within(&self, text: &[u8], window: &Range<usize>, near: &mut Vec<u16>, against: &mut Vec<u16>) {
        let Some(slice) = text.get(window.clone()) else { return };
        for hit in self.words.find_overlapping_iter(slice) {
            if is_whole_word(text, window.start + hit.start()..window.start + hit.end()) {
                let word = hit.pattern().as_usize();
                near.extend(self.near.get(word).into_iter().flatten());
                against.extend(self.avoid.get(word).into_iter().flatten());
            }
        }
    }
}

/// The detectors that a word anywhere around a place speaks for: where none does, those that need context are not asked.
#[derive(Default)]
pub(super) struct Heard {
    bits: Vec<u64>,
    known: bool,
}

impl Heard {
    /// To be called at another place.
    pub(super) fn forget(&mut self) {
        self.known = false;
    }

    /// Whether a word speaks for a detector.
    pub(super) fn holds(&self, detector: u16) -> bool {
        self.bits.get(usize::from(detector) / 64).is_some_and(|word| word >> (detector % 64) & 1 == 1)
    }
}

/// The context of one span in one text: several detectors ask for the same one.
#[derive(Default)]
pub(super) struct Memo {
    key: Option<(usize, usize, usize)>,
    before: Vec<u16>,
    after: Vec<u16>,
    against: Vec<u16>,
}

impl Memo {
    /// To be called where another text begins.
    pub(super) fn forget(&mut self) {
        self.key = None;
    }
}

/// The spellings of a word that differ in the case of other letters than ASCII ones, about which the search does not care.
fn cases(word: &str) -> BTreeSet<String> {
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    [word.to_uppercase(), capital, lower].map(|spelling| spelling.to_ascii_lowercase()).into()
}

/// No letter or digit goes on at either end.
fn is_whole_word(text: &[u8], span: Range<usize>) -> bool {
    let behind = |at: usize| text.get(at..).is_some_and(|rest| begins_with_letter(rest.get(..4).unwrap_or(rest)));
    let before = |at: usize| text.get(text::back(text, at, 1)..at).is_some_and(begins_with_letter);
    let joined_before = before(span.start) && behind(span.start);
    let joined_after = behind(span.end) && before(span.end);
    !joined_before && !joined_after
}

/// A digit, or a letter of a script that writes words apart: Latin, Greek, Cyrillic, Armenian. Others write them together.
fn begins_with_letter(bytes: &[u8]) -> bool {
    let Some(first) = bytes.first().filter(|b| !b.is_ascii()) else {
        return bytes.first().is_some_and(u8::is_ascii_alphanumeric);
    };
    if !matches!(first, 0xC3..=0xD6 | 0xE1) {
        return false;
    }
    let letter = bytes.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    letter.is_some_and(|c| c.is_alphabetic() && (c < '\u{590}' || ('\u{1e00}'..'\u{2000}').contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_whole_and_near_only() {
        let detector = Detector {
            near: ["lic", "driver license", "sécurité", "tel", "né"].map(str::to_owned).to_vec(),
            avoid: vec!["version".to_owned()],
            ..super::super::examples::blank()
        };
        let context = Context::new([(7, &detector)].into_iter()).unwrap();
        let table: &[(&str, bool, bool, bool, &str)] = &[
            ("lic 123", true, false, false, "before"),
            ("123 Driver License", false, true, false, "after, any case"),
            ("duplicate 123", false, false, false, "inside a word"),
            ("lic.................................. 123", false, false, false, "too far"),
            ("<LIC> 123", false, false, false, "inside a tag"),
            ("lic <EMAIL> 123", false, false, false, "behind a tag"),
            ("version 123", false, false, true, "against"),
            ("version <EMAIL> and <IPV4> 123", false, false, true, "against, behind tags"),
            ("version <EMAIL> ............................ 123", false, false, false, "against, too far behind a tag"),
            ("<VERSION> <EMAIL> 123", false, false, false, "inside a tag behind a tag"),
            ("my_lic: 123", true, false, false, "underscores part words"),
            ("SÉCURITÉ 123, Sécurité", true, true, false, "any case of other letters, too"),
            ("hôtel 123", false, false, false, "inside a word with other letters"),
            ("123 née", false, false, false, "the word goes on"),
            ("电话tel 123", true, false, false, "scripts without spaces"),
            ("×tel× 123", true, false, false, "a sign is no letter"),
        ];
        for (text, before, after, against, why) in table {
            let at = text.find("123").unwrap();
            let want = Words { before: *before, after: *after, against: *against };
            assert_eq!(context.around(text.as_bytes(), &(at..at + 3), 7, 30, &mut Memo::default()), want, "{why}");
        }
    }
}
