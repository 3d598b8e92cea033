//! JSON read back by `serde_json`: every string, number and key, duplicate keys included.

use super::search::Search;
use crate::batch::{Block, Load, Part};
use crate::error::{Error, Result};
use crate::io::json::{Json, Limits, Shape, split};
use crate::io::wide::Wide;
use crate::io::{NoNames, Parse};
use crate::job::Stop;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// Searches a file and gives its rows. Records are cut as they were when the file was written; what they hold is read anew.
pub(super) fn read(path: &Path, shape: Shape, wide: Option<Wide>, stop: &Stop, search: &mut Search<'_>) -> Result<u64> {
    let policy = &search.looker.policy.limits;
    // Masking may have made a record a little longer than the limit it was read under.
    let limits = Limits { record_bytes: (policy.cell.0 as usize).saturating_mul(2), nesting: policy.nesting as usize };
    let source = super::reader(path, wide)?;
    let mut parts = split(source, shape, 1 << 20, limits);
    let parse = Json::new(shape, limits);
    let (mut part, mut block) = (Part::default(), Block::default());
    let mut rows = 0;
    let broken = || Error::Data { file: path.display().to_string(), message: "a record is not JSON".to_owned() };
    loop {
        part.bytes.clear();
        if !parts.next(&mut part) {
            break;
        }
        stop.check()?;
        match part.load {
            Load::Tail => continue,
            Load::Oversize { .. } => return Err(broken()),
            Load::Records => parse.parse(&part, &NoNames, &mut block),
        }
        // A document of which nothing is left but the byte order mark holds no record.
        let rest = part.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&part.bytes);
        if shape == Shape::Document && rest.trim_ascii().is_empty() {
            continue;
        }
        for record in &block.records {
            if record.reject.is_some() {
                return Err(broken());
            }
            let bytes = part.bytes.get(record.start as usize..record.end as usize).unwrap_or_default();
            let mut walk = Walk { search: &mut *search, name: String::new(), elements: Vec::new() };
            let bytes = paired(bytes);
            let mut reader = serde_json::Deserializer::from_slice(&bytes);
            reader.disable_recursion_limit();
            Value(&mut walk).deserialize(&mut reader).and_then(|()| reader.end()).map_err(|_| broken())?;
            rows += 1;
            search.row_ends();
        }
    }
    if parts.fault().is_some() { Err(broken()) } else { Ok(rows) }
}

/// The record with halves of surrogate pairs, which `serde_json` refuses and which stand for nothing, written as U+FFFD.
fn paired(bytes: &[u8]) -> Cow<'_, [u8]> {
    let half = |at: usize| {
        let digits = bytes.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|unit| (0xD800..0xE000).contains(unit))
    };
    let mut out: Vec<u8> = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        match (half(at), half(at + 6)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => at += 12,
            (Some(_), _) => {
                out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
                out.extend_from_slice(b"\\ufffd");
                at += 6;
                copied = at;
            }
            _ => at += 2,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the reader is in a record.
struct Walk<'a, 'b> {
    search: &'a mut Search<'b>,
    name: String,
    elements: Vec<String>,
}

impl Walk<'_, '_> {
    fn text(&mut self, text: &[u8]) {
        let name = if self.name.is_empty() { "value" } else { &self.name };
        let column = self.search.column(name, &self.elements);
        self.search.cell(column, text);
    }
}

struct Value<'w, 'a, 'b>(&'w mut Walk<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Value<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_str<E>(self, text: &str) -> std::result::Result<(), E> {
        self.0.text(text.as_bytes());
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> std::result::Result<(), E> {
        self.0.text(number.to_string().as_bytes());
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> std::result::Result<(), E> {
        self.0.text(number.to_string().as_bytes());
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> std::result::Result<(), E> {
        // As it is written mostly: with a point.
        self.0.text(format!("{number:?}").as_bytes());
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        let length = self.0.name.len();
        self.0.name.push_str("[]");
        while list.next_element_seed(Value(self.0))?.is_some() {}
        self.0.name.truncate(length);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.search.name(&key);
            let length = self.0.name.len();
            let odd = key.starts_with(|c: char| c.is_ascii_digit())
                || key.is_empty()
                || !key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            if odd {
                use std::fmt::Write as _;
                let _ = write!(self.0.name, "[{key:?}]");
            } else {
                if length > 0 {
                    self.0.name.push('.');
                }
                self.0.name.push_str(&key);
            }
            self.0.elements.push(key);
            map.next_value_seed(Value(self.0))?;
            self.0.elements.pop();
            self.0.name.truncate(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_are_written_as_replacement_characters() {
        for (before, after, why) in [
            (r#""a""#, r#""a""#, "nothing to do"),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#, "a pair"),
            (r#""\ud83d x""#, r#""\ufffd x""#, "a high one alone"),
            (r#""\uDE00\ud83d""#, r#""\ufffd\ufffd""#, "the wrong way round"),
            (r#""\\ud83d""#, r#""\\ud83d""#, "a backslash and letters"),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#, "one too many"),
        ] {
            assert_eq!(
                paired(before.as_bytes()).escape_ascii().to_string(),
                after.as_bytes().escape_ascii().to_string(),
                "{why}"
            );
        }
    }
}
