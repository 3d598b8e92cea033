//! Keeps the masked keys of an object apart.

use super::text::{decode_string, string_end};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A key that is personal itself.
pub(super) struct PersonalKey {
    /// Start of its literal.
    pub start: u32,
    /// What takes its place.
    pub masked: Arc<str>,
}

/// Appends what an ordinal adds to a masked key.
pub(super) fn push_ordinal(ordinal: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("_{ordinal}").as_bytes());
}

/// The name without the ordinal that it may end with.
fn unnumbered(name: &str) -> Option<&str> {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('_')
}

/// Appends to `out` which of an object's personal keys need an ordinal, so that no two keys that were different, or differ
/// only in being masked, become one. `keys` are the starts of all its keys, `personal` the personal ones among them.
pub(super) fn ordinals(bytes: &[u8], keys: &[u32], personal: &[PersonalKey], out: &mut Vec<(u32, u32)>) {
    let mut own = personal.iter().map(|key| key.start).peekable();
    let masks: HashSet<&str> = personal.iter().map(|key| &*key.masked).collect();
    let is_mask = |name: &str| masks.contains(name) || unnumbered(name).is_some_and(|name| masks.contains(name));
    let mut taken: HashSet<Cow<'_, str>> = HashSet::new();
    for &start in keys {
        if own.next_if_eq(&start).is_none()
            && let Ok((end, _)) = string_end(bytes, start as usize)
        {
            let name = decode_string(bytes.get(start as usize..end).unwrap_or_default());
            if is_mask(&name) {
                taken.insert(name);
            }
        }
    }
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for key in personal {
        let count = counts.entry(&key.masked).or_insert(0);
        loop {
            *count += 1;
            let name = if *count == 1 { key.masked.to_string() } else { format!("{}_{count}", key.masked) };
            if taken.insert(Cow::Owned(name)) {
                break;
            }
        }
        if *count > 1 {
            out.push((key.start, *count));
        }
    }
}
