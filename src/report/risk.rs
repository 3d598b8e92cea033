//! What could be read of people and secrets before cleaning, and what is left of it.

use super::sections::{Pii, Planted};
use super::share::{interval, share};
use crate::batch::Leaves;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much values tell, from nothing to secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// No value is there.
    #[default]
    None,
    /// Values are coarser, masked in part, or pseudonyms: data about people still (GDPR, article 4(5)), but none can be read.
    Indirect,
    /// Values of low severity can be read.
    Low,
    /// Values of medium severity can be read.
    Medium,
    /// Values of high severity can be read.
    High,
    /// Values of critical severity can be read.
    Critical,
}

impl Exposure {
    /// The word in `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Indirect => "indirect",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Of values of a severity that can be read; an unknown one is no better than high.
    pub(super) fn of(severity: &str) -> Self {
        match severity {
            "low" => Self::Low,
            "medium" => Self::Medium,
            "critical" => Self::Critical,
            _ => Self::High,
        }
    }
}

/// Values of one severity: `occurrences = gone + partial + pseudonymous + readable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposed {
    /// Values that were found.
    pub occurrences: u64,
    /// Nothing is left of them.
    pub gone: u64,
    /// Coarser, or with some characters left.
    pub partial: u64,
    /// Told apart or turned back with the key.
    pub pseudonymous: u64,
    /// As they were, by the policy.
    pub readable: u64,
    /// Values of these types that were planted, and found.
    pub planted: Planted,
    /// How many more there are likely to be that were not found; nothing where that was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// How many there are at most, in 95 of 100 cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed_at_most: Option<u64>,
}

/// What could be read of people and secrets, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Risk {
    /// By the most severe value that was found.
    pub before: Exposure,
    /// By the most severe value that can be read after cleaning, or of which some are likely to have been missed.
    pub after: Exposure,
    /// By severity.
    pub by_severity: BTreeMap<String, Exposed>,
}

impl Risk {
    /// Of what was found and done; `leaves` tells what an operator leaves of a value.
    ///
    /// The number of missed values is that of the found ones times how many more of the planted ones were missed than found,
    /// and at most the same at the lower end of the 95 % interval.
    #[must_use]
    pub fn new(pii: &Pii, leaves: impl Fn(&str) -> Leaves) -> Self {
        let mut risk = Self::default();
        for (id, facts) in pii.by_detector.iter().filter(|(_, facts)| facts.occurrences > 0) {
            let of = risk.by_severity.entry(facts.severity.clone()).or_default();
            of.occurrences = of.occurrences.saturating_add(facts.occurrences);
            for (operator, &n) in &facts.operators {
                let sum = match leaves(operator) {
                    Leaves::Nothing => &mut of.gone,
                    Leaves::Part => &mut of.partial,
                    Leaves::Pseudonym => &mut of.pseudonymous,
                    Leaves::Value => &mut of.readable,
                };
                *sum = sum.saturating_add(n);
            }
            of.planted.add(pii.recall.as_ref().and_then(|recall| recall.by_detector.get(id)).copied().unwrap_or_default());
        }
        for (severity, of) in &mut risk.by_severity {
            let Planted { planted, found } = of.planted;
            let missed = |recall: f64| of.occurrences as f64 * (1.0 - recall) / recall;
            if found > 0 {
                of.missed = Some(missed(share(found, planted)).round() as u64);
                of.missed_at_most = Some(missed(interval(found, planted).0).ceil() as u64);
            }
            let level = Exposure::of(severity);
            risk.before = risk.before.max(level);
            if of.readable > 0 || of.missed.is_some_and(|n| n > 0) {
                risk.after = risk.after.max(level);
            } else if of.partial > 0 || of.pseudonymous > 0 {
                risk.after = risk.after.max(Exposure::Indirect);
            }
        }
        risk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DetectorFacts, Recall};

    fn facts(severity: &str, operators: &[(&str, u64)]) -> DetectorFacts {
        let occurrences = operators.iter().map(|o| o.1).sum();
        let operators = operators.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        DetectorFacts { severity: severity.into(), occurrences, operators, ..DetectorFacts::default() }
    }

    fn leaves(operator: &str) -> Leaves {
        match operator {
            "replace" => Leaves::Nothing,
            "mask" => Leaves::Part,
            "token" => Leaves::Pseudonym,
            _ => Leaves::Value,
        }
    }

    #[test]
    fn what_is_left_is_what_operators_leave_and_what_was_missed() {
        let planted = |planted, found| Some(Planted { planted, found });
        for (why, of, planted, before, after, missed) in [
            ("nothing was found", facts("high", &[]), None, Exposure::None, Exposure::None, None),
            ("all is gone", facts("high", &[("replace", 900)]), None, Exposure::High, Exposure::None, None),
            (
                "all planted were found",
                facts("high", &[("replace", 900)]),
                planted(99, 99),
                Exposure::High,
                Exposure::None,
                Some((0, 35)),
            ),
            (
                "a tenth was missed",
                facts("medium", &[("replace", 900)]),
                planted(100, 90),
                Exposure::Medium,
                Exposure::Medium,
                Some((100, 191)),
            ),
            (
                "of few none is likely",
                facts("medium", &[("replace", 4)]),
                planted(100, 90),
                Exposure::Medium,
                Exposure::None,
                Some((0, 1)),
            ),
            ("none planted was found", facts("low", &[("replace", 4)]), planted(5, 0), Exposure::Low, Exposure::None, None),
            ("a part is left", facts("high", &[("replace", 9), ("mask", 1)]), None, Exposure::High, Exposure::Indirect, None),
            ("pseudonyms", facts("high", &[("token", 1)]), None, Exposure::High, Exposure::Indirect, None),
            ("one is kept", facts("low", &[("token", 8), ("keep", 1)]), None, Exposure::Low, Exposure::Low, None),
        ] {
            let mut pii = Pii::default();
            pii.by_detector.insert("a.b".into(), of.clone());
            pii.recall = planted.map(|p| Recall { by_detector: [("a.b".to_owned(), p)].into(), ..Recall::default() });
            let risk = Risk::new(&pii, leaves);
            assert_eq!((risk.before, risk.after), (before, after), "{why}");
            let told = risk.by_severity.get(&of.severity).copied().unwrap_or_default();
            assert_eq!(told.missed.zip(told.missed_at_most), missed, "{why}");
            assert_eq!(told.occurrences, told.gone + told.partial + told.pseudonymous + told.readable, "{why}");
        }
    }
}
