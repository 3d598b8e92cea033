//! Values of a file's key-value metadata: what is personal in them, and column names that they repeat.

use super::plan::Masker;
use crate::batch::Place;
use std::collections::BTreeMap;

/// The value with what is personal masked, and in JSON with `names` renewed; nothing where it stays. Of JSON only string
/// literals change, so that it stays JSON: escapes are read before and written after.
pub(super) fn masked(value: &str, names: &BTreeMap<String, String>, masker: Masker<'_>) -> Option<String> {
    let literals = if value.trim_start().starts_with(['{', '[']) { of_literals(value, names, masker) } else { None };
    let text = literals.as_deref().unwrap_or(value);
    masker(Place::Metadata, text).or(literals)
}

/// Renews the literals that are names, or whose escapes hide something from a search of the whole text.
fn of_literals(value: &str, names: &BTreeMap<String, String>, masker: Masker<'_>) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = value.get(at..).and_then(|rest| rest.find('"')).map(|found| at + found) {
        let end = end_of(value.as_bytes(), start);
        at = end;
        let Some(literal) = value.get(start..end) else { break };
        let Ok(text) = serde_json::from_str::<String>(literal) else { continue };
        let name = names.get(&text);
        if name.is_none() && !literal.contains('\\') {
            continue;
        }
        let masked = masker(Place::Metadata, &text);
        if let Some(new) = name.or(masked.as_ref()) {
            out.push_str(value.get(copied..start).unwrap_or_default());
            out.push_str(&serde_json::Value::from(new.as_str()).to_string());
            copied = end;
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(value.get(copied..).unwrap_or_default());
    Some(out)
}

/// Where the literal ends that begins with a quote at `start`.
fn end_of(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json_and_names_are_those_of_the_schema() {
        let names = BTreeMap::from([("b@x.example".to_owned(), "<EMAIL>_2".to_owned())]);
        let mut masker = |_: Place, text: &str| {
            let masked = text.replace("jörg@x.example", "<EMAIL>").replace("b@x.example", "<EMAIL>");
            (masked != text).then_some(masked)
        };
        let rows = [
            (r#"{"a": "j\u00f6rg@x.example", "n": 1}"#, Some(r#"{"a": "<EMAIL>", "n": 1}"#), "an escape"),
            (r#"["b@x.example", "to b@x.example"]"#, Some(r#"["<EMAIL>_2", "to <EMAIL>"]"#), "a name, and the same in a text"),
            (r#"{"a": "tab\there"}"#, None, "an escape of no matter stays as it is written"),
            ("b@x.example", Some("<EMAIL>"), "no JSON"),
            (r#"{"open \"#, None, "a literal without an end"),
            (r#"{"bad \x", "j\u00f6rg@x.example"}"#, Some(r#"{"bad \x", "<EMAIL>"}"#), "a literal that is none"),
        ];
        for (value, want, why) in rows {
            assert_eq!(masked(value, &names, &mut masker).as_deref(), want, "{why}");
        }
    }
}
