//! What is looked for again in a record, and how: names and values as whole words, numbers however they are grouped.

use super::catalogue::Spread;
use crate::batch::Finding;
use crate::text;
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Values of one record that are looked for; a record of more is a document, in which few of them say who stands where.
pub const MOST: usize = 64;

/// Longest value that is looked for, in bytes.
const LONGEST: usize = 256;

/// Digits of a number: fewer are years, counts and codes; more are no number.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=24;

/// A number of so many digits is the same number in other groups, too.
const REGROUPED: usize = 7;

/// Separators within a number, in all and one behind the other.
const SEPARATORS: (usize, usize) = (8, 2);

/// Up to this length a text is searched from its bytes, without tables made for the value.
const SHORT: usize = 256;

/// Words that say nothing of a person, however they are written: function words of some languages, months, days.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "about after all also and any april are august aus bei but can com con das december dem den der des dezember did \
     die does ein eine est februar february for friday from für had has have her here him his how ich inc ist its \
     januar january juillet juin juli july june juni las les los ltd mai mais march may mit monday more mrs name new \
     nicht nil none not november null october oder off oktober one our out par para per plus por pour que qui \
     saturday september she sie some such sunday sur test than that the their them then there they this thursday \
     tuesday two und une unknown user very von was wednesday were what when with"
        .split(' ')
        .collect()
});

/// What stands behind a family name.
const SUFFIXES: [&str; 9] = ["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "mba"];

/// A value that was told once. Without `Debug` on purpose: it must not reach a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// How it is looked for.
    pub spread: Spread,
    /// The detector's number.
    pub detector: u16,
    /// How sure it was.
    pub confidence: u8,
    /// The value as it was read.
    pub value: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The text, no part of a longer word or number.
    Text,
    /// One word, no part of a compound either.
    Word,
    /// The digits, in any groups.
    Digits,
}

struct Needle<'a> {
    text: Cow<'a, [u8]>,
    shape: Shape,
    detector: u16,
    confidence: u8,
}

/// The values of one record that are looked for again. Without `Debug` on purpose: they must not reach a log.
#[derive(Default)]
pub struct Needles<'a> {
    list: Vec<Needle<'a>>,
    full: bool,
}

impl<'a> Needles<'a> {
    /// Adds what was told of a record.
    pub fn add(&mut self, told: Told<'a>) {
        self.take(told.spread, told.value, told.detector, told.confidence);
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether there were more values than are looked for.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Whether one of them may stand in a text of so many bytes.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.list.iter().any(|needle| needle.text.len() <= bytes)
    }

    pub(super) fn take(&mut self, spread: Spread, value: &'a [u8], detector: u16, confidence: u8) {
        forms(spread, value, &mut |text, shape| self.push(Needle { text, shape, detector, confidence }));
    }

    fn push(&mut self, needle: Needle<'a>) {
        if self.list.iter().any(|known| known.shape == needle.shape && known.text == needle.text) {
            return;
        }
        if self.list.len() < MOST {
            self.list.push(needle);
        } else {
            self.full = true;
        }
    }

    /// Appends the places in `text` where one of the values stands, beside the findings `taken` in it, which are sorted.
    pub fn find(
        &self,
        text: &[u8],
        taken: &[Finding],
        cell: u32,
        fits: impl Fn(&[u8], usize, usize) -> bool,
        out: &mut Vec<Finding>,
    ) {
        let mut hits: Vec<(usize, usize, usize)> = Vec::new();
        for (number, needle) in self.list.iter().enumerate().filter(|(_, n)| n.text.len() <= text.len()) {
            let each = |at: usize| {
                let found =
                    if needle.shape == Shape::Digits { number_at(text, at, &needle.text) } else { needle.stands_at(text, at) };
                hits.extend(found.map(|(start, end)| (start, end, number)));
            };
            let what = if needle.shape == Shape::Digits { needle.text.get(..1) } else { Some(&*needle.text) };
            each_place(text, what.unwrap_or_default(), each);
        }
        hits.sort_unstable_by_key(|(start, end, number)| (*start, Reverse(*end), *number));
        let (mut free, mut taken) = (0, taken);
        for (start, end, number) in hits {
            taken = taken.split_at(taken.iter().take_while(|f| f.end as usize <= start).count()).1;
            let met = taken.first().is_some_and(|f| (f.start as usize) < end);
            let Some(needle) = self.list.get(number).filter(|_| start >= free && !met && fits(text, start, end)) else {
                continue;
            };
            let Needle { detector, confidence, .. } = *needle;
            out.push(Finding { cell, start: start as u32, end: end as u32, detector, confidence, propagated: true });
            free = end;
        }
    }
}

impl Needle<'_> {
    /// The span of the needle that begins at `at`, where it is no part of something longer.
    fn stands_at(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let end = at + self.text.len();
        let (first, last) = (char_at(&self.text, 0)?, char_before(&self.text, self.text.len())?);
        let (before, behind) = (char_before(text, at), char_at(text, end));
        // Scripts without capitals are mostly those that do not part words.
        let goes_on = |edge: char, beside: Option<char>| is_word(edge) && !is_unparted(edge) && beside.is_some_and(is_word);
        let joined = |beside: Option<char>, further: Option<char>, joints: &str, goes: fn(char) -> bool| {
            beside.is_some_and(|c| joints.contains(c)) && further.is_some_and(goes)
        };
        let further_before = || char_before(text, at.saturating_sub(1));
        let further_behind = || char_at(text, end + 1);
        let (joints, goes): (&str, fn(char) -> bool) = match self.shape {
            Shape::Word => ("-.@'", char::is_alphanumeric),
            _ => ("-./,", |c| c.is_ascii_digit()),
        };
        let of_digits = |edge: char| self.shape == Shape::Word || edge.is_ascii_digit();
        let part = goes_on(first, before)
            || goes_on(last, behind)
            || of_digits(first) && joined(before, further_before(), joints, goes)
            || of_digits(last) && joined(behind, further_behind(), joints.trim_end_matches('\''), goes);
        let common = || self.shape == Shape::Word && std::str::from_utf8(&self.text).is_ok_and(is_common);
        (!part && !common()).then_some((at, end))
    }
}

/// The forms in which a value is looked for.
pub(super) fn forms<'a>(spread: Spread, value: &'a [u8], push: &mut impl FnMut(Cow<'a, [u8]>, Shape)) {
    let value = value.get(text::trimmed(value)).unwrap_or_default();
    if spread == Spread::Never || value.len() > LONGEST {
        return;
    }
    if let Some(digits) = digits_of(value) {
        if DIGITS.contains(&digits.len()) {
            push(Cow::Owned(digits), Shape::Digits);
        }
    } else if spread == Spread::Value {
        if is_distinct(value) {
            push(Cow::Borrowed(value), Shape::Text);
        }
    } else if let Ok(name) = std::str::from_utf8(value) {
        forms_of_name(name, push);
    }
}

/// Calls `each` with every place in `text` where `what` begins.
fn each_place(text: &[u8], what: &[u8], mut each: impl FnMut(usize)) {
    let Some(first) = what.first() else { return };
    if what.len() == 1 || text.len() <= SHORT {
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| memchr(*first, rest)) {
            at += found;
            if text.get(at..).is_some_and(|rest| rest.starts_with(what)) {
                each(at);
            }
            at += 1;
        }
    } else {
        memmem::find_iter(text, what).for_each(each);
    }
}

/// The digits of a text that holds nothing else but separators of numbers.
fn digits_of(value: &[u8]) -> Option<Vec<u8>> {
    // Tables write integers as floats where some are missing.
    let value = value.strip_suffix(b".0").unwrap_or(value);
    let numeric = value.iter().all(|b| b.is_ascii_digit() || is_separator(*b) || *b == b'+');
    numeric.then(|| value.iter().copied().filter(u8::is_ascii_digit).collect())
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// The span of a number that begins at `at` and has these digits.
fn number_at(text: &[u8], at: usize, digits: &[u8]) -> Option<(usize, usize)> {
    if !begins_number(text, at) {
        return None;
    }
    let most = if digits.len() >= REGROUPED { SEPARATORS.0 } else { 0 };
    let (mut end, mut all, mut here) = (at, 0, 0);
    let mut rest = digits.iter().peekable();
    while let Some(digit) = rest.peek() {
        let next = text.get(end)?;
        if next == *digit {
            rest.next();
            here = 0;
        } else if is_separator(*next) && all < most && here < SEPARATORS.1 {
            all += 1;
            here += 1;
        } else {
            return None;
        }
        end += 1;
    }
    if !ends_number(text, end) {
        return None;
    }
    let before = at.checked_sub(1).and_then(|i| text.get(i)).copied().unwrap_or(b' ');
    let closes = text.get(at..end)?.iter().find(|b| matches!(b, b'(' | b')')) == Some(&b')');
    let opened = before == b'(' && closes || before == b'+';
    Some((at - usize::from(opened), end))
}

/// Where numbers of `least` digits and more end that begin at `at`, in whatever groups.
pub(super) fn number_ends(text: &[u8], at: usize, least: usize) -> Vec<usize> {
    let (mut ends, mut digits, mut all, mut here) = (Vec::new(), 0, 0, 0);
    if !text.get(at).is_some_and(u8::is_ascii_digit) || !begins_number(text, at) {
        return ends;
    }
    for (end, byte) in text.iter().enumerate().skip(at) {
        if byte.is_ascii_digit() && digits < *DIGITS.end() {
            (digits, here) = (digits + 1, 0);
            let last = !text.get(end + 1).is_some_and(u8::is_ascii_digit);
            if last && digits >= least && ends_number(text, end + 1) {
                ends.push(end + 1);
            }
        } else if is_separator(*byte) && all < SEPARATORS.0 && here < SEPARATORS.1 {
            (all, here) = (all + 1, here + 1);
        } else {
            break;
        }
    }
    ends
}

/// Whether no longer number or word reaches over the place where a number begins.
fn begins_number(text: &[u8], at: usize) -> bool {
    let byte = |i: Option<usize>| i.and_then(|i| text.get(i)).copied().unwrap_or(b' ');
    let before = byte(at.checked_sub(1));
    let joined = is_joint(before) && byte(at.checked_sub(2)).is_ascii_digit();
    !before.is_ascii_digit() && !joined && !char_before(text, at).is_some_and(is_word)
}

/// Whether none goes on where one ends.
fn ends_number(text: &[u8], end: usize) -> bool {
    let joined = text.get(end).is_some_and(|b| is_joint(*b)) && text.get(end + 1).is_some_and(u8::is_ascii_digit);
    !joined && !char_at(text, end).is_some_and(is_word)
}

fn is_joint(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'/' | b',')
}

/// Whether a value that is no number is unlike any word: letters with digits or signs in them, a long word, several words.
fn is_distinct(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else { return false };
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    let digits = value.bytes().any(|b| b.is_ascii_digit());
    let signs = value.chars().any(|c| "!$%&#+?=^~|\\".contains(c));
    let words = value.split_whitespace().filter(|word| !is_common(word)).count();
    letters >= 5 && digits || letters >= 6 && signs || letters >= 8 && words >= 2 || letters >= 12
}

/// The forms in which a person's name is looked for: as it is, turned round, the family name alone.
fn forms_of_name<'a>(name: &'a str, push: &mut impl FnMut(Cow<'a, [u8]>, Shape)) {
    if name.bytes().any(|b| b.is_ascii_digit()) {
        return;
    }
    let mut words = name.split([' ', '\t', ',', '\u{a0}']).filter(|word| !word.is_empty());
    if let (Some(word), None) = (words.next(), words.next()) {
        if word == name && is_name(word, 3) {
            push(Cow::Borrowed(name.as_bytes()), Shape::Word);
        }
        return;
    }
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 5 || name.split([' ', ',']).all(|word| word.is_empty() || is_common(word)) {
        return;
    }
    push(Cow::Borrowed(name.as_bytes()), Shape::Text);
    let (family, turned) = if let Some((family, given)) = name.split_once(',') {
        (family.trim(), format!("{} {}", given.trim(), family.trim()))
    } else {
        let Some((given, family)) = name.rsplit_once(' ') else { return };
        (family, format!("{family}, {}", given.trim()))
    };
    if is_suffix(family) || family.is_empty() {
        return;
    }
    push(Cow::Owned(turned.into_bytes()), Shape::Text);
    if is_name(family, 4) {
        push(Cow::Borrowed(family.as_bytes()), Shape::Word);
    }
}

/// Whether a word is written as a name is. That it is none of any text's is asked where it stands: that is seldom.
fn is_name(word: &str, least: usize) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let written = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
    let begins = word.chars().next().is_some_and(|c| c.is_uppercase() || is_unparted(c));
    letters >= least && written && begins
}

fn is_common(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    COMMON.contains(word.as_str())
}

fn is_suffix(word: &str) -> bool {
    word.ends_with('.') || SUFFIXES.contains(&word.to_lowercase().as_str())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A letter of a script without capitals, beyond ASCII.
fn is_unparted(c: char) -> bool {
    !c.is_ascii() && c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase()
}

fn char_at(text: &[u8], at: usize) -> Option<char> {
    let first = *text.get(at)?;
    if first.is_ascii() {
        return Some(char::from(first));
    }
    (2..=4).find_map(|n| std::str::from_utf8(text.get(at..at + n)?).ok()).and_then(|c| c.chars().next())
}

fn char_before(text: &[u8], at: usize) -> Option<char> {
    let last = *text.get(at.checked_sub(1)?)?;
    if last.is_ascii() {
        return Some(char::from(last));
    }
    (2..=4).find_map(|n| std::str::from_utf8(text.get(at.checked_sub(n)?..at)?).ok()).and_then(|c| c.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spread: Spread, value: &str, text: &str) -> Vec<String> {
        let (mut needles, mut out) = (Needles::default(), Vec::new());
        needles.take(spread, value.as_bytes(), 7, 90);
        needles.find(text.as_bytes(), &[], 0, |_, _, _| true, &mut out);
        out.iter().map(|f| text[f.start as usize..f.end as usize].to_owned()).collect()
    }

    #[test]
    fn a_value_is_found_as_it_may_be_written_and_in_no_other_word() {
        use Spread::{Name, Never, Value};
        let long = "a ".repeat(200) + "call Ann Larsson, not Larsson-Berg";
        let table: &[(Spread, &str, &str, &[&str], &str)] = &[
            (Name, "Ann Larsson", "call Ann Larsson back", &["Ann Larsson"], "the name"),
            (
                Name,
                "Ann Larsson",
                "Larsson, Ann: Ms Larsson's mail",
                &["Larsson, Ann", "Larsson"],
                "turned round, family name alone",
            ),
            (Name, "Larsson, Ann", "Ann Larsson", &["Ann Larsson"], "turned back"),
            (Name, "Ann Larsson", "ann larsson, Ann and LARSSON", &[], "another case, the given name alone"),
            (Name, "Ann Larsson", "Larsson-Berg, larsson@x.com, McLarsson", &[], "parts of other words"),
            (Name, "Ann Larsson", &long, &["Ann Larsson"], "a long text is searched in another way"),
            (Name, "Ann", "Ann, Annie, ann, Jo-Ann, Ann.", &["Ann", "Ann"], "a given name, whole words in the same case"),
            (Name, "Will", "Will will call", &["Will"], "a name that is a word"),
            (Name, "May", "in May", &[], "a month"),
            (Name, "Jo", "Jo", &[], "two letters"),
            (Name, "ann", "ann", &[], "not written as a name"),
            (Name, "Sam Hall Jr.", "Sam Hall Jr. and Mr Jr.", &["Sam Hall Jr."], "a suffix is no family name"),
            (Name, "王小明", "请联系王小明先生", &["王小明"], "a script that does not part words"),
            (Name, "Søren Ørsted", "hos Ørsted, Ørsteds", &["Ørsted"], "letters beyond ASCII"),
            (
                Value,
                "4111-1111-1111-1111",
                "4111111111111111 4111 1111 1111 1111",
                &["4111111111111111", "4111 1111 1111 1111"],
                "groups",
            ),
            (Value, "4111111111111111.0", "4111-1111-1111-1111", &["4111-1111-1111-1111"], "an integer as a float"),
            (Value, "+1 (287) 555-6915", "+1.287.555.6915 (12875556915)", &["+1.287.555.6915", "12875556915"], "a telephone"),
            (Value, "(287) 555-6915", "at (287) 555 6915", &["(287) 555 6915"], "with its bracket"),
            (Value, "273956048", "x273956048 2739560481 1-273956048 273956048.5 273956048", &["273956048"], "parts of others"),
            (Value, "12345", "12345 123-45 1.12345", &["12345"], "a short number has no groups"),
            (Value, "1234", "1234", &[], "too short"),
            (Value, "X1234567", "pass X1234567, X1234567A", &["X1234567"], "letters and digits"),
            (Value, "summer", "summer", &[], "a word"),
            (Value, "12 Main St", "to 12 Main St.", &["12 Main St"], "several words"),
            (Never, "Boston", "Boston", &[], "what many share"),
        ];
        for (spread, value, text, want, why) in table {
            assert_eq!(found(*spread, value, text), *want, "{why}: {value}");
        }
    }

    #[test]
    fn what_is_found_already_stays_and_what_is_too_much_is_told() {
        let (mut needles, mut out) = (Needles::default(), Vec::new());
        needles.take(Spread::Name, b"Ann Larsson", 7, 90);
        let taken = [Finding { cell: 3, start: 4, end: 7, ..Finding::default() }];
        needles.find(b"Ann Larsson; Larsson", &taken, 3, |_, _, _| true, &mut out);
        assert_eq!(out.iter().map(|f| (f.cell, f.start, f.end, f.propagated)).collect::<Vec<_>>(), [(3, 13, 20, true)]);
        let values: Vec<String> = (0..100).map(|n| format!("AB{n:06}")).collect();
        let mut needles = Needles::default();
        for value in &values {
            needles.take(Spread::Value, value.as_bytes(), 7, 90);
            needles.take(Spread::Value, value.as_bytes(), 7, 90);
        }
        assert!(needles.is_full() && needles.list.len() == MOST);
    }

    #[test]
    fn a_hostile_text_takes_linear_time() {
        let mut needles = Needles::default();
        let values = [("1".repeat(23) + "2"), "a a a a a a a a a a a a b".to_owned(), "A".repeat(90) + " B"];
        for value in &values {
            needles.take(Spread::Value, value.as_bytes(), 7, 90);
        }
        for text in ["1 ".repeat(200_000), "a ".repeat(200_000), "A".repeat(400_000)] {
            needles.find(text.as_bytes(), &[], 0, |_, _, _| true, &mut Vec::new());
        }
    }
}
