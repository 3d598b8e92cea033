//! The columns of inputs, each list once: a folder of a thousand files has mostly one schema.

use crate::report::bounded;
use std::collections::HashMap;

/// Columns of a list that are kept; a longer one is not kept at all, for half a schema is none.
const COLUMNS: usize = 4096;
/// Bytes of names in all lists; lists beyond are not kept.
const BYTES: usize = 4 << 20;

/// Lists of columns, numbered in order of first use.
#[derive(Default)]
pub(super) struct Schemas {
    lists: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, u64>,
    bytes: usize,
}

impl Schemas {
    /// The number of a list, which is added where it is new; nothing where there are no columns or it is not kept.
    pub fn number(&mut self, columns: &[String]) -> Option<u64> {
        if columns.is_empty() || columns.len() > COLUMNS {
            return None;
        }
        let list: Vec<String> = columns.iter().map(|c| bounded(c).into_owned()).collect();
        if let Some(number) = self.numbers.get(&list) {
            return Some(*number);
        }
        let bytes = list.iter().map(|c| c.len() + size_of::<String>()).sum::<usize>();
        if self.bytes + bytes > BYTES {
            return None;
        }
        self.bytes += bytes;
        let number = self.lists.len() as u64;
        self.numbers.insert(list.clone(), number);
        self.lists.push(list);
        Some(number)
    }

    /// All lists in order of their numbers.
    pub fn lists(self) -> Vec<Vec<String>> {
        self.lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_once_and_none_in_part() {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let mut schemas = Schemas::default();
        assert_eq!(schemas.number(&list(&["a", "b"])), Some(0));
        assert_eq!(schemas.number(&list(&["b"])), Some(1));
        assert_eq!(schemas.number(&list(&["a", "b"])), Some(0));
        assert_eq!(schemas.number(&[]), None, "no columns");
        assert_eq!(schemas.number(&vec!["x".to_owned(); COLUMNS + 1]), None, "too many");
        for n in 0..20 {
            let wide: Vec<String> = (0..COLUMNS).map(|c| format!("{n} {c} {}", "x".repeat(2000))).collect();
            schemas.number(&wide);
        }
        assert!(schemas.bytes <= BYTES && schemas.lists().len() < 20, "all lists together are bounded");
    }
}
