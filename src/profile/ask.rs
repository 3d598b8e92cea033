//! The second look: a judge that needs to know more asks, the facts of all rows answer. Sketches propose, this confirms.

use super::key::{Of, TextHasher};
use super::repeats::half;
use super::rows::RowFacts;
use super::sketch::count_min::Heavy;
use super::slices::{add_counts, read_counts, write_counts};
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// Labels of a cluster that are counted one by one; more are folded into as many classes by their hash.
pub const CLUSTER_LABELS: usize = 16;
/// Clusters an answer holds: of more, those whose keys are smallest.
const CLUSTERS: usize = 1 << 15;
/// Questions whose answers a profile holds.
const ROUNDS: usize = 4;

/// What a judge wants counted exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Rows that are exact copies of one another.
    Clusters {
        /// Halves of row keys whose clusters are wanted, sorted.
        keys: Vec<u64>,
        /// Where keys were dropped: which others may be heavy.
        heavy: Option<Box<Heavy>>,
    },
}

impl Question {
    /// The question as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self::Clusters { keys, heavy } = self;
        let mut out = Out::default();
        out.byte(1);
        out.u(keys.len() as u64);
        for key in keys {
            out.fixed64(*key);
        }
        out.byte(u8::from(heavy.is_some()));
        if let Some(heavy) = heavy {
            heavy.write(&mut out);
        }
        out.done()
    }

    /// Reads what [`Question::to_bytes`] wrote.
    ///
    /// # Errors
    /// Where the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Broken> {
        let mut from = In::new(bytes);
        if from.byte()? != 1 {
            return Err(Broken("this is no question of this version"));
        }
        let mut keys = Vec::new();
        for _ in 0..from.count(8)? {
            keys.push(from.fixed64()?);
        }
        let heavy = if from.byte()? == 1 { Some(Box::new(Heavy::read(&mut from)?)) } else { None };
        if !from.at_end() || !keys.is_sorted() {
            return Err(Broken("a question's keys are out of order"));
        }
        Ok(Self::Clusters { keys, heavy })
    }

    /// What an answer names its question by.
    pub fn id(&self) -> u64 {
        TextHasher::new(0, Of::Check).hash(&self.to_bytes())
    }
}

/// A cluster of exact copies, counted exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Rows in it.
    pub rows: u64,
    /// Rows by label hash, sorted; at most 16 labels, then folded into 16 classes.
    pub counts: Vec<(u64, u64)>,
    /// The first row in origin order: path of the file, row.
    pub first: (String, u64),
}

impl Cluster {
    fn add(&mut self, other: &Self) {
        if self.rows == 0 || other.first < self.first {
            self.first.clone_from(&other.first);
        }
        self.rows = self.rows.saturating_add(other.rows);
        self.count(&other.counts);
    }

    /// Adds rows by label. Once labels are folded those that come later are, too: what is counted is then the same in
    /// whatever order labels come.
    fn count(&mut self, counts: &[(u64, u64)]) {
        add_counts(&mut self.counts, counts);
        if self.counts.len() > CLUSTER_LABELS || self.is_folded() {
            super::slices::fold_counts(&mut self.counts, CLUSTER_LABELS);
        }
    }

    /// Whether labels are counted by class. No hash is as small as a class, but by a chance of 1 in 2^60.
    pub fn is_folded(&self) -> bool {
        self.counts.first().is_some_and(|c| c.0 < CLUSTER_LABELS as u64)
    }
}

/// What one question came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Rows that were looked at: an answer is whole when this is the profile's rows.
    pub rows: u64,
    clusters: BTreeMap<u128, Cluster>,
    limit: Option<u128>,
}

impl Answer {
    /// The clusters by row key.
    pub fn clusters(&self) -> impl Iterator<Item = (u128, &Cluster)> {
        self.clusters.iter().map(|(key, c)| (*key, c))
    }

    /// Looks at the rows of a part that begins at row `first_row` of `file`.
    pub fn take(&mut self, question: &Question, file: &str, first_row: u64, rows: &RowFacts) {
        let Question::Clusters { keys, heavy } = question;
        self.rows += rows.len() as u64;
        for (at, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let key = half(row.key);
            if keys.binary_search(&key).is_err() && !heavy.as_ref().is_some_and(|h| h.may_hold(key)) {
                continue;
            }
            if self.limit.is_some_and(|limit| row.key >= limit) {
                continue;
            }
            let place = first_row.saturating_add(at as u64);
            let cluster = self.clusters.entry(row.key).or_default();
            if cluster.rows == 0 || (file, place) < (cluster.first.0.as_str(), cluster.first.1) {
                cluster.first = (file.to_owned(), place);
            }
            cluster.rows += 1;
            if let Some(label) = row.label {
                cluster.count(&[(label, 1)]);
            }
            if self.clusters.len() > 2 * CLUSTERS {
                self.settle();
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let over = self.clusters.keys().nth(CLUSTERS).copied();
        self.limit = [self.limit, over].into_iter().flatten().min();
        if let Some(limit) = self.limit {
            self.clusters.split_off(&limit);
        }
    }

    fn merge(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
        for (key, cluster) in other.clusters {
            self.clusters.entry(key).or_default().add(&cluster);
        }
        self.settle();
    }

    fn write(&self, out: &mut Out) {
        out.u(self.rows);
        out.byte(u8::from(self.limit.is_some()));
        out.fixed128(self.limit.unwrap_or_default());
        out.u(self.clusters.len() as u64);
        for (key, cluster) in &self.clusters {
            out.fixed128(*key);
            out.u(cluster.rows);
            write_counts(&cluster.counts, out);
            out.text(&cluster.first.0);
            out.u(cluster.first.1);
        }
    }

    fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut answer = Self { rows: from.u()?, ..Self::default() };
        let limited = from.byte()? == 1;
        let limit = from.fixed128()?;
        answer.limit = limited.then_some(limit);
        let n = from.count(20)?;
        if n > CLUSTERS {
            return Err(Broken("more clusters than an answer holds"));
        }
        for _ in 0..n {
            let key = from.fixed128()?;
            let cluster = Cluster { rows: from.u()?, counts: read_counts(from)?, first: (from.text()?, from.u()?) };
            answer.clusters.insert(key, cluster);
        }
        Ok(answer)
    }
}

/// The answers a profile carries, by question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<u64, Answer>);

impl Answers {
    /// The answer to a question, where all `rows` of the profile have been looked at.
    pub fn to(&self, question: &Question, rows: u64) -> Option<&Answer> {
        self.0.get(&question.id()).filter(|a| a.rows == rows)
    }

    pub(crate) fn add(&mut self, question: u64, answer: Answer) {
        self.0.entry(question).or_default().merge(answer);
        while self.0.len() > ROUNDS {
            self.0.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (question, answer) in other.0 {
            self.add(question, answer);
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.0.len() as u64);
        for (question, answer) in &self.0 {
            out.fixed64(*question);
            answer.write(out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut answers = Self::default();
        for _ in 0..from.count(20)?.min(ROUNDS) {
            let question = from.fixed64()?;
            answers.0.insert(question, Answer::read(from)?);
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_counted_exactly_and_the_first_row_is_found_in_any_order() {
        let question = Question::Clusters { keys: vec![half(9 << 64)], heavy: None };
        let part = |labels: &[u64]| {
            let mut rows = RowFacts::default();
            rows.push(1 << 64, None, None, None, 0);
            for label in labels {
                rows.push(9 << 64 | 3, Some((*label, b"x")), None, None, 0);
            }
            rows
        };
        let (mut a, mut b) = (Answer::default(), Answer::default());
        b.take(&question, "a.csv", 300, &part(&[5, 5, 6]));
        a.take(&question, "b.csv", 0, &part(&[5]));
        a.take(&question, "a.csv", 40, &part(&[5]));
        let mut other = b.clone();
        other.merge(a.clone());
        a.merge(b);
        assert_eq!(a, other);
        let (_, cluster) = a.clusters().next().unwrap();
        assert_eq!((cluster.rows, cluster.first.clone()), (5, ("a.csv".to_owned(), 41)));
        assert_eq!(cluster.counts, [(5, 4), (6, 1)]);
        assert_eq!(a.rows, 8, "rows looked at");
        assert_eq!(Question::from_bytes(&question.to_bytes()), Ok(question));
    }

    #[test]
    fn more_labels_than_a_cluster_counts_give_the_same_answer_in_any_order() {
        let question = Question::Clusters { keys: vec![half(9 << 64)], heavy: None };
        let answer = |order: &mut dyn Iterator<Item = u64>| {
            let mut answer = Answer::default();
            for (row, label) in order.enumerate() {
                let mut rows = RowFacts::default();
                rows.push(9 << 64, Some((label.wrapping_mul(0x9e37_79b9_7f4a_7c15), b"x")), None, None, 0);
                answer.take(&question, "a.csv", row as u64, &rows);
            }
            answer
        };
        let whole = answer(&mut (1..=20));
        assert_eq!(answer(&mut (1..=20).rev()), whole);
        let mut halves = answer(&mut (13..=20));
        halves.merge(answer(&mut (1..=12)));
        assert_eq!(halves, whole);
        assert!(whole.clusters().next().unwrap().1.is_folded());
    }
}
