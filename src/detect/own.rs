//! Our own marks in a text that was cleaned before: tags, keyed tokens, runs of a mask character. None of them is a finding,
//! and what is written inside a tag is no context.

use std::ops::Range;

/// Longest tag that is recognised, in bytes; keyed tokens hold an encrypted value.
const TAG_BYTES: usize = 1024;

/// Length of a run that counts as masked, in characters. Markdown uses up to three stars in a row.
const RUN: usize = 4;

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

/// What follows the name in a keyed token: a colon and 128 bits in lower-case hexadecimal digits. Nothing in a plain tag.
fn is_token(token: &[u8]) -> bool {
    let Some(digits) = token.strip_prefix(b":") else { return token.is_empty() };
    digits.len() == 32 && digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The start of the tag whose `>` stands at `close`.
fn tag_start(text: &[u8], close: usize) -> Option<usize> {
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
    matches!(byte, b'*' | b'#' | b'X' | b'x')
}

/// Length of the run of one mask character at the start of `bytes`, one separator skipped.
fn run<'a>(bytes: impl Iterator<Item = &'a u8> + Clone) -> usize {
    let mut bytes = bytes.peekable();
    if bytes.peek().is_some_and(|b| b" -./".contains(b)) {
        bytes.next();
    }
    match bytes.peek() {
        Some(first) if is_mask(**first) => {
            let first = **first;
            bytes.take_while(|b| **b == first).take(RUN).count()
        }
        _ => 0,
    }
}

/// True where the span holds a run of a mask character or has one beside it: a value masked but for its ends.
pub(super) fn is_masked(text: &[u8], span: &Range<usize>) -> bool {
    let value = text.get(span.clone()).unwrap_or_default();
    let held = value.windows(RUN).any(|w| w.first().is_some_and(|f| matches!(f, b'*' | b'#') && w.iter().all(|b| b == f)));
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    held || run(before.iter().rev()) >= RUN || run(after.iter()) >= RUN
}

/// True where a cell is one tag and nothing else.
#[must_use]
pub fn is_tag(cell: &[u8]) -> bool {
    tag_end(cell, 0) == Some(cell.len())
}

/// True where a whole cell is masked already: it holds a tag, or two mask characters in a row, or nothing but them.
#[must_use]
pub fn is_masked_cell(cell: &[u8]) -> bool {
    let stars = cell.windows(2).any(|w| w == b"**" || w == b"##");
    let ends = cell.ends_with(b"*") || cell.starts_with(b"*");
    let crossed = cell.len() > 1 && cell.iter().all(|b| is_mask(*b) || b" -./".contains(b));
    stars || ends || crossed || touches_tag(cell, &(0..cell.len()))
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
        assert!(is_masked(b"**** 1111", &(5..9)));
        assert!(is_masked(b"411111******1111", &(0..6)));
        assert!(!is_masked(b"**4111111111111111**", &(2..18)));
    }
}
