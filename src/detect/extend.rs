//! From the part of an address that a pattern knows to all of it: the flat, the place, the postcode and the country behind the
//! street, and the flat before it. Only findings are looked at, so ordinary text pays nothing.

mod flat;
mod places;

use places::{COUNTRIES, NUMBERED, STATE_CODES, STATES, STREETS};
use std::ops::Range;

/// Grows a found value inside its text; nothing where the text says that it is none.
pub(super) type Extend = fn(&[u8], Range<usize>) -> Option<Range<usize>>;

/// What packs may ask for with `extend`, by name.
pub(super) const EXTENDS: [(&str, Extend); 3] = [("address", address), ("flat", flat::flat), ("place", place)];

/// How far an address may go on behind its street, in bytes, and how many words and parted pieces there may be.
const FAR: usize = 160;
const WORDS: usize = 5;
const TOKENS: usize = 20;

/// Designators of a unit in a building: USPS Publication 28, appendix C2, and those of other English-speaking posts.
const UNITS: &[&str] = &[
    "apartment",
    "apt",
    "building",
    "bldg",
    "department",
    "dept",
    "flat",
    "floor",
    "fl",
    "flr",
    "hangar",
    "hngr",
    "level",
    "lot",
    "office",
    "ofc",
    "penthouse",
    "ph",
    "pier",
    "rm",
    "room",
    "slip",
    "space",
    "spc",
    "ste",
    "stop",
    "suite",
    "trailer",
    "trlr",
    "unit",
];

/// All of a postal address around the part at `found`.
pub(super) fn address(text: &[u8], found: Range<usize>) -> Option<Range<usize>> {
    if is_numbered(text, found.start) {
        return None;
    }
    let start = before(text, found.start);
    let street = text.get(found.clone()).unwrap_or_default();
    let lower = !street.iter().any(u8::is_ascii_uppercase);
    let limit = text.len().min(found.end + FAR);
    let end = behind(text.get(..limit).unwrap_or(text), found.end, lower);
    Some(start..end)
}

/// Whether the number at `at` stands behind a word for what else is numbered: `page 12`.
fn is_numbered(text: &[u8], at: usize) -> bool {
    let head = text.get(..at).unwrap_or_default();
    let digit = text.get(at).is_some_and(u8::is_ascii_digit);
    let Some(head) = head.strip_suffix(b" ").filter(|_| digit) else { return false };
    let length = head.iter().rev().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = head.get(head.len() - length..).unwrap_or_default();
    NUMBERED.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// A state and its postcode, with the place before it on the line: up to three words with capitals.
#[expect(clippy::unnecessary_wraps, reason = "as `Extend` has it")]
fn place(text: &[u8], found: Range<usize>) -> Option<Range<usize>> {
    let mut start = found.start;
    for _ in 0..3 {
        let head = text.get(..start).unwrap_or_default();
        let head = head.strip_suffix(b" ").unwrap_or(head);
        let head = if start == found.start { head.strip_suffix(b",").unwrap_or(head) } else { head };
        let length = head
            .iter()
            .rev()
            .take(24)
            .take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80 || matches!(b, b'\'' | b'-'))
            .count();
        let word = head.len() - length;
        if head.len() == start || !get(text, word).is_some_and(|b| b.is_ascii_uppercase()) {
            break;
        }
        start = word;
    }
    Some(start..found.end)
}

fn get(text: &[u8], at: usize) -> Option<u8> {
    text.get(at).copied()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_'
}

/// The bytes from `at` on that satisfy `is`, at most `most`; none where more do.
fn run(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let length = text.get(at..).unwrap_or_default().iter().take(most + 1).take_while(|b| is(**b)).count();
    if length > most { 0 } else { length }
}

/// The start with a flat or lot number before the house number: `Flat 3, 12 High Street`, `704 12 Bond Street`.
fn before(text: &[u8], start: usize) -> usize {
    let mut start = start;
    if let Some(number) = number_before(text, start, 1) {
        start = number;
    }
    // The unit's own number, then its word.
    let Some(number) = number_before(text, start, 2) else { return start };
    match word_before(text, number) {
        Some(word) if start != number => word,
        _ => start,
    }
}

/// Where a number begins that stands before `at` with up to `gap` spaces, commas or a line end between.
fn number_before(text: &[u8], at: usize, gap: usize) -> Option<usize> {
    let head = text.get(..at)?;
    let between = head.iter().rev().take(gap + 1).take_while(|b| matches!(b, b' ' | b',' | b'\n')).count();
    let head = head.get(..head.len() - between).filter(|_| between > 0 && between <= gap)?;
    if gap == 1 && text.get(head.len()) != Some(&b' ') {
        return None;
    }
    let letter = usize::from(head.last().is_some_and(u8::is_ascii_alphabetic));
    let digits = head.iter().rev().skip(letter).take(7).take_while(|b| b.is_ascii_digit()).count();
    let number = head.len().checked_sub(digits + letter).filter(|_| (1..=6).contains(&digits))?;
    let free = number.checked_sub(1).and_then(|i| get(text, i)).is_none_or(|b| !is_word(b) && !b".,:/-$#%+(".contains(&b));
    free.then_some(number)
}

/// Where the word for a unit begins that stands before its number.
fn word_before(text: &[u8], number: usize) -> Option<usize> {
    let head = text.get(..number)?;
    let signs = head.iter().rev().take(4).take_while(|b| matches!(b, b' ' | b'.' | b'#')).count();
    let head = head.get(..head.len() - signs).filter(|_| signs > 0)?;
    let letters = head.iter().rev().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = head.len() - letters;
    let free = word.checked_sub(1).and_then(|i| get(text, i)).is_none_or(|b| !is_word(b));
    (free && is_unit(head.get(word..)?) && !ends_street(head.get(..word)?)).then_some(word)
}

/// Whether a street or its number stands at the end: a unit behind it is its own.
fn ends_street(head: &[u8]) -> bool {
    let head = head.trim_ascii_end();
    let head = head.strip_suffix(b",").or_else(|| head.strip_suffix(b".")).unwrap_or(head);
    let length = head.iter().rev().take(20).take_while(|b| is_word(**b)).count();
    let last = head.get(head.len() - length..).unwrap_or_default();
    last.iter().any(u8::is_ascii_digit) || is_street(last)
}

fn is_street(word: &[u8]) -> bool {
    STREETS.iter().any(|street| word.eq_ignore_ascii_case(street.as_bytes()))
}

fn is_unit(word: &[u8]) -> bool {
    UNITS.iter().any(|unit| word.eq_ignore_ascii_case(unit.as_bytes()))
}

/// What parts the pieces of an address: its end, and whether a comma or a line end is in it. The marks of quoted mail begin lines.
fn gap(text: &[u8], at: usize) -> Option<(usize, bool)> {
    wide_gap(text, at).filter(|gap| !gap.2).map(|(end, parted, _)| (end, parted))
}

/// The same, or an empty line, which it tells.
fn wide_gap(text: &[u8], at: usize) -> Option<(usize, bool, bool)> {
    let length = run(text, at, 10, |b| matches!(b, b' ' | b',' | b'\t' | b'\r' | b'\n' | b'>' | b'|'));
    let bytes = text.get(at..at + length).filter(|b| !b.is_empty())?;
    let lines = bytes.split(|b| *b == b'\n').count() - 1;
    let quoted = bytes
        .iter()
        .position(|b| matches!(b, b'>' | b'|'))
        .is_none_or(|sign| bytes.get(..sign).is_some_and(|b| b.contains(&b'\n')));
    let empty = bytes.windows(2).any(|two| two == b"\n\n");
    (lines <= 2 && quoted).then_some((at + length, lines > 0 || bytes.contains(&b','), empty))
}

/// The end of the address behind the street that ends at `at`.
fn behind(text: &[u8], at: usize, lower: bool) -> usize {
    let mut end = at;
    let stop = |at: usize| if get(text, at) == Some(b'.') { at + 1 } else { at };
    for _ in 0..3 {
        // The point of a shortened street or of an ordinal, as Hungarian house numbers are.
        let Some(unit) = unit(text, end).or_else(|| unit(text, stop(end))) else { break };
        end = unit;
    }
    let mut locality = Locality { end, words: 0, pieces: 0, lower, coded: false };
    locality.read(text, end);
    if locality.end == end && get(text, end) == Some(b'.') && get(text, end + 1).is_some_and(|b| matches!(b, b',' | b'\n')) {
        locality.read(text, end + 1);
    }
    locality.end
}

/// The end of a unit that stands behind `at`: `, Apt. 4B`, ` # 12`, `\nSuite 300`.
fn unit(text: &[u8], at: usize) -> Option<usize> {
    let (word, _) = gap(text, at)?;
    let letters = run(text, word, 12, |b| b.is_ascii_alphabetic());
    let mut number = word + letters;
    if letters > 0 {
        if !is_unit(text.get(word..number)?) {
            return floor(text, word).or_else(|| direction(text, word));
        }
        number += usize::from(get(text, number) == Some(b'.'));
        number += run(text, number, 2, |b| b == b' ');
    }
    let sign = usize::from(get(text, number) == Some(b'#'));
    number += sign;
    number += run(text, number, 1, |b| b == b' ');
    let id = run(text, number, 7, |b| b.is_ascii_alphanumeric() || b == b'-');
    let id_text = text.get(number..number + id)?;
    if letters == 0 && sign == 0 {
        return floor(text, word).or_else(|| direction(text, word)).or_else(|| bare(text, word));
    }
    let told = id_text.iter().any(u8::is_ascii_digit) || letters > 1 && id == 1 && id_text.iter().all(u8::is_ascii_uppercase);
    let open = get(text, number + id).is_some_and(is_word) || id == 0 || letters + sign == 0;
    (told && !open && number > word + letters).then_some(number + id)
}

/// The end of `7th Floor`, `Second Floor`.
fn floor(text: &[u8], at: usize) -> Option<usize> {
    const ORDINALS: [&str; 10] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let first = run(text, at, 7, |b| b.is_ascii_alphanumeric());
    let ordinal = text.get(at..at + first)?;
    let digits = ordinal.iter().take_while(|b| b.is_ascii_digit()).count();
    let ending = ordinal.get(digits..)?.to_ascii_lowercase();
    let counted = digits > 0 && matches!(ending.as_slice(), b"st" | b"nd" | b"rd" | b"th");
    let known = counted || ORDINALS.iter().any(|known| ordinal.eq_ignore_ascii_case(known.as_bytes()));
    let next = at + first + 1;
    let end = next + run(text, next, 6, |b| b.is_ascii_alphabetic());
    let word = text.get(next..end)?;
    let floor = ["fl", "flr", "floor"].iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    (known && floor && get(text, next - 1) == Some(b' ')).then_some(end)
}

/// The end of a direction behind a street, as Washington has them: `, N.W.`.
fn direction(text: &[u8], at: usize) -> Option<usize> {
    let length = run(text, at, 4, |b| matches!(b, b'N' | b'E' | b'S' | b'W' | b'.'));
    let letters: Vec<u8> = text.get(at..at + length)?.iter().copied().filter(|b| *b != b'.').collect();
    let known = matches!(letters.as_slice(), b"N" | b"E" | b"S" | b"W" | b"NE" | b"NW" | b"SE" | b"SW");
    (known && !get(text, at + length).is_some_and(is_word)).then_some(at + length)
}

/// The end of a unit's number that stands between commas, before a place: `, 2800, Chicago`.
fn bare(text: &[u8], at: usize) -> Option<usize> {
    let comma = text.get(..at)?.trim_ascii_end().last() == Some(&b',');
    let end = at + run(text, at, 5, |b| b.is_ascii_alphanumeric());
    let digit = get(text, at).is_some_and(|b| b.is_ascii_digit());
    let capital = matches!(text.get(end..end + 3)?, [b',', b' ', c] if c.is_ascii_uppercase());
    (comma && digit && capital).then_some(end)
}

/// The place behind a street as far as it is sure: up to a postcode, a state or a country.
struct Locality {
    end: usize,
    /// Words since the last sure piece, and whether the pieces are parted.
    words: usize,
    pieces: usize,
    lower: bool,
    /// Its postcode was read.
    coded: bool,
}

impl Locality {
    fn read(&mut self, text: &[u8], from: usize) {
        let (mut at, mut open, mut after_code) = (from, false, false);
        for _ in 0..TOKENS {
            let Some((next, parted, empty)) = wide_gap(text, at) else { return };
            if empty {
                // A country may stand apart from its place.
                let country = COUNTRIES.iter().filter_map(|name| named(text, next, name)).max();
                let Some(end) = country.filter(|_| self.words > 0) else { return };
                (at, open, self.words, self.end) = (end, true, 0, end);
                continue;
            }
            self.pieces += usize::from(parted);
            if let Some(end) = self.sure(text, next, parted, open) {
                let code = postcode(text, next) == Some(end);
                self.coded |= code;
                // A city follows its postcode where none stood before it.
                after_code = code && self.words == 0 && !open;
                (at, open, self.words, self.end) = (end, true, 0, end);
                continue;
            }
            let filler = (self.words > 0 || open).then(|| filler(text, next)).flatten();
            let Some(end) = filler.or_else(|| word(text, next, self.lower)) else { return };
            if self.words >= WORDS || self.lower && self.pieces == 0 {
                return;
            }
            self.words += 1;
            at = end;
            if after_code && !parted && self.words <= 3 {
                self.end = end;
            } else {
                after_code = false;
            }
        }
    }

    /// The end of a piece that is a postcode, a state or a country; `open` where one came before.
    fn sure(&self, text: &[u8], at: usize, parted: bool, open: bool) -> Option<usize> {
        let named = COUNTRIES.iter().chain(STATES.iter()).filter_map(|name| named(text, at, name)).max();
        if named.is_some() {
            return named;
        }
        if let Some(end) = postcode(text, at).filter(|_| !self.coded && (!self.lower || open && self.words == 0)) {
            return (self.words > 0 || open || parted && begins_city(text, end)).then_some(end);
        }
        let code = run(text, at, 3, |b| b.is_ascii_uppercase());
        let end = at + code;
        let known = text.get(at..end).is_some_and(|code| STATE_CODES.iter().any(|known| known.as_bytes() == code));
        (known && parted && self.words > 0 && !get(text, end).is_some_and(is_word)).then_some(end)
    }
}

/// Whether a place's name stands behind the postcode that ends at `end`, and not a street whose house number it would be.
fn begins_city(text: &[u8], end: usize) -> bool {
    let (mut at, mut count) = (end, 0);
    while let Some((next, false)) = gap(text, at).filter(|_| count < 4) {
        let Some(end) = word(text, next, false) else { break };
        let name = text.get(next..end).unwrap_or_default();
        let name = name.strip_suffix(b".").unwrap_or(name);
        if is_street(name) {
            return false;
        }
        (at, count) = (end, count + 1);
    }
    count > 0
}

/// The end of a name at `at` that goes on with no word.
fn named(text: &[u8], at: usize, name: &str) -> Option<usize> {
    let end = at + name.len();
    let same = text.get(at..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()));
    (same && !get(text, end).is_some_and(is_word)).then_some(end)
}

/// Whether a number that ends at `end` has more digits behind a space, as telephone numbers have.
fn goes_on(text: &[u8], end: usize) -> bool {
    matches!(text.get(end..), Some([b' ', b, ..]) if b.is_ascii_digit())
}

/// The end of what programs write for a state that is missing, of the French mark of bulk mail, and of the number of a district or province: `Praha 1`.
fn filler(text: &[u8], at: usize) -> Option<usize> {
    let missing = ["nan", "None", "null", "N/A", "cedex"].iter().find_map(|name| named(text, at, name));
    let digits = run(text, at, 2, |b| b.is_ascii_digit());
    let end = at + digits;
    // `43 73313`: a province and its postcode; other numbers go on.
    let goes_on = goes_on(text, end) && run(text, end + 1, 5, |b| b.is_ascii_digit()) != 5;
    let number = (digits > 0 && !goes_on && !get(text, end).is_some_and(|b| is_word(b) || b".-/:".contains(&b))).then_some(end);
    missing.or(number)
}

/// The end of a word of a place's name: with a capital, or a short one before such a word.
fn word(text: &[u8], at: usize, lower: bool) -> Option<usize> {
    let first = get(text, at)?;
    let letters = |b: u8| b.is_ascii_alphabetic() || b >= 0x80 || matches!(b, b'\'' | b'-');
    let length = run(text, at, 40, letters);
    let end = at + length;
    if length == 0 || get(text, end).is_some_and(|b| is_word(b) || matches!(b, b'@' | b':' | b'/')) {
        return None;
    }
    if first.is_ascii_uppercase() || first >= 0x80 || lower {
        let point = length <= 3 && get(text, end) == Some(b'.');
        return Some(end + usize::from(point));
    }
    // `sur`, `nad`, `de la`: what comes behind has a capital.
    let next = text.get(end + 1..)?;
    let second = next.iter().take(4).take_while(|b| b.is_ascii_lowercase()).count();
    let next = if next.get(second) == Some(&b' ') && second > 0 { next.get(second + 1..)? } else { next };
    let capital = next.first().is_some_and(|b| b.is_ascii_uppercase() || (0xC3..0xD2).contains(b));
    (length <= 4 && get(text, end) == Some(b' ') && capital).then_some(end)
}

/// Forms of postcodes, `9` a digit and `A` a capital letter, as the Universal Postal Union's pages of its members have them.
const POSTCODES: &[&str] = &[
    "99999-9999",
    "99999-999",
    "9999-999",
    "999-9999",
    "99-999",
    "999 99",
    "9999 AA",
    "A9A 9A9",
    "A9A9A9",
    "A9 9AA",
    "A99 9AA",
    "AA9 9AA",
    "AA99 9AA",
    "A9A 9AA",
    "AA9A 9AA",
    "999999",
    "99999",
    "9999",
];

/// The end of a postcode at `at`, with the country's letters before it or without: `D-10115`.
fn postcode(text: &[u8], at: usize) -> Option<usize> {
    let country = run(text, at, 2, |b| b.is_ascii_uppercase());
    let prefix = if country > 0 && get(text, at + country) == Some(b'-') { country + 1 } else { 0 };
    let fits = |form: &&&str| {
        let code = text.get(at + prefix..).unwrap_or_default();
        code.len() >= form.len()
            && form.bytes().zip(code).all(|(sign, b)| match sign {
                b'9' => b.is_ascii_digit(),
                b'A' => b.is_ascii_uppercase(),
                sign => *b == sign,
            })
    };
    let free = |end: &usize| {
        let [a, b, ..] = text.get(*end..).unwrap_or_default() else {
            return !get(text, *end).is_some_and(|b| is_word(b) || b == b'%');
        };
        !(is_word(*a) || *a == b'%' || matches!(a, b'-' | b'.' | b',' | b'/' | b':') && b.is_ascii_digit())
    };
    POSTCODES.iter().filter(fits).map(|form| at + prefix + form.len()).find(|end| free(end) && !goes_on(text, *end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_grown_to_its_ends() {
        for (given, want, why) in [
            ("at «12 Main St», Springfield, IL 62704 now", "12 Main St, Springfield, IL 62704", "city, state, ZIP"),
            ("«12 Main St» Apt. 4B\nSpringfield\nIllinois", "12 Main St Apt. 4B\nSpringfield\nIllinois", "lines"),
            ("> «12 Main St»\n> Suite 5\n> Paris\n> France", "12 Main St\n> Suite 5\n> Paris\n> France", "quoted mail"),
            ("«Lindenstraße 7», 10115 Berlin, Germany", "Lindenstraße 7, 10115 Berlin, Germany", "postcode before the city"),
            ("«Lindenstraße 7», D-10115 Berlin. Morgen", "Lindenstraße 7, D-10115 Berlin", "with the country's letter"),
            ("«1 High St», London SW1A 1AA", "1 High St, London SW1A 1AA", "a British code"),
            ("Flat 3, «12 High Street», Leeds", "Flat 3, 12 High Street", "a flat before it; a city alone is no end"),
            ("1 Main St Apt 4, «12 High Street»", "12 High Street", "the flat of the address before it"),
            ("at 704 «12 Bond Street»", "704 12 Bond Street", "a lot before it"),
            ("«Király u. 23». Apt. 9", "Király u. 23. Apt. 9", "the point of an ordinal"),
            ("«2 Rue X», Châlons sur Marne 51000", "2 Rue X, Châlons sur Marne 51000", "a word between"),
            ("«12 Main St». In 2012 Bob came", "12 Main St", "a sentence ends"),
            ("«12 Main St», Bob said", "12 Main St", "a word is no place"),
            ("«350 5th Ave», 1600 N. Main St", "350 5th Ave", "another street"),
            ("«350 5th Ave», 1600 Bob", "350 5th Ave, 1600 Bob", "as a postcode and a city"),
            ("«12 Main St», 7th Flr, Gary, IN 46402", "12 Main St, 7th Flr, Gary, IN 46402", "a floor"),
            ("«12 Main St», N.W., Suite 5", "12 Main St, N.W., Suite 5", "a direction"),
            ("«12 Main St», 2800, Gary, IN 46402", "12 Main St, 2800, Gary, IN 46402", "a unit's number alone"),
            ("«12 Main St»\nPraha 1\n, nan\n 11000", "12 Main St\nPraha 1\n, nan\n 11000", "a district; a state that is missing"),
            ("«12 Main St»\nSan Luis\nChile 89825\n9885 1152 office", "12 Main St\nSan Luis\nChile 89825", "a telephone number"),
            ("«12 Main St»\nAngered\nMali\n089 72 63 41", "12 Main St\nAngered\nMali", "one with short groups"),
            ("«12 Main St»\nKiel\nMali\n22 498317", "12 Main St\nKiel\nMali", "one that begins like a district"),
            ("«26 boulevard Carnot», 59042 Lille cedex 9, ok", "26 boulevard Carnot, 59042 Lille cedex 9", "bulk mail"),
            ("«12 Main St», OK", "12 Main St", "a state without a city"),
            ("cost $5 «12 Main St»", "12 Main St", "an amount"),
            ("«12 Main St», Springfield 555-0123-4", "12 Main St", "a number that goes on"),
            ("«12 main st», lyon, france ok", "12 main st, lyon, france", "small letters, to a country"),
            ("«12 main st», i paid them 50000", "12 main st", "small letters, no country"),
            ("«12 Main St»\n\nParis\nFrance", "12 Main St", "an empty line"),
            ("«12 Main St»\nParis\n\nFrance 75001", "12 Main St\nParis\n\nFrance 75001", "an empty line before the country"),
            ("«12 Main St»", "12 Main St", "nothing beside it"),
            ("«12 Main St» #5", "12 Main St #5", "a number sign"),
            ("«12 Main St» unit", "12 Main St", "a word for a unit alone"),
        ] {
            let start = given.find('«').unwrap();
            let text = given.replace(['«', '»'], "");
            let end = given.find('»').unwrap() - '«'.len_utf8();
            let got = address(text.as_bytes(), start..end);
            assert_eq!(got.and_then(|got| text.get(got)), Some(want), "{why}");
        }
        assert_eq!(address(b"on page 12 Main Points", 8..22), None, "a page");
        assert_eq!(place(b"of St Louis, MO 63119", 13..21), Some(3..21), "the place before its state");
    }
}
