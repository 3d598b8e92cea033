//! Values that detectors say they find, to be put where it is to be known whether they would be found.

use super::scan::Scanner;
use std::ops::Range;

/// A text with a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The detector that says it finds the value.
    pub detector: u16,
    /// The value, with the words around it that it needs.
    pub text: String,
    /// Where the value stands in the text, in bytes.
    pub span: Range<usize>,
}

impl Scanner {
    /// What the detectors in use say they find, of the examples that need no column of a certain name: one of each detector,
    /// then the second of each, and so on.
    #[must_use]
    pub fn canaries(&self) -> Vec<Canary> {
        let catalogue = self.catalogue();
        let examples = (0u16..).zip(catalogue.detectors()).filter(|(number, _)| self.is_on(*number)).flat_map(|(detector, d)| {
            let anywhere = d.finds.iter().filter(|example| example.column.is_none());
            anywhere.enumerate().filter_map(move |(nth, example)| {
                let span = example.spans.first()?.clone();
                Some((nth, Canary { detector, text: example.text.clone(), span }))
            })
        });
        let mut all: Vec<(usize, Canary)> = examples.collect();
        all.sort_by_key(|(nth, _)| *nth);
        all.into_iter().map(|(_, canary)| canary).collect()
    }
}
