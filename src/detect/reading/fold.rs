//! The normalised copy: characters that look like ASCII, or are not seen at all, are what a reader takes them for.
//!
//! Only what becomes ASCII is changed. Words in other scripts stay as they are, so that context is found in them as before.

use super::map::Reading;
use crate::text::is_char_start;
use std::ops::Range;
use unicode_normalization::char::decompose_compatible;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_security::confusable_detection::skeleton;

/// What a character is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Itself.
    Itself,
    /// Nothing: it is not seen.
    Unseen,
    /// Nothing, where it sits on something that is ASCII.
    Mark,
    /// Some ASCII: up to 8 bytes, and how many.
    Ascii([u8; 8], u8),
    /// A full stop of another script, or a dot at half height: a dot between letters.
    Dot,
}

/// The normalised copy of a text; nothing where it changes nothing that a value could be made of.
pub(super) fn fold(text: &[u8]) -> Option<Reading> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.bytes().any(|b| b >= 0x80 || is_control(b)) {
        return None;
    }
    let mut out = Reading::default();
    let mut telling = false;
    let mut token = Token::default();
    let mut kept = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at >= token.end {
            token = Token::at(text, at);
        }
        if c.is_ascii() && !is_control(c as u8) {
            continue;
        }
        let end = at + c.len_utf8();
        let before = || text.get(kept..at).and_then(|t| t.as_bytes().last()).or(out.text.last()).copied();
        let next_is = |is: fn(&u8) -> bool| next_ascii(text, end).as_ref().is_some_and(is);
        let change: Option<([u8; 8], u8)> = match role(c) {
            Role::Itself if token.is_address || token.is_mixed => lookalike(c),
            Role::Itself => None,
            Role::Unseen if tags(text, at) >= TAGS && tag(c).is_some() => tag(c),
            Role::Unseen => {
                let seen = before().is_none_or(|b| b.is_ascii_graphic()) || next_is(u8::is_ascii_graphic);
                telling |= before().is_some_and(|b| b.is_ascii_graphic()) || next_is(u8::is_ascii_graphic);
                seen.then_some(([0; 8], 0))
            }
            Role::Mark => {
                let base = before().filter(u8::is_ascii);
                let dropped = base.is_some_and(|b| !b.is_ascii_alphabetic() || token.is_address || token.has_digits);
                telling |= dropped;
                dropped.then_some(([0; 8], 0))
            }
            Role::Ascii(bytes, len) => Some((bytes, len)),
            Role::Dot => (before().is_some_and(|b| b.is_ascii_alphanumeric()) && next_is(u8::is_ascii_alphanumeric))
                .then_some((*b".\0\0\0\0\0\0\0", 1)),
        };
        let Some((bytes, len)) = change else { continue };
        let bytes = bytes.get(..usize::from(len)).unwrap_or_default();
        let alone = !before().is_some_and(|b| b.is_ascii_digit()) && !next_is(u8::is_ascii_digit);
        let matters = bytes.iter().any(u8::is_ascii_alphanumeric) || matches!(bytes, b"@" | b".");
        telling |= matters || !bytes.is_empty() && !alone;
        out.keep(text.as_bytes().get(kept..at).unwrap_or_default(), kept);
        out.put(bytes, at..end);
        kept = end;
    }
    out.keep(text.as_bytes().get(kept..).unwrap_or_default(), kept);
    telling.then_some(out)
}

/// The span with the invisible characters that touch it.
pub(super) fn with_unseen(text: &[u8], span: Range<usize>) -> Range<usize> {
    let from = (span.start.saturating_sub(WINDOW)..=span.start).find(|at| is_char_start(text, *at)).unwrap_or(span.start);
    let to = (span.end..=text.len().min(span.end + WINDOW)).rev().find(|at| is_char_start(text, *at)).unwrap_or(span.end);
    let utf8 = |range: Range<usize>| std::str::from_utf8(text.get(range).unwrap_or_default()).unwrap_or_default();
    let (before, behind) = (utf8(from..span.start), utf8(span.end..to));
    let unseen = |c: &char| is_unseen(*c) && !is_tag_or_selector(*c);
    let left: usize = before.chars().rev().take_while(unseen).map(char::len_utf8).sum();
    let right: usize = behind.chars().take_while(|c| is_unseen(*c)).map(char::len_utf8).sum();
    span.start - left..span.end + right
}

/// How far beside a span invisible characters are taken along, in bytes. Many spans in one text must not cost its square.
const WINDOW: usize = 256;

/// A stretch without white space, and what it is.
#[derive(Default)]
struct Token {
    end: usize,
    /// It holds a sign for "at", of whatever width.
    is_address: bool,
    has_digits: bool,
    /// It holds letters of ASCII and of a script whose letters look like them.
    is_mixed: bool,
}

impl Token {
    fn at(text: &str, at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        let mut token = Self { end: at, ..Self::default() };
        let (mut latin, mut other) = (false, false);
        for c in rest.chars() {
            token.is_address |= matches!(c, '@' | '＠' | '﹫');
            token.has_digits |= c.is_numeric();
            latin |= c.is_ascii_alphabetic();
            other |= matches!(c, '\u{370}'..='\u{58F}' | '\u{13A0}'..='\u{13F5}' | '\u{1E00}'..='\u{1FFF}' | '\u{2C80}'..='\u{2CFF}' | '\u{A4D0}'..='\u{A4FF}');
            token.end += c.len_utf8();
            if c.is_whitespace() {
                break;
            }
        }
        token.is_mixed = latin && other;
        token
    }
}

/// What the next visible character is read as, where that is ASCII.
fn next_ascii(text: &str, at: usize) -> Option<u8> {
    let unseen = |c: &char| matches!(role(*c), Role::Unseen | Role::Mark);
    let next = text.get(at..)?.chars().take(UNSEEN).find(|c| !unseen(c))?;
    match role(next) {
        Role::Itself if next.is_ascii() => Some(next as u8),
        Role::Ascii(bytes, _) => bytes.first().copied(),
        _ => None,
    }
}

/// How many invisible characters in a row are looked behind.
const UNSEEN: usize = 8;

/// So many tag characters in a row are text; fewer are noise, or the region of a flag.
const TAGS: usize = 5;

/// The ASCII character that a tag character repeats.
fn tag(c: char) -> Option<([u8; 8], u8)> {
    let code = (c as u32).checked_sub(0xE_0000).filter(|code| (0x20..0x7F).contains(code))?;
    Some(([code as u8, 0, 0, 0, 0, 0, 0, 0], 1))
}

/// How many tag characters stand in a row around `at`, as far as it matters; none behind a flag.
fn tags(text: &str, at: usize) -> usize {
    let is_tag = |c: &char| ('\u{E0020}'..'\u{E007F}').contains(c);
    let mut before = text.get(..at).unwrap_or_default().chars().rev();
    let left = before.by_ref().take(UNSEEN).take_while(is_tag).count();
    let flag = text.get(..at).unwrap_or_default().chars().rev().nth(left) == Some('\u{1F3F4}');
    let right = text.get(at..).unwrap_or_default().chars().take(UNSEEN).take_while(is_tag).count();
    if flag { 0 } else { left + right }
}

fn is_tag_or_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}' | '\u{200D}')
}

/// Controls that nobody writes into a text.
pub(super) fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0xB | 0xC | 0xE..=0x1F | 0x7F)
}

fn is_unseen(c: char) -> bool {
    match c {
        '\0'..='\u{7F}' => is_control(c as u8),
        // Number signs of Arabic and other scripts are seen.
        '\u{600}'..='\u{605}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{110BD}' | '\u{110CD}' => false,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2065}' => true,
        '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{E0000}'..='\u{E0FFF}' => true,
        '\u{80}'..='\u{9F}' => true,
        c => c.general_category() == GeneralCategory::Format,
    }
}

fn role(c: char) -> Role {
    let ascii = |byte: u8| Role::Ascii([byte, 0, 0, 0, 0, 0, 0, 0], 1);
    match c {
        // Letters and ideographs that have nothing to do with ASCII, the most of all text.
        'À'..='Ö'
        | 'Ø'..='ö'
        | 'ø'..='ÿ'
        | '\u{400}'..='\u{482}'
        | '\u{620}'..='\u{64A}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}' => return Role::Itself,
        '\0'..='\u{7F}' => return if is_control(c as u8) { Role::Unseen } else { Role::Itself },
        '\u{A0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202F}'
        | '\u{205F}'
        | '\u{2800}'
        | '\u{3000}' => return ascii(b' '),
        '\u{2D7}' | '\u{2043}' | '\u{2212}' | '\u{2796}' => return ascii(b'-'),
        '\u{2044}' | '\u{2215}' | '\u{29F8}' => return ascii(b'/'),
        '\u{2236}' | '\u{A789}' => return ascii(b':'),
        '\u{B7}' | '\u{387}' | '\u{2022}' | '\u{2027}' | '\u{22C5}' | '\u{3002}' | '\u{6D4}' | '\u{30FB}' | '\u{FF61}'
        | '\u{FF65}' => return Role::Dot,
        '\u{2776}'..='\u{277E}' => return ascii((c as u32 - 0x2776) as u8 + b'1'),
        '\u{2780}'..='\u{2788}' => return ascii((c as u32 - 0x2780) as u8 + b'1'),
        '\u{278A}'..='\u{2792}' => return ascii((c as u32 - 0x278A) as u8 + b'1'),
        '\u{24F5}'..='\u{24FD}' => return ascii((c as u32 - 0x24F5) as u8 + b'1'),
        '\u{24FF}' | '\u{24EA}' | '\u{1F10B}' | '\u{1F10C}' => return ascii(b'0'),
        '\u{1F150}'..='\u{1F169}' => return ascii((c as u32 - 0x1_F150) as u8 + b'A'),
        '\u{1F170}'..='\u{1F189}' => return ascii((c as u32 - 0x1_F170) as u8 + b'A'),
        _ => {}
    }
    if is_unseen(c) {
        return Role::Unseen;
    }
    match c.general_category() {
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => return Role::Mark,
        GeneralCategory::DashPunctuation => return ascii(b'-'),
        GeneralCategory::DecimalNumber => return ascii(digit(c)),
        _ => {}
    }
    let (mut bytes, mut len) = ([0; 8], 0_u8);
    let mut fits = true;
    decompose_compatible(c, |part| match bytes.get_mut(usize::from(len)) {
        Some(slot) if part.is_ascii() => {
            *slot = part as u8;
            len += 1;
        }
        _ => fits = false,
    });
    if fits && len > 0 { Role::Ascii(bytes, len) } else { Role::Itself }
}

/// The value of a decimal digit. Digits of a script stand in a row from 0 to 9, and such rows may follow one another.
fn digit(c: char) -> u8 {
    let is_digit = |code: &u32| char::from_u32(*code).is_some_and(|c| c.general_category() == GeneralCategory::DecimalNumber);
    let before = (0..c as u32).rev().take(ROWS * 10).take_while(is_digit).count();
    b'0' + (before % 10) as u8
}

/// Rows of digits that follow one another at most: the five of mathematics.
const ROWS: usize = 5;

/// The ASCII letter that a letter of another script is taken for.
fn lookalike(c: char) -> Option<([u8; 8], u8)> {
    if c.is_ascii() || !c.is_alphabetic() {
        return None;
    }
    let mut letters = [0; 4];
    let mut like = skeleton(c.encode_utf8(&mut letters));
    let (first, more) = (like.next()?, like.next());
    (first.is_ascii_alphanumeric() && more.is_none()).then_some(([first as u8, 0, 0, 0, 0, 0, 0, 0], 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Option<String> {
        fold(text.as_bytes()).map(|r| String::from_utf8(r.text).unwrap())
    }

    #[test]
    fn what_looks_like_ascii_becomes_it() {
        for (text, want, why) in [
            ("ｂｏｂ＠ｍａｉｌ．ｏｒｇ", "bob@mail.org", "full width"),
            ("٥٣٦-٢٢", "536-22", "Arabic digits"),
            ("५३६ and 𝟓𝟑𝟔 and ⑤③⓪ and ❺", "536 and 536 and 530 and 5", "digits of other kinds"),
            ("5\u{200b}3\u{ad}6\u{2060}-\u{feff}2", "536-2", "invisible characters"),
            ("5\u{fe0f}\u{20e3}3\u{fe0f}\u{20e3}", "53", "keycaps"),
            ("536\u{2011}22\u{a0}87", "536-22 87", "dashes and spaces"),
            ("b\u{301}o\u{301}b\u{301}@\u{301}x", "bob@x", "marks on what has none"),
            ("b\u{43e}b@m\u{430}il.org", "bob@mail.org", "letters of another script"),
            ("bob@mail\u{3002}org", "bob@mail.org", "a full stop of another script"),
            ("\u{e0062}\u{e006f}\u{e0062}\u{e0040}\u{e006d}", "bob@m", "tag characters as text"),
        ] {
            assert_eq!(folded(text).as_deref(), Some(want), "{why}");
        }
    }

    #[test]
    fn natural_text_has_no_other_reading() {
        for text in [
            "René a mangé à l’été, où ça ?",
            "Straße, Müller, Ærø, Łódź",
            "नमस्ते दुनिया, क्‍ष",
            "می‌خواهم کتاب بخوانم",
            "Привет, мир — и снова",
            "❤️ 👨‍👩‍👧 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} 🇺🇸",
            "日本語の文章。これは",
            "plain",
        ] {
            assert_eq!(folded(text), None, "{text}");
        }
    }

    #[test]
    fn invisible_characters_that_touch_a_span_go_with_it() {
        let text = "a \u{202e}\u{200b}b\u{200b}\u{fe0f} c";
        let at = text.find('b').unwrap();
        assert_eq!(with_unseen(text.as_bytes(), at..at + 1), 2..at + 1 + 6);
        assert_eq!(with_unseen("❤️b".as_bytes(), 6..7), 6..7, "what belongs to the emoji stays with it");
    }
}
