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
            let first = *count == 1;
            let name = if first { Cow::Borrowed(&*key.masked) } else { Cow::Owned(format!("{}_{count}", key.masked)) };
            if taken.contains(&name) {
                continue;
            }
            // A count keeps the keys of one mask apart; only a mask that reads like another one with an ordinal can meet it.
            let other = if first { unnumbered(&name) } else { Some(&*name) };
            if other.is_some_and(|other| masks.contains(other)) {
                taken.insert(name);
            }
            break;
        }
        if *count > 1 {
            out.push((key.start, *count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_that_look_numbered_stay_apart() {
        for (masks, siblings, expected, reason) in [
            (&["X", "X", "X_2"][..], &[][..], &["X", "X_2", "X_2_2"][..], "the number first"),
            (&["X_2", "X", "X"], &[], &["X_2", "X", "X_3"], "the number last"),
            (&["X", "X"], &["X_2", "X_4"], &["X", "X_3"], "siblings"),
            (&["X", "Y", "X"], &["Y"], &["X", "Y_2", "X_2"], "a count for each mask"),
        ] {
            let (mut bytes, mut keys, mut personal) = (Vec::new(), Vec::new(), Vec::new());
            for (name, mask) in siblings.iter().map(|s| (*s, None)).chain(masks.iter().map(|m| ("p", Some(*m)))) {
                keys.push(bytes.len() as u32);
                personal.extend(mask.map(|mask| PersonalKey { start: bytes.len() as u32, masked: mask.into() }));
                bytes.extend_from_slice(format!("\"{name}\"").as_bytes());
            }
            let mut found = Vec::new();
            ordinals(&bytes, &keys, &personal, &mut found);
            let names: Vec<String> = personal
                .iter()
                .map(|key| match found.iter().find(|(start, _)| *start == key.start) {
                    Some((_, ordinal)) => format!("{}_{ordinal}", key.masked),
                    None => key.masked.to_string(),
                })
                .collect();
            assert_eq!(names, expected, "{reason}");
        }
    }
}
