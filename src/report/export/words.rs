//! Names of hostile data in foreign notations, and ids that are the same for the same run.

use super::Finished;
use crate::error::{Error, Result};
use crate::report::{bounded, for_terminals, shown_up_to};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Characters of a sentence that are kept.
const SENTENCE: usize = 1000;

/// A name for machines: exact up to 1 KiB, beyond it cut and told apart by a digest.
pub(super) fn name(text: &str) -> String {
    bounded(text).into_owned()
}

/// A sentence for people: nothing invisible, nothing endless.
pub(super) fn sentence(text: &str) -> String {
    shown_up_to(text, SENTENCE)
}

/// One JSON document on one line, with its line end; nothing in it steers a terminal.
pub(super) fn json_line(document: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(document).map_err(|e| Error::Bug(format!("an export: {e}")))?;
    Ok(for_terminals(&text) + "\n")
}

/// One JSON document, indented.
pub(super) fn json_page(document: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(document).map_err(|e| Error::Bug(format!("an export: {e}")))?;
    Ok(for_terminals(&text) + "\n")
}

/// A relative path as a URI reference (RFC 3986): all but unreserved characters and `/` as percents.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in bounded(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// What became of values that operators were used on, in words.
pub(super) fn done<'a>(is_cleaned: bool, operators: impl Iterator<Item = &'a str>) -> String {
    let operators: Vec<&str> = operators.take(20).collect();
    if !is_cleaned {
        return format!("not changed; the policy's operator is {}", sentence(&operators.join(", ")));
    }
    let changing: Vec<&str> = operators.iter().copied().filter(|o| !matches!(*o, "keep" | "drop-row")).collect();
    let mut all = Vec::new();
    if !changing.is_empty() {
        all.push(format!("changed by {}", sentence(&changing.join(", "))));
    }
    if operators.contains(&"keep") {
        all.push("kept as they are".to_owned());
    }
    if operators.contains(&"drop-row") {
        all.push("withheld with their records".to_owned());
    }
    all.join(" or ")
}

/// A UUID (RFC 9562, version 8) that hangs on some words alone.
pub(super) fn uuid(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word);
    }
    let digest = hash.finalize();
    let mut bits = digest.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    bits = bits & !(0xf << 76) | 8 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// The id of a run: what went in and how, and when it began. What people decided since makes no other run of it.
pub(super) fn run_id(finished: &Finished<'_>) -> String {
    let manifest = finished.manifest;
    let policy = manifest.policy.to_string();
    let seed = manifest.seed.to_string();
    let mut words = vec!["run", manifest.program.as_str(), &policy, &seed, &finished.report.timing.started];
    words.extend(manifest.key_id.as_deref());
    words.extend(manifest.inputs.iter().flat_map(|i| [i.file.as_str(), i.sha256.as_str()]));
    words.push(finished.dataset);
    uuid(&words)
}

/// A time of the report in milliseconds since 1970; 0 where it is none.
pub(super) fn milliseconds(time: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time).map_or(0, |t| t.timestamp_millis())
}

/// A time of the report as RFC 3339; the beginning of 1970 where it is none.
pub(super) fn time(time: &str) -> String {
    let time = chrono::DateTime::from_timestamp_millis(milliseconds(time)).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_hangs_on_where_words_end() {
        let id = uuid(&["a", "bc"]);
        assert_eq!((id.len(), id.as_bytes()[14], id.matches('-').count()), (36, b'8', 4));
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert!(id == uuid(&["a", "bc"]) && id != uuid(&["ab", "c"]));
    }

    #[test]
    fn a_uri_holds_nothing_that_another_part_begins_with() {
        assert_eq!(uri("a:b/c d?#é%\n.csv"), "a%3Ab/c%20d%3F%23%C3%A9%25%0A.csv");
    }

    #[test]
    fn what_was_done_is_what_operators_do() {
        for (cleaned, operators, want) in [
            (true, &["replace", "token"][..], "changed by replace, token"),
            (true, &["keep"], "kept as they are"),
            (true, &["drop-row", "keep", "mask"], "changed by mask or kept as they are or withheld with their records"),
            (false, &["keep", "mask"], "not changed; the policy's operator is keep, mask"),
        ] {
            assert_eq!(done(cleaned, operators.iter().copied()), want);
        }
    }

    #[test]
    fn a_broken_time_is_one_all_the_same() {
        assert_eq!(time("2026-11-20T16:00:00+01:00"), "2026-11-20T15:00:00.000Z");
        assert_eq!(time("\"><script>"), "1970-01-01T00:00:00.000Z");
    }
}
