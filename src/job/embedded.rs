//! JSON inside a cell: what takes a value's place there leaves it JSON.

use std::fmt::Write as _;
use std::ops::Range;

/// Bytes that a number may have before or behind a value; more are looked at by no finding.
const LONGEST: usize = 64;

/// Where `with` goes instead of `span` in a text that reads as JSON, and what is written there: escapes where a string needs
/// them, and `null` for all of a bare number unless `with` is one that `stays` there.
pub(super) fn fitted(text: &str, span: Range<u32>, with: String, stays: bool) -> (Range<u32>, String) {
    if let Some(number) = bare_number(text.as_bytes(), &span) {
        let fits = stays && number == span && is_integer(&with);
        return (number, if fits { with } else { "null".to_owned() });
    }
    (span, escaped(with))
}

/// Whether the span is a bare number of a text that reads as JSON, and no part of one.
pub(super) fn is_bare_number(text: &str, span: &Range<u32>) -> bool {
    bare_number(text.as_bytes(), span).is_some_and(|number| number == *span)
}

/// Whether a text is a whole number as JSON has them.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leads = digits == "0" || !digits.starts_with('0');
    leads && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The number that holds the span, if it is a value and not in a string: it stands behind a key, a bracket or a comma.
fn bare_number(text: &[u8], span: &Range<u32>) -> Option<Range<u32>> {
    let is_of_number = |b: &u8| b.is_ascii_digit() || b"+-.eE".contains(b);
    let (start, end) = (span.start as usize, span.end as usize);
    let (before, behind) = (text.get(..start)?, text.get(end..)?);
    if !text.get(start..end)?.iter().all(is_of_number) {
        return None;
    }
    let before = before.get(..before.len() - before.iter().rev().take(LONGEST).take_while(|b| is_of_number(b)).count())?;
    let behind = behind.get(behind.iter().take(LONGEST).take_while(|b| is_of_number(b)).count()..)?;
    let begins = match before.trim_ascii_end() {
        [key @ .., b':'] => key.trim_ascii_end().ends_with(b"\""),
        [.., b'[' | b','] => true,
        _ => false,
    };
    let ends = matches!(behind.trim_ascii_start(), [b',' | b']' | b'}', ..]);
    (begins && ends).then_some(before.len() as u32..(text.len() - behind.len()) as u32)
}

/// The text as it stands in a JSON string.
fn escaped(text: String) -> String {
    if !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_leaves_json_json() {
        let long = format!("[{}4111]", "+".repeat(LONGEST + 1));
        let long_masked = long.replace("4111", "<CARD>");
        let table = [
            (r#"{"a":"x@y.z"}"#, "x@y.z", "<EMAIL>", r#"{"a":"<EMAIL>"}"#, "in a string"),
            (r#"{"a": 4111}"#, "4111", "<CARD>", r#"{"a": null}"#, "a bare number"),
            (r#"{"a": -4111.0 }"#, "4111", "<CARD>", r#"{"a": null }"#, "all of it"),
            (&long, "4111", "<CARD>", &long_masked, "no number is so long"),
            (r"[1, 4111 ,2]", "4111", "<CARD>", r"[1, null ,2]", "in a list"),
            (r#"{\"a\": 4111}"#, "4111", "<CARD>", r#"{\"a\": null}"#, "JSON in JSON"),
            (r#"{"a":"call 4111, or so"}"#, "4111", "<CARD>", r#"{"a":"call <CARD>, or so"}"#, "digits in a text"),
            (r#"{"a":"4111"}"#, "4111", "<CARD>", r#"{"a":"<CARD>"}"#, "digits in quotes"),
            (r#"{"a":"x@y.z"}"#, "x@y.z", "a\"\\\n", r#"{"a":"a\"\\\u000a"}"#, "signs that a string cannot hold"),
        ]
        .map(|(text, value, with, expected, why)| (text, value, with, expected, why, false));
        let stay = [
            (r#"{"a": 4111}"#, "4111", "5222", r#"{"a": 5222}"#, "a number for a number", true),
            (r#"{"a": 4111}"#, "4111", "0222", r#"{"a": null}"#, "JSON has no such number", true),
            (r#"{"a": 4111.0}"#, "4111", "5222", r#"{"a": null}"#, "a part of one", true),
            (r#"{"a": 4111}"#, "4111", "5222", r#"{"a": null}"#, "a text that is no number of its own", false),
        ];
        for (text, value, with, expected, why, stays) in table.into_iter().chain(stay) {
            let start = text.find(value).unwrap();
            let (span, with) = fitted(text, start as u32..(start + value.len()) as u32, with.to_owned(), stays);
            let found = [&text[..span.start as usize], &with, &text[span.end as usize..]].concat();
            assert_eq!(found, expected, "{why}");
        }
    }
}
