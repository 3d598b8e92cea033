//! What several layers need of text: words of a name, steps by characters, tokens, shapes, what is hidden or speaks to a model.

pub mod hidden;
pub mod injection;
pub(crate) mod lanes;
mod shape;
pub mod tokens;

pub use shape::shape;

/// Splits a column or key name into lower-case words: at everything that is no letter or digit, where lower case meets upper
/// case (`cardNumber`), before the last capital of a run (`SSNValue`), and between letters and digits (`phone2`).
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut chars = name.chars().peekable();
    let mut last: Option<char> = None;
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            push_word(&mut found, &mut word);
            last = None;
            continue;
        }
        if let Some(before) = last {
            let next_is_lower = chars.peek().is_some_and(|n| n.is_lowercase());
            let camel = before.is_lowercase() && c.is_uppercase();
            let capital_run = before.is_uppercase() && c.is_uppercase() && next_is_lower;
            if camel || capital_run || before.is_numeric() != c.is_numeric() {
                push_word(&mut found, &mut word);
            }
        }
        word.extend(c.to_lowercase());
        last = Some(c);
    }
    push_word(&mut found, &mut word);
    found
}

fn push_word(found: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        found.push(std::mem::take(word));
    }
}

/// True where `at` does not fall inside a UTF-8 sequence (a continuation byte does not begin a character).
#[must_use]
pub fn is_char_start(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| b & 0xC0 != 0x80)
}

/// How many characters there are.
#[must_use]
pub fn count(text: &[u8]) -> usize {
    text.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

/// The byte position `chars` characters before `at`, or 0.
#[must_use]
pub fn back(text: &[u8], at: usize, chars: usize) -> usize {
    let mut left = chars;
    let mut at = at.min(text.len());
    while at > 0 && left > 0 {
        at -= 1;
        if is_char_start(text, at) {
            left -= 1;
        }
    }
    at
}

/// The byte position `chars` characters behind `at`, or the length of the text.
#[must_use]
pub fn forth(text: &[u8], at: usize, chars: usize) -> usize {
    let mut left = chars;
    let mut at = at.min(text.len());
    while at < text.len() && left > 0 {
        at += 1;
        while at < text.len() && !is_char_start(text, at) {
            at += 1;
        }
        left -= 1;
    }
    at
}

/// The range of `text` without white space at its ends, and without a pair of quotes around the rest.
#[must_use]
pub fn trimmed(text: &[u8]) -> std::ops::Range<usize> {
    let start = text.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !b.is_ascii_whitespace()).map_or(start, |i| i + 1);
    match text.get(start..end) {
        Some([first @ (b'"' | b'\''), .., last]) if first == last => start + 1..end - 1,
        _ => start..end,
    }
}

/// True where `span` is [`trimmed`] of the text. Looks outwards from the span, so that many spans in one text cost no more than
/// the space around them.
#[must_use]
pub fn is_trimmed(text: &[u8], span: &std::ops::Range<usize>) -> bool {
    let blank_outside = |start: usize, end: usize| {
        let before = text.get(..start).unwrap_or_default();
        let behind = text.get(end..).unwrap_or_default();
        before.iter().rev().all(u8::is_ascii_whitespace) && behind.iter().all(u8::is_ascii_whitespace)
    };
    let quotes = |open: usize, close: usize| matches!((text.get(open), text.get(close)), (Some(a @ (b'"' | b'\'')), Some(b)) if a == b && open < close);
    let edge = |at: usize| text.get(at).is_some_and(|b| !b.is_ascii_whitespace());
    if span.start > 0 && quotes(span.start - 1, span.end) {
        return blank_outside(span.start - 1, span.end + 1);
    }
    let solid = span.end > span.start && edge(span.start) && edge(span.end - 1);
    solid && !quotes(span.start, span.end - 1) && blank_outside(span.start, span.end)
}

/// True where a text begins and ends as a JSON object or array does. Whether it is one is not asked.
#[must_use]
pub fn reads_as_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii(), [b'{', .., b'}'] | [b'[', .., b']'])
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n & 15)).map_or('0', |d| char::from(*d));
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_where_people_see_words() {
        let table: &[(&str, &[&str], &str)] = &[
            ("card_number", &["card", "number"], "underscore"),
            ("cardNumber", &["card", "number"], "case change"),
            ("SSNValue", &["ssn", "value"], "capital run before a word"),
            ("phone2", &["phone", "2"], "digits stand alone"),
            ("date-of.birth", &["date", "of", "birth"], "other signs"),
            ("duplicate", &["duplicate"], "no word inside a word"),
            ("Straße", &["straße"], "letters beyond ASCII"),
            ("", &[], "nothing"),
        ];
        for (name, want, why) in table {
            assert_eq!(&words(name), want, "{why}");
        }
    }

    #[test]
    fn steps_count_characters_not_bytes() {
        let text = "äöü card".as_bytes();
        assert_eq!(back(text, 7, 2), 4);
        assert_eq!(back(text, 7, 99), 0);
        assert_eq!(forth(text, 0, 2), 4);
        assert_eq!(forth(text, 0, 99), text.len());
    }

    #[test]
    fn trimming_keeps_the_middle() {
        assert_eq!(trimmed(b" \"a b\" "), 2..5);
        assert_eq!(trimmed(b"\"a\"@b"), 0..5, "a quote that closes inside stays");
        assert_eq!(trimmed(b"  "), 2..2);
        for text in
            [&b" \"a b\" "[..], b"\"a\"@b", b"a", b"  a ", b"\"\"a\"\"", b"'a\"", b"' a '", b"\"a", b"a b", b"\"", b"\" \"a\" \""]
        {
            for (start, end) in (0..text.len()).flat_map(|start| (start + 1..=text.len()).map(move |end| (start, end))) {
                let span = start..end;
                assert_eq!(is_trimmed(text, &span), span == trimmed(text), "{} {span:?}", text.escape_ascii());
            }
        }
    }
}
