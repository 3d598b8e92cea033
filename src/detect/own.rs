//! Our own marks in a text that was cleaned before: tags, keyed tokens, runs of a mask character. None of them is a finding,
//! and what is written inside a tag is no context.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// Longest tag that is recognised, in bytes; keyed tokens hold an encrypted value.
const TAG_BYTES: usize = 1024;

/// Length of a run that counts as masked, in characters. Markdown uses up to three stars in a row.
const RUN: usize = 4;

/// How far beside a value masked characters are looked for, in bytes, besides twice its length.
const MASKED_BYTES: usize = 64;

/// The end of the tag that starts at `at`: `<EMAIL>`, `<EMAIL_2>`, `<EMAIL:0123abcd>`.
pub(super) fn tag_end(text: &[u8], at: usize) -> Option<usize> {
    let tail = text.get(at..)?.strip_prefix(b"<")?;
    let tail = tail.get(..tail.len().min(TAG_BYTES)).unwrap_or(tail);
    let close = tail.iter().position(|b| *b == b'>')?;
    let inner = tail.get(..close)?;
    let name_end = inner.iter().position(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')).unwrap_or(close);
    let name = inner.get(..name_end)?;
    let token = inner.get(name_end..)?;
    let begins_well = name.first().is_some_and(u8::is_ascii_uppercase);
    (begins_well && name.split(|b| *b == b'_').all(is_word) && is_token(token)).then_some(at + close + 2)
}

/// A word of a tag's name. Short where it has digits (`IPV4`, a number), so that no value can hide as a tag.
fn is_word(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    match digits {
        0 => (1..=16).contains(&word.len()),
        n if n == word.len() => n <= 4,
        _ => word.len() <= 5,
    }
}

/// What follows the name in a keyed token: a colon and 128 bits in lower-case hexadecimal digits, or what [`token_body`]
/// writes. Nothing in a plain tag.
fn is_token(token: &[u8]) -> bool {
    let Some(body) = token.strip_prefix(b":") else { return token.is_empty() };
    let hex = || body.len() == 32 && body.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    hex() || token_bytes(body).is_some()
}

/// Bytes by which a body is known as ours: no value passes for one by chance.
const CHECK: usize = 3;

fn check_of(mark: u8, sealed: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::new().chain_update(b"untaint").chain_update([mark]).chain_update(sealed).finalize();
    let mut check = [0; CHECK];
    check.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    check
}

/// The body of a tag that holds an encrypted value: a mark (`t` a token, `e` encrypted with its place), a point, and base64 of
/// the bytes and of a check on them, with letters that are safe in any text.
#[must_use]
pub fn token_body(mark: char, sealed: &[u8]) -> String {
    let check = check_of(mark as u8, sealed);
    format!("{mark}.{}", URL_SAFE_NO_PAD.encode([sealed, &check].concat()))
}

/// The bytes that [`token_body`] wrote; nothing for any other text.
#[must_use]
pub fn token_bytes(body: &[u8]) -> Option<Vec<u8>> {
    let [mark @ (b't' | b'e'), b'.', text @ ..] = body else { return None };
    let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sealed, check) = bytes.split_at(bytes.len().checked_sub(CHECK)?);
    if sealed.len() < 16 || check != check_of(*mark, sealed) {
        return None;
    }
    bytes.truncate(bytes.len() - CHECK);
    Some(bytes)
}

/// Shortest text of base64 in a token: an empty value and its check.
const LEAST_TEXT: usize = 26;

/// Where tags stand in a text that hold an encrypted value, in order; also those whose check is wrong.
pub fn token_spans(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    memchr::memchr_iter(b':', text).filter_map(|colon| {
        let [b't' | b'e', b'.', behind @ ..] = text.get(colon + 1..)? else { return None };
        let is_of_name = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_';
        let name = text.get(..colon)?.iter().rev().take(TAG_BYTES).take_while(is_of_name).count();
        let is_of_text = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let body = behind.iter().take(TAG_BYTES).take_while(is_of_text).count();
        let start = colon.checked_sub(name + 1)?;
        let whole = text.get(start) == Some(&b'<') && behind.get(body) == Some(&b'>');
        let begins_well = text.get(start + 1).is_some_and(u8::is_ascii_uppercase);
        (whole && begins_well && body >= LEAST_TEXT).then_some(start..colon + 3 + body + 1)
    })
}

/// The start of the tag whose `>` stands at `close`.
pub(super) fn tag_start(text: &[u8], close: usize) -> Option<usize> {
    let from = close.saturating_sub(TAG_BYTES);
    let open = from + text.get(from..close)?.iter().rposition(|b| *b == b'<' || *b == b'>')?;
    (tag_end(text, open) == Some(close + 1)).then_some(open)
}

/// True where the span touches a tag: lies in it, or holds one.
pub(super) fn touches_tag(text: &[u8], span: &Range<usize>) -> bool {
    let inside = |at: usize| text.get(at..span.end).unwrap_or_default();
    if inside(span.start).contains(&b'<') {
        let opens = inside(span.start).iter().enumerate().filter(|(_, b)| **b == b'<').take(8);
        if opens.map(|(i, _)| span.start + i).any(|at| tag_end(text, at).is_some()) {
            return true;
        }
    }
    let from = span.start.saturating_sub(TAG_BYTES);
    let before = text.get(from..span.start).unwrap_or_default();
    let open = before.iter().rposition(|b| *b == b'<' || *b == b'>').map(|i| from + i);
    open.and_then(|at| tag_end(text, at)).is_some_and(|end| end > span.start)
}

/// Where the tags that end a window nearest to `edge` leave it: text behind the last tag in `window`.
pub(super) fn behind_tags(text: &[u8], window: Range<usize>) -> Range<usize> {
    let mut close = window.end;
    while let Some(at) = text.get(window.start..close).and_then(|w| w.iter().rposition(|b| *b == b'>')) {
        close = window.start + at;
        if tag_start(text, close).is_some() {
            return close + 1..window.end;
        }
    }
    window
}

/// Text before the first tag in `window`.
pub(super) fn before_tags(text: &[u8], window: Range<usize>) -> Range<usize> {
    let mut open = window.start;
    while let Some(at) = text.get(open..window.end).and_then(|w| w.iter().position(|b| *b == b'<')) {
        open += at;
        if tag_end(text, open).is_some() {
            return window.start..open;
        }
        open += 1;
    }
    window
}

fn is_mask(byte: u8) -> bool {
    matches!(byte, b'*' | b'#')
}

/// What parts the groups of a value, and is left between them by a mask.
fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_punctuation()
}

/// Characters of `text` that are masked, by what people mask with, and letters and digits that are not.
fn tally(text: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(text);
    let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count();
    (count(|c| matches!(c, '*' | '#' | '•' | '●' | '█' | '■')), count(char::is_alphanumeric))
}

/// True where so much is masked that the rest may be what a mask kept: at least half as many characters as are left. Who
/// reads stars or a heading beside a whole value reads a value.
fn hides((masked, left): (usize, usize)) -> bool {
    masked > 0 && masked * 2 >= left
}

/// Masked characters and separators that follow one another, in the order given, `most` at most; nothing where no run of one
/// mask character is long enough.
fn stretch<'a>(bytes: impl Iterator<Item = &'a u8>, most: usize) -> Option<usize> {
    let (mut run, mut longest, mut last) = (0, 0, 0);
    let mut length = 0;
    for (at, byte) in bytes.enumerate().take(most) {
        if is_mask(*byte) {
            run = if last == *byte { run + 1 } else { 1 };
            longest = run.max(longest);
            length = at + 1;
        } else if !is_separator(*byte) || !(at == 0 || is_mask(last)) {
            break;
        }
        last = *byte;
    }
    (longest >= RUN).then_some(length)
}

/// What a mask left of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Masked {
    /// Nothing beside the value is masked, or too little.
    No,
    /// The span is the rest of a value.
    Rest,
    /// A separator stands between the span and what is masked; it is the rest of a value where all of this can be one.
    Perhaps(Range<usize>),
}

/// Whether the span holds a run of a mask character or has one beside it: a value masked but for its ends.
pub(super) fn masked(text: &[u8], span: &Range<usize>) -> Masked {
    let value = text.get(span.clone()).unwrap_or_default();
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    if is_held(value) {
        return Masked::Rest;
    }
    let most = 2 * value.len() + MASKED_BYTES;
    let (left, right) = (stretch(before.iter().rev(), most), stretch(after.iter(), most));
    let wide = span.start - left.unwrap_or(0)..span.end + right.unwrap_or(0);
    if wide == *span || !hides(tally(text.get(wide.clone()).unwrap_or_default())) {
        return Masked::No;
    }
    let glued = |edge: Option<&u8>| edge.is_some_and(|b| is_mask(*b));
    if left.is_some() && glued(before.last()) || right.is_some() && glued(after.first()) {
        Masked::Rest
    } else {
        Masked::Perhaps(wide)
    }
}

/// True where the value is masked but for what a mask may keep, or the secret of an address is (`https://user:****@host`).
fn is_held(value: &[u8]) -> bool {
    let same = |run: &[u8]| run.first().is_some_and(|f| is_mask(*f) && run.iter().all(|b| b == f));
    let secret = |part: &[u8]| part.len() >= RUN && same(part);
    value.iter().any(|b| is_mask(*b))
        && value.windows(RUN).any(same)
        && (hides(tally(value)) || value.split(|b| b":/@".contains(b)).any(secret))
}

/// A copy of the text in which a digit stands for each masked character.
pub(super) fn unmasked(text: &[u8]) -> Vec<u8> {
    text.iter().map(|b| if is_mask(*b) { b'0' } else { *b }).collect()
}

/// True where a cell is one tag and nothing else.
#[must_use]
pub fn is_tag(cell: &[u8]) -> bool {
    tag_end(cell, 0) == Some(cell.len())
}

/// True where a whole cell is masked already: it holds a tag, or is masked but for what a mask may keep, or crossed out.
#[must_use]
pub fn is_masked_cell(cell: &[u8]) -> bool {
    let crossed = cell.len() > 1 && cell.iter().all(|b| is_mask(*b) || b"xX -./".contains(b));
    let signs = cell.iter().any(|b| is_mask(*b) || *b >= 0x80);
    crossed || signs && hides(tally(cell)) || touches_tag(cell, &(0..cell.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_ours_only_in_our_form() {
        let table: &[(&str, bool, &str)] = &[
            ("<EMAIL>", true, "plain"),
            ("<EMAIL_12>", true, "numbered"),
            ("<EMAIL:0123456789abcdef0123456789abcdef>", true, "keyed"),
            ("<EMAIL:t.AAECAwQFBgcICQoLDA0OD0rPPw>", false, "a token whose check is wrong"),
            ("<A:4111111111111111>", false, "a card is no token"),
            ("<A4111111111111111>", false, "a card is no name"),
            ("<AKIAIOSFODNN7EXAMPLE>", false, "a key is no name"),
            ("<DE_TAX_ID>", true, "several words"),
            ("<IPV4_2>", true, "digits in a short word"),
            ("<email>", false, "markup is lower case"),
            ("<EMAIL", false, "never closed"),
            ("<EMAIL: a b>", false, "spaces"),
            ("<>", false, "empty"),
            ("<1A>", false, "begins with a digit"),
        ];
        for (text, ours, why) in table {
            assert_eq!(tag_end(text.as_bytes(), 0), ours.then_some(text.len()), "{why}");
        }
    }

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        let token = format!("<EMAIL:{}>", token_body('t', &[7; 20]));
        let other = format!("<DE_TAX_ID:{}>", token_body('e', &[7; 40]));
        let text = format!("a:t. {token}<{token}, {other}>; <EMAIL:{} <{}> {}", &token[7..30], &token[1..20], &token[..12]);
        let found: Vec<&str> = token_spans(text.as_bytes()).map(|span| &text[span]).collect();
        assert_eq!(found, [&token, &token, &other]);
        let hostile = "<A:t.".repeat(200_000);
        assert_eq!(token_spans(hostile.as_bytes()).count(), 0);
    }

    #[test]
    fn spans_in_and_over_tags_are_recognised() {
        let text = b"a <EMAIL:41111111111111114111111111111111> b";
        assert!(touches_tag(text, &(9..25)));
        assert!(touches_tag(text, &(0..43)));
        assert!(!touches_tag(text, &(43..44)));
        assert_eq!(behind_tags(b"card <EMAIL> pan", 0..16), 12..16);
        assert_eq!(before_tags(b"x <EMAIL> card", 0..14), 0..2);
        assert_eq!(before_tags(b"x < 3 card", 0..10), 0..10);
    }

    #[test]
    fn kept_tails_are_masked_but_bold_is_not() {
        let table: &[(&[u8], Range<usize>, Masked, &str)] = &[
            (b"411111******1111", 0..6, Masked::Rest, "the first six are kept"),
            (b"411111******1111", 12..16, Masked::Rest, "the last four are kept"),
            (b"*****+**g@mail.example", 8..22, Masked::Rest, "a separator within what is masked"),
            (b"**** 1111", 5..9, Masked::Perhaps(0..9), "a group of its own"),
            (b"**** **** 1111", 10..14, Masked::Perhaps(0..14), "all groups count"),
            (b"**4111111111111111**", 2..18, Masked::No, "bold"),
            (b"4111111111111111 ****", 0..16, Masked::No, "four stars hide no sixteen digits"),
            (b"#### ann@example.com", 5..20, Masked::No, "a heading"),
            (b"ann@example.com xxxx", 0..15, Masked::No, "kisses"),
            (b"https://u:****@h.example", 0..24, Masked::Rest, "masked within"),
            (b"S3cr3tPass####x", 0..15, Masked::No, "no mask keeps so much"),
            (b"abc'536-22-8726****", 0..19, Masked::No, "nor of a part"),
        ];
        for (text, span, want, why) in table {
            assert_eq!(masked(text, span), *want, "{why}");
        }
    }

    #[test]
    fn cells_are_masked_where_enough_of_them_is() {
        let table = [
            ("S****", true, "the first letter is kept"),
            ("J*n", true, "one letter of three is masked"),
            ("\u{17d}i\u{17e}**", true, "letters count, not bytes"),
            ("XXX-XX", true, "crossed out"),
            ("**** **** **** 1234", true, "the last four are kept"),
            ("•••••.••••@•••••••.com", true, "other signs to mask with"),
            ("स्त्री", false, "marks of a script are none"),
            ("Summer2024*", false, "a password may end in a star"),
            ("pass##word99", false, "or hold two signs"),
            ("Maria Lang*", false, "a footnote"),
        ];
        for (cell, want, why) in table {
            assert_eq!(is_masked_cell(cell.as_bytes()), want, "{why}");
        }
    }
}
