//! The numbers behind a verdict, as shares that can be drawn beside one another.

use serde::{Deserialize, Serialize};

/// Points of evidence at most: of more the largest.
const POINTS: usize = 16;
/// Points of evidence in an order at most: of more, neighbours are put together.
pub(super) const IN_ORDER: usize = 60;

/// Shares beside one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// What they are shares of, in words.
    pub of: String,
    /// Points follow each other (stretches of rows, sizes) and are not ranked.
    pub ordered: bool,
    /// The shares.
    pub points: Vec<Point>,
    /// Points that are not listed.
    pub left: u64,
}

/// A share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Point {
    /// What it is the share of, masked.
    pub name: String,
    /// The rows that count, …
    pub part: u64,
    /// … of so many.
    pub whole: u64,
    /// What it is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// It is what the verdict is about.
    pub meant: bool,
}

/// What a share is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Rows that count, or that are expected to, …
    pub part: u64,
    /// … of so many.
    pub whole: u64,
}

impl Point {
    pub(super) fn new(name: impl Into<String>, part: f64, whole: f64, meant: bool) -> Self {
        Self {
            name: name.into(),
            part: part.max(0.0).round() as u64,
            whole: whole.max(0.0).round() as u64,
            reference: None,
            meant,
        }
    }

    pub(super) fn against(self, part: f64, whole: f64) -> Self {
        let reference = Reference { part: part.max(0.0).round() as u64, whole: whole.max(0.0).round() as u64 };
        Self { reference: Some(reference), ..self }
    }

    fn share(&self) -> f64 {
        self.part as f64 / self.whole.max(1) as f64
    }
}

impl Evidence {
    /// Points in the order of their shares, the largest first; of many the one that is meant and those of the most rows.
    pub(super) fn ranked(of: impl Into<String>, mut points: Vec<Point>) -> Self {
        let left = points.len().saturating_sub(POINTS);
        points.sort_by(|a, b| (b.meant, b.whole).cmp(&(a.meant, a.whole)).then_with(|| a.name.cmp(&b.name)));
        points.truncate(POINTS);
        points.sort_by(|a, b| b.share().total_cmp(&a.share()).then_with(|| a.name.cmp(&b.name)));
        Self { of: of.into(), ordered: false, points, left: left as u64 }
    }

    /// Points as they follow each other.
    pub(super) fn ordered(of: impl Into<String>, points: Vec<Point>) -> Self {
        Self { of: of.into(), ordered: true, points, left: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_points_what_is_meant_stays_and_the_largest() {
        let points = (0..40).map(|n| Point::new(format!("s{n:02}"), 1.0, f64::from(n), n == 3)).collect();
        let evidence = Evidence::ranked("labelled \"spam\"", points);
        assert_eq!((evidence.points.len(), evidence.left), (POINTS, 24));
        assert!(evidence.points.iter().any(|p| p.meant && p.name == "s03"));
        assert!(evidence.points.iter().all(|p| p.meant || p.whole >= 25));
        assert!(evidence.points.is_sorted_by(|a, b| a.share() >= b.share()));
    }
}
