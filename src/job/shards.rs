//! One shard of a dataset as a mergeable profile: the side line alone, for runs that are spread over machines.

use super::{Job, Run};
use crate::error::{Error, Result};
use crate::merge::Merge;
use crate::profile::{Answer, Profile, Question};
use crate::report::FileStatus;
use std::time::Instant;

/// Which parts of the inputs are this shard's: those whose number leaves `index` when divided by `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u64,
    /// How many shards there are.
    pub of: u64,
}

impl Shard {
    /// Reads `I/N`, counted from 1.
    ///
    /// # Errors
    /// `Usage` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            || Error::Usage(format!("--shard takes I/N with I from 1 to N, not {}", crate::report::shown_up_to(text, 40)));
        let (i, n) = text.split_once('/').ok_or_else(wrong)?;
        match (i.parse::<u64>(), n.parse::<u64>()) {
            (Ok(i), Ok(n)) if (1..=n).contains(&i) => Ok(Self { index: i - 1, of: n }),
            _ => Err(wrong()),
        }
    }

    /// Whether a part is this shard's.
    #[must_use]
    pub fn has(self, part: u64) -> bool {
        part % self.of == self.index
    }
}

/// What a shard's profile is made of.
pub struct Profiled {
    /// The profile, or the answers.
    pub profile: Profile,
    /// How many files were read in part or not at all.
    pub unread: usize,
}

impl Job<'_> {
    /// The profile of the inputs' parts that are this shard's. With questions: what those parts answer to them, and nothing
    /// else, to be merged with the profile that they were asked of.
    ///
    /// # Errors
    /// As [`Job::run`].
    pub fn profile(&self, questions: &[Question]) -> Result<Profiled> {
        super::side::label_is_there(self)?;
        let known = self.inputs.iter().all(|i| i.path().is_some());
        let sizes = self.inputs.iter().filter(|i| i.ignored.is_none()).map(|i| i.bytes).sum();
        self.observer.begins(known.then_some(sizes));
        self.first_read()?;
        let result = Run::dry(self, Instant::now(), |run| run.profiled(questions));
        self.observer.ends();
        result
    }
}

impl Run<'_> {
    fn profiled(&mut self, questions: &[Question]) -> Result<Profiled> {
        let files = self.files()?;
        let unread = files.iter().filter(|f| matches!(f.facts.status, FileStatus::Partial | FileStatus::Skipped)).count();
        if questions.is_empty() {
            return Ok(Profiled { profile: std::mem::take(&mut self.profile), unread });
        }
        let mut answers = Profile::default();
        for question in questions {
            let mut answer = Answer::default();
            for (number, file) in files.iter().enumerate() {
                self.each_part(number, false, |part, first, rows| {
                    if self.job.options.shard.is_none_or(|s| s.has(part)) {
                        answer.take(question, &file.facts.file, first, rows);
                    }
                    Ok(())
                })?;
            }
            answers.answer(question, answer);
        }
        Ok(Profiled { profile: answers, unread })
    }
}

/// Merges profiles.
#[must_use]
pub fn merge(profiles: Vec<Profile>) -> Profile {
    profiles.into_iter().fold(Profile::default(), |mut sum, profile| {
        sum.merge(profile);
        sum
    })
}
