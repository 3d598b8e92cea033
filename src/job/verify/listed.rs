//! What `findings.parquet` lists as masked by operators whose results look like values of the kind: moved dates, coarser
//! addresses. A second look finds them again, and they are not left over.

use crate::batch::Place;
use crate::mask;
use crate::policy::Policy;
use crate::report::export::shape;
use crate::report::read_columns;
use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;
use std::path::Path;

/// Occurrences by file and by column, as reports show it (names have none), and of them those of each detector.
#[derive(Default)]
pub(super) struct Listed(BTreeMap<(String, String), (u64, BTreeMap<String, u64>)>);

impl Listed {
    /// Reads the findings of a run; nothing where its policy has no such operator, or they cannot be read.
    pub fn read(findings: &Path, policy: &Policy) -> Self {
        let specs = policy.pii.operators.values().chain([&policy.pii.default]);
        let mut specs = specs.chain(policy.columns.values().filter_map(|rule| rule.operator.as_ref()));
        if !specs.any(|spec| is_alike(&spec.operator)) {
            return Self::default();
        }
        let mut listed = Self::default();
        let wanted = ["file", "column", "detector", "operator", "place"];
        read_columns(findings, wanted, |batch| count_batch(batch, &mut listed)).map(|()| listed).unwrap_or_default()
    }

    /// How many of `found` values in a column are not listed; those that are count once.
    pub fn beyond(&mut self, file: &str, column: &str, found: u64) -> u64 {
        let Some((listed, _)) = self.0.get_mut(&(file.to_owned(), column.to_owned())) else { return found };
        let known = found.min(*listed);
        *listed -= known;
        found - known
    }

    /// So many values that a detector finds are what its operator makes of them (`203.0.113.0/24`): where they are listed, no
    /// other value can be.
    pub fn left(&mut self, file: &str, column: &str, detector: &str, found: u64) {
        let Some((listed, by)) = self.0.get_mut(&(file.to_owned(), column.to_owned())) else { return };
        let Some(of_detector) = by.get_mut(detector) else { return };
        let known = found.min(*of_detector).min(*listed);
        *of_detector -= known;
        *listed -= known;
    }
}

fn is_alike(operator: &str) -> bool {
    mask::known(operator).is_some_and(|row| row.alike)
}

fn count_batch(batch: &RecordBatch, listed: &mut Listed) -> Option<()> {
    let texts = |name: &str| -> Option<&StringArray> { batch.column_by_name(name)?.as_string_opt::<i32>() };
    let (files, columns, operators, places) = (texts("file")?, texts("column")?, texts("operator")?, texts("place")?);
    let detectors = texts("detector")?;
    let value = |of: &StringArray, at: usize| -> Option<String> { (!of.is_null(at)).then(|| of.value(at).to_owned()) };
    for at in (0..batch.num_rows()).filter(|at| is_alike(operators.value(*at))) {
        let of_value = places.value(at) == Place::Value.name();
        let column = if of_value { shape(&value(columns, at)?) } else { String::new() };
        let (all, by) = listed.0.entry((value(files, at)?, column)).or_default();
        *all += 1;
        *by.entry(value(detectors, at)?).or_default() += 1;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_counts_once() {
        let by = [("network.ipv4".to_owned(), 2)].into();
        let mut listed = Listed([(("a.csv".to_owned(), "ip".to_owned()), (5, by))].into());
        listed.left("a.csv", "ip", "person.date", 1);
        listed.left("a.csv", "ip", "network.ipv4", 3);
        for (file, column, found, want, why) in [
            ("a.csv", "ip", 2, 0, "all of them"),
            ("a.csv", "ip", 2, 1, "one more than is listed"),
            ("a.csv", "ip", 1, 1, "none is left"),
            ("a.csv", "note", 1, 1, "another column"),
            ("b.csv", "ip", 1, 1, "another file"),
        ] {
            assert_eq!(listed.beyond(file, column, found), want, "{why}");
        }
    }
}
