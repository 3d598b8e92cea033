//! `leak`: what a model can learn the answer from without learning the task. Columns whose values tell the label
//! ([`super::leak_column`]), and rows that stand in the trusted set, too ([`super::leak_rows`]), so that nothing measured on
//! it holds for new data.
//!
//! Benjamini-Hochberg over all of it. Rows are for review, for one that is in both sets is no bad row; a column is told and
//! trips no gate, for there are columns that tell the label in clean data.

use super::discovery::ln_q_values;
use super::{Case, Outcome, Test, Verdict, labels, leak_column, leak_rows, probability};

/// The test.
pub struct Leak;

/// What was asked, and what is said where it is no chance.
pub(super) struct Asked {
    pub ln_p: f64,
    /// Whether it matters; nothing where not.
    pub verdict: Option<Verdict>,
}

/// What a part of the test came to.
#[derive(Default)]
pub(super) struct Part {
    pub asked: Vec<Asked>,
    /// What is worth knowing, or why it could not speak.
    pub notes: Vec<String>,
    /// The fewest rows that it would have seen, by the level of one hypothesis.
    pub smallest_visible: Option<u64>,
}

impl Test for Leak {
    fn id(&self) -> &'static str {
        "leak"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        let columns = match labels::silence(profile) {
            Some(why) => Part { notes: vec![format!("columns were not asked for the label: {why}")], ..Part::default() },
            None => leak_column::ask(profile, settings),
        };
        let rows = match case.trusted() {
            None if settings.trusted.is_some() => Part::silent("the trusted set was made with another seed"),
            None => Part::silent("no trusted set was given to compare rows with"),
            Some(trusted) => leak_rows::ask(profile, trusted, settings.fdr.ln() - (columns.asked.len() as f64 + 2.0).ln()),
        };
        let smallest_visible = rows.smallest_visible;
        let notes = [columns.notes, rows.notes].concat().join("; ");
        let asked: Vec<Asked> = columns.asked.into_iter().chain(rows.asked).collect();
        if asked.is_empty() {
            return Outcome::could_not_speak(notes);
        }
        let hypotheses = asked.len();
        let q = ln_q_values(&asked.iter().map(|a| a.ln_p).collect::<Vec<_>>(), hypotheses as f64);
        let named = asked.into_iter().zip(q).filter(|(_, q)| *q <= settings.fdr.ln());
        let verdicts = named.filter_map(|(asked, ln_q)| {
            let (p_value, q_value) = (Some(probability(asked.ln_p)), Some(probability(ln_q)));
            asked.verdict.map(|verdict| Verdict { p_value, q_value, ..verdict })
        });
        Outcome {
            verdicts: verdicts.collect(),
            why: notes,
            hypotheses: hypotheses as u64,
            smallest_visible,
            ..Outcome::default()
        }
    }
}

impl Part {
    pub(super) fn silent(why: &str) -> Self {
        Self { notes: vec![why.to_owned()], ..Self::default() }
    }
}
