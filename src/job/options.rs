//! How a run is done, as the command line says it.

use super::{Baseline, Hints, Shard, Trusted};
use crate::io::commit::Existing;
use crate::report::export::Exporter;
use crate::report::{PackDigest, Report};
use std::path::PathBuf;
use std::sync::Arc;

/// What a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Cleaned data, quarantine, report.
    Clean,
    /// The report alone.
    Scan,
    /// Data with its tokens turned back, and what was done.
    Restore,
}

impl Mode {
    /// Data is written.
    pub(super) fn writes_data(self) -> bool {
        self != Self::Scan
    }
}

/// How a run is done.
#[derive(Clone)]
pub struct Options {
    /// What is written.
    pub mode: Mode,
    /// Every row is scored.
    pub scores: bool,
    /// Where; nowhere for a scan without OUT and a dry run.
    pub out: Option<PathBuf>,
    /// What an OUT that is there already means.
    pub existing: Existing,
    /// Worker threads.
    pub jobs: usize,
    /// The memory cap, in bytes.
    pub memory_bytes: u64,
    /// How inputs are written, where the call says so.
    pub hints: Hints,
    /// The policy file's name, for the report.
    pub policy_file: Option<String>,
    /// Packs beside the shipped ones.
    pub packs: Vec<PackDigest>,
    /// The label was named by the user, so that it must be there.
    pub label_named: bool,
    /// Only the parts of this shard are worked on.
    pub shard: Option<Shard>,
    /// Parts of other shards are worked on too, for their row numbers.
    pub whole_order: bool,
    /// Of a scan: only so many percent of the rows are looked at, above 0 and up to 100.
    pub sample: Option<f64>,
    /// What the data is compared with.
    pub baseline: Option<Baseline>,
    /// What people vouch for.
    pub trusted: Option<Trusted>,
    /// The forms for other systems that the report is written in as well.
    pub exports: Vec<&'static dyn Exporter>,
    /// The report of an earlier run, to tell what changed since.
    pub since: Option<Arc<Report>>,
}

impl Options {
    /// Whether a part is worked on.
    pub(super) fn wants(&self, part: u64) -> bool {
        self.whole_order || self.shard.is_none_or(|s| s.has(part))
    }
}

/// One worker, nothing kept, nothing compared with.
impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Clean,
            scores: false,
            out: None,
            existing: Existing::Refuse,
            jobs: 1,
            memory_bytes: 0,
            hints: Hints::default(),
            policy_file: None,
            packs: Vec::new(),
            label_named: false,
            shard: None,
            whole_order: false,
            sample: None,
            baseline: None,
            trusted: None,
            exports: Vec::new(),
            since: None,
        }
    }
}
