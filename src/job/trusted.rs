//! The trusted set of a run: a holdout that people vouch for. A file of data goes down the same line as the inputs, so that
//! its texts compare with theirs, and nothing of it is written; a profile that was made of one is taken as it is.

use super::{Job, Mode, Options, Run, Silent, account, baseline, look, names};
use crate::error::{Error, Result};
use crate::io::store::{self, Choice, Input};
use crate::profile::Profile;
use crate::report::{FileStatus, PackDigest, counted, shown_up_to};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Columns that are listed where one is missing.
const LISTED: usize = 40;

/// A trusted set.
#[derive(Clone)]
pub struct Trusted {
    source: Source,
    /// Its file's name and digest.
    pub digest: PackDigest,
}

#[derive(Clone)]
enum Source {
    Profile(Arc<Profile>),
    File(Box<Input>),
}

impl Trusted {
    /// Finds a trusted set for a run under `seed`. A file of data is hashed, and read once the run is at work.
    ///
    /// # Errors
    /// `Usage` where it is no file or cannot be read; a profile also where it does not fit the run, as [`super::Baseline::read`].
    pub fn open(path: &Path, seed: u64) -> Result<Self> {
        let shown = path.display();
        let cannot = |why: std::io::Error| Error::Usage(format!("cannot read the trusted set {shown}: {why}"));
        if !std::fs::metadata(path).map_err(cannot)?.is_file() {
            return Err(Error::Usage(format!("the trusted set {shown} is no file")));
        }
        let mut head = Vec::new();
        std::fs::File::open(path).and_then(|file| file.take(8).read_to_end(&mut head)).map_err(cannot)?;
        if Profile::opens(&head) {
            let (profile, digest) = baseline::read(path, seed, "trusted set")?;
            return Ok(Self { source: Source::Profile(profile), digest });
        }
        let (_, sha256) = account::hash_file(path).map_err(cannot)?;
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut inputs = store::list(&[path.to_string_lossy().into_owned()], &Choice::default())?;
        let input = inputs.pop().ok_or_else(|| Error::Usage(format!("the trusted set {shown} is no file")))?;
        Ok(Self { source: Source::File(Box::new(input)), digest: PackDigest { file, sha256 } })
    }

    /// The profile, where the file is one, held against the profile that is judged.
    ///
    /// # Errors
    /// `Usage` where it is a file of data, or lacks labels or one of the columns `text`.
    pub fn beside(self, judged: &Profile, text: &[String]) -> Result<Arc<Profile>> {
        let Source::Profile(profile) = self.source else {
            let why = "judge reads profiles: make one of it, `untaint profile FILE --out FILE`, with the policy and columns of the data";
            return Err(Error::Usage(format!("the trusted set {} is no profile; {why}", self.digest.file)));
        };
        let columns: Vec<String> = profile.columns().iter().map(|(name, _)| name.to_owned()).collect();
        let missing = text.iter().find(|name| !profile.columns().is_sample() && !columns.contains(name));
        match missing {
            Some(name) => Err(lacks("text", name, &columns)),
            None if judged.labels().rows > 0 && profile.labels().rows == 0 => Err(no_labels(&self.digest.file)),
            None => Ok(profile),
        }
    }
}

fn lacks(role: &str, name: &str, columns: &[String]) -> Error {
    let shown: Vec<String> = columns.iter().take(LISTED).map(|c| shown_up_to(c, 60)).collect();
    Error::Usage(format!("the trusted set has no {role} column `{}` (columns: {})", shown_up_to(name, 60), shown.join(", ")))
}

fn no_labels(file: &str) -> Error {
    Error::Usage(format!("no row of the trusted set {file} has a label, and the data has"))
}

impl Job<'_> {
    /// The trusted set, where it is used.
    fn trusted_set(&self) -> Option<&Trusted> {
        self.options.trusted.as_ref().filter(|_| self.plan.poison)
    }

    /// Refuses a trusted set that cannot be read or lacks a column that the run goes by, before anything is written.
    ///
    /// # Errors
    /// `Usage` with the columns there are.
    pub(super) fn trusted_fits(&self) -> Result<()> {
        let Some(trusted) = self.trusted_set() else { return Ok(()) };
        let columns = match &trusted.source {
            Source::Profile(profile) if profile.columns().is_sample() => return Ok(()),
            Source::Profile(profile) => profile.columns().iter().map(|(name, _)| name.to_owned()).collect(),
            Source::File(input) => look::columns(self.plan, input, self.options.hints)?,
        };
        if columns.is_empty() {
            let why = "it holds no columns, or is in no format that is read";
            return Err(Error::Usage(format!("cannot read the trusted set {}: {why}", trusted.digest.file)));
        }
        let has = |name: &str| names::has(self.plan, &columns, name);
        let roles = &self.plan.roles;
        if let Some(name) = roles.text.iter().find(|name| !has(name)) {
            return Err(lacks("text", name, &columns));
        }
        let input = self.inputs.iter().find(|i| i.ignored.is_none() && i.path().is_some());
        let data = input.map(|input| look::columns(self.plan, input, self.options.hints)).transpose()?;
        let Some(label) = &roles.label else { return Ok(()) };
        let is_used = self.options.label_named || data.as_ref().is_some_and(|data| names::has(self.plan, data, label));
        if is_used && !has(label) {
            return Err(lacks("label", label, &columns));
        }
        // Where no text is named all columns are compared, and one at least has to be there.
        let data = data.unwrap_or_default();
        let others: Vec<&String> = data.iter().filter(|name| *name != label).collect();
        match others.first() {
            Some(first) if roles.text.is_empty() && !others.iter().any(|name| columns.contains(name)) => {
                Err(lacks("text", first, &columns))
            }
            _ => Ok(()),
        }
    }

    /// The profile of the trusted set, masked as the inputs are.
    ///
    /// # Errors
    /// `Usage` where it cannot be read or holds no row, or no label where one was asked for; as [`Job::run`].
    pub(super) fn trusted_profile(&self) -> Result<Option<Arc<Profile>>> {
        let Some(trusted) = self.trusted_set() else { return Ok(None) };
        let profile = match &trusted.source {
            Source::Profile(profile) => Arc::clone(profile),
            Source::File(input) => Arc::new(self.profile_of(input, &trusted.digest.file)?),
        };
        if profile.read() == 0 {
            return Err(Error::Usage(format!("the trusted set {} holds no row", trusted.digest.file)));
        }
        if self.options.label_named && profile.labels().rows == 0 {
            return Err(no_labels(&trusted.digest.file));
        }
        Ok(Some(profile))
    }

    fn profile_of(&self, input: &Input, file: &str) -> Result<Profile> {
        self.observer.phase("reading the trusted set");
        let options = Options {
            mode: Mode::Scan,
            jobs: self.options.jobs,
            memory_bytes: self.options.memory_bytes,
            hints: self.options.hints,
            ..Options::default()
        };
        let inputs = std::slice::from_ref(input);
        let job = Job { inputs, plan: self.plan, options: &options, observer: &Silent, stop: self.stop };
        let (mut profile, files) = Run::dry(&job, Instant::now(), |run| {
            let files = run.files()?;
            Ok((std::mem::take(&mut run.profile), files))
        })?;
        for read in &files {
            let reason = read.facts.reason.as_deref().unwrap_or("it was not read");
            match read.facts.status {
                FileStatus::Skipped => return Err(Error::Usage(format!("cannot read the trusted set {file}: {reason}"))),
                FileStatus::Partial => {
                    let lost = counted(read.tally.rows.rejected, "record", "records");
                    self.observer.warn(&format!("the trusted set was read in part: {lost} of it could not be read"));
                }
                _ => {}
            }
        }
        profile.finish();
        Ok(profile)
    }
}
