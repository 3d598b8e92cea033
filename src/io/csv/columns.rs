//! What columns are called.

use crate::batch::Column;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The names columns are reported by: the header cell's text, `column_3` for an empty one, `email#2` for a repeated one.
#[must_use]
pub fn column_names(header: &[String]) -> Vec<String> {
    let mut seen: HashSet<String> = HashSet::with_capacity(header.len());
    let mut repeats: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::with_capacity(header.len());
    for (index, text) in header.iter().enumerate() {
        let wanted = if text.is_empty() { format!("column_{}", index + 1) } else { text.clone() };
        let mut name = wanted.clone();
        while !seen.insert(name.clone()) {
            // Counting goes on from the last repeat, so that many repeats stay linear.
            let count = repeats.entry(wanted.clone()).or_insert(1);
            *count += 1;
            name = format!("{wanted}#{count}");
        }
        names.push(name);
    }
    names
}

/// The columns of a file with this header.
pub(super) fn from_header(header: &[String]) -> Vec<Arc<Column>> {
    let columns = column_names(header).into_iter().zip(header);
    columns.map(|(name, text)| Arc::new(Column { name, elements: vec![text.clone()] })).collect()
}

/// The columns of a file without a header.
pub(super) fn numbered(count: usize) -> Vec<Arc<Column>> {
    (1..=count).map(|n| Arc::new(Column { name: format!("column_{n}"), elements: Vec::new() })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_never_empty() {
        for (header, names, why) in [
            (&["email", "email", "Email"][..], &["email", "email#2", "Email"][..], "repeats are exact"),
            (&["", "a", ""], &["column_1", "a", "column_3"], "empty cells are counted from 1"),
            (&["a#2", "a", "a"], &["a#2", "a", "a#3"], "a name that looks like a repeat keeps its place"),
            (&["column_2", ""], &["column_2", "column_2#2"], "a made name gives way"),
        ] {
            let header: Vec<String> = header.iter().map(ToString::to_string).collect();
            assert_eq!(column_names(&header), names, "{why}");
        }
    }
}
