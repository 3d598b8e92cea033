//! Strings by number. Millions of rows of a side file share few names; each is held once and rows carry its number.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Longest name that a side file holds, in bytes. A hostile header of megabytes would else be written once a page; a name
/// over it is cut and ends in `…#` and 16 hex digits of its SHA-256, so that two long names stay two.
pub const NAME_BYTES: usize = 1024;

/// A set of strings, numbered in order of first use.
#[derive(Default)]
pub struct Names {
    ids: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
    bytes: usize,
}

impl Names {
    /// The number of `name`, which is added where it is new.
    pub fn id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = Arc::from(name);
        self.bytes = self.bytes.saturating_add(name.len());
        self.list.push(Arc::clone(&name));
        self.ids.insert(name, id);
        id
    }

    /// The string of a number; empty where the number was never given.
    #[must_use]
    pub fn get(&self, id: u32) -> &str {
        self.list.get(id as usize).map_or("", |name| name)
    }

    /// Takes out all but the first `len` strings; their numbers are given again.
    pub fn truncate(&mut self, len: usize) {
        for name in self.list.drain(len.min(self.list.len())..) {
            self.bytes = self.bytes.saturating_sub(name.len());
            self.ids.remove(&name);
        }
    }

    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The length of all strings, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All strings in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|name| &**name)
    }

    /// Forgets all strings; numbers start again at 0.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.list.clear();
        self.bytes = 0;
    }
}

/// `name`, or its beginning and a digest where it is over [`NAME_BYTES`].
#[must_use]
pub fn bounded(name: &str) -> std::borrow::Cow<'_, str> {
    use std::fmt::Write as _;
    if name.len() <= NAME_BYTES {
        return name.into();
    }
    let end = (0..=NAME_BYTES - 24).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    let mut cut = name.get(..end).unwrap_or_default().to_owned();
    cut.push_str("…#");
    for byte in Sha256::digest(name.as_bytes()).iter().take(8) {
        let _ = write!(cut, "{byte:02x}");
    }
    cut.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_until_cleared() {
        let mut names = Names::default();
        assert_eq!((names.id("a"), names.id("b"), names.id("a")), (0, 1, 0));
        assert_eq!((names.get(1), names.get(9), names.bytes()), ("b", "", 2));
        names.truncate(1);
        assert_eq!((names.id("c"), names.id("a"), names.get(1), names.bytes()), (1, 0, "c", 2));
        names.clear();
        assert_eq!((names.id("b"), names.len()), (0, 1));
    }

    #[test]
    fn long_names_are_cut_at_a_character_and_stay_distinct() {
        let (a, b) = ("é".repeat(5000) + "a", "é".repeat(5000) + "b");
        let (cut_a, cut_b) = (bounded(&a), bounded(&b));
        assert!(cut_a.len() <= NAME_BYTES && cut_a != cut_b);
        assert_eq!(bounded("short"), "short");
    }
}
