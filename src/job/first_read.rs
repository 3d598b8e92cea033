//! A first read of the inputs for `propagate = "dataset"`: what is told in them is heard, nothing is written.

use super::{Job, Mode, Options, Run, Silent};
use crate::error::{Error, Result};
use crate::io::commit::Existing;
use crate::policy::Propagate;
use sha2::{Digest, Sha256};
use std::time::Instant;

/// What it came to.
#[derive(Clone, Copy)]
pub(super) struct FirstRead {
    pub seconds: f64,
    /// Bytes that were read, as [`super::file::Record::read_bytes`] counts them.
    pub bytes: u64,
    /// More values were told than are kept.
    pub full: bool,
}

impl Job<'_> {
    /// Reads the inputs once for what they tell, where the policy asks for it.
    ///
    /// # Errors
    /// `Usage` where an input can be read once only; as [`Job::run`].
    pub(super) fn first_read(&self) -> Result<Option<FirstRead>> {
        if self.plan.policy.pii.propagate != Propagate::Dataset || self.plan.scanner.is_none() {
            return Ok(None);
        }
        if self.inputs.iter().any(|input| input.path().is_none()) {
            let why = "pii.propagate = \"dataset\" reads the inputs twice, which standard input does not allow";
            return Err(Error::Usage(why.into()));
        }
        let started = Instant::now();
        self.observer.phase("reading for values to be found again");
        let key = Sha256::new().chain_update("second sweep").chain_update(self.plan.seed.to_le_bytes()).finalize();
        self.plan.hearsay.listen(std::array::from_fn(|at| key.get(at).copied().unwrap_or(0)));
        let options = Options {
            mode: Mode::Scan,
            out: None,
            existing: Existing::Refuse,
            policy_file: None,
            packs: Vec::new(),
            ..self.options.clone()
        };
        let job = Job { inputs: self.inputs, plan: self.plan, options: &options, observer: &Silent, stop: self.stop };
        let files = Run::dry(&job, started, Run::files)?;
        let (_, full) = self.plan.hearsay.know();
        let bytes = files.iter().map(|file| file.read_bytes).sum();
        Ok(Some(FirstRead { seconds: started.elapsed().as_secs_f64(), bytes, full }))
    }
}
