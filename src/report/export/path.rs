//! The names of nested columns (`messages[0].content`, `a["x.y"][]`), taken apart.

use crate::report::bounded;

/// A step of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// A name, after a dot or at the beginning.
    Name(&'a str),
    /// An odd key, with its quotes and brackets: `["x.y"]`.
    Key(&'a str),
    /// A place in a list, the number in brackets; empty for all places.
    Place(&'a str),
}

/// The steps of a name; nothing where it is not made of such.
fn steps(name: &str) -> Option<Vec<Step<'_>>> {
    let (mut steps, mut rest) = (Vec::new(), name);
    while !rest.is_empty() {
        let step;
        (step, rest) = if let Some(inner) = rest.strip_prefix("[\"") {
            let mut escaped = false;
            let end = inner.bytes().position(|b| {
                let end = b == b'"' && !escaped;
                escaped = b == b'\\' && !escaped;
                end
            })?;
            let length = end + 4;
            let (key, behind) = rest.split_at_checked(length)?;
            (Step::Key(key.ends_with("\"]").then_some(key)?), behind)
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (place, behind) = inner.split_once(']')?;
            (Step::Place(place.bytes().all(|b| b.is_ascii_digit()).then_some(place)?), behind)
        } else {
            let begin = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
            let (word, behind) = begin.split_at_checked(begin.find(['.', '[']).unwrap_or(begin.len()))?;
            (Step::Name((!word.is_empty()).then_some(word)?), behind)
        };
        steps.push(step);
    }
    Some(steps)
}

/// The column of an exact name: `messages[].content` of `messages[0].content`.
#[must_use]
pub fn shape(name: &str) -> String {
    let Some(steps) = steps(name).filter(|steps| steps.iter().any(|step| matches!(step, Step::Place(_)))) else {
        return name.to_owned();
    };
    let mut out = String::with_capacity(name.len());
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Name(word) => out.extend([if at > 0 { "." } else { "" }, word]),
            Step::Key(key) => out.push_str(key),
            Step::Place(_) => out.push_str("[]"),
        }
    }
    out
}

/// A column as `JSONPath` (RFC 9535): `$.messages[0].content` of `messages[0].content`, `$.messages[*].content` of its shape.
/// Nothing for a name that was cut or is no such name.
pub(super) fn json_path(column: &str) -> Option<String> {
    let steps = steps(column).filter(|_| bounded(column) == column && !column.contains('…'))?;
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Name(word) => {
                let is_letter = |c: char| c == '_' || c.is_ascii_alphabetic() || !c.is_ascii();
                let plain = word.starts_with(is_letter) && word.chars().all(|c| is_letter(c) || c.is_ascii_digit());
                let quoted = serde_json::to_string(word).ok()?;
                path.extend(if plain { [".", word, ""] } else { ["[", &quoted, "]"] });
            }
            Step::Key(key) => path.push_str(key),
            Step::Place("") => path.push_str("[*]"),
            Step::Place(place) => path.extend(["[", place, "]"]),
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_left_out_of_names() {
        for (name, want, why) in [
            ("note", "note", "no list"),
            ("messages[0].content", "messages[].content", "a list"),
            ("a[10][2]", "a[][]", "lists in lists"),
            ("[3].a", "[].a", "a list of records"),
            ("a[\"x.y\"][3]", "a[\"x.y\"][]", "an odd key"),
            ("a[\"1]\"]", "a[\"1]\"]", "a key that reads like a position"),
            ("[\"mail[3]\"]", "[\"mail[3]\"]", "a key with a position in it"),
            ("[\"a\\\"]b[1]\"][2]", "[\"a\\\"]b[1]\"][]", "a key with a quote in it"),
            ("a[b]", "a[b]", "no position"),
            ("a[1", "a[1", "no end"),
        ] {
            assert_eq!(shape(name), want, "{why}");
        }
    }

    #[test]
    fn a_path_begins_at_the_record() {
        for (column, path) in [
            ("id", Some("$.id")),
            ("messages[0].content", Some("$.messages[0].content")),
            ("messages[].content", Some("$.messages[*].content")),
            ("[2].a", Some("$[2].a")),
            ("[\"x.y\"]", Some("$[\"x.y\"]")),
            ("größe", Some("$.größe")),
            ("sp ace", Some("$[\"sp ace\"]")),
            ("a.b-c", Some("$.a[\"b-c\"]")),
            ("1st", Some("$[\"1st\"]")),
            ("a[b]", None),
            ("a..b", None),
            ("[\"cut…\"]", None),
        ] {
            assert_eq!(json_path(column).as_deref(), path, "{column}");
        }
        assert_eq!(json_path(&"x".repeat(2000)), None, "it was cut");
    }
}
