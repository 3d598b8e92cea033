//! The passes over the data, and nothing else: what is done to a part is decided below, what is said about it above.
//!
//! A run looks at each input, sends its parts down the line into a stage, judges the merged profile, moves the rows that
//! verdicts point at, writes the report and commits. Rows, findings and facts are taken in the order of the source, so the
//! number of workers shows nowhere.

mod account;
mod amend;
mod audit;
mod balance;
mod baseline;
mod canaries;
mod cell_facts;
mod decide;
mod embedded;
mod fates;
mod file;
mod first_read;
mod found_rows;
mod gates;
mod leaf_done;
mod leaves;
mod look;
mod manifest;
mod map_keys;
mod names;
mod options;
mod others;
mod picked;
mod purge;
mod release;
mod restored;
mod rounds;
mod row_parts;
mod schemas;
mod shards;
mod side;
mod sink;
mod spill;
mod stream;
pub mod survey;
mod table;
mod tally;
mod told_rows;
mod trusted;
pub mod verify;
mod withheld;
mod work;

pub use amend::render_again;
pub use baseline::Baseline;
pub use look::Hints;
pub use options::{Mode, Options};
pub use purge::{Purged, purge};
pub use release::{PolicyRows, Refused, Released, Steward, WrongRows, release};
pub use shards::{Profiled, Shard, merge};
pub use side::settings;
pub use trusted::Trusted;

use crate::error::{Error, Result};
use crate::io::commit::Stage;
use crate::io::store::Input;
use crate::plan::Plan;
use crate::profile::Profile;
use crate::report::{Changes, FindingBatch, FindingsWriter, RENDERERS, Report};
use canaries::Canaries;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The detector id under which cells are listed that a column rule of the policy changed.
pub const COLUMN_RULE: &str = crate::mask::COLUMN_RULE;

/// Who is told how a run goes on. Called from the thread that runs it.
pub trait Observer: Sync {
    /// The run begins; `bytes` is what is to be read, where it is known.
    fn begins(&self, bytes: Option<u64>);
    /// So much more was done.
    fn advance(&self, bytes: u64, rows: u64, findings: u64);
    /// What became of a file.
    fn file(&self, name: &str, what: &str);
    /// A new phase began.
    fn phase(&self, name: &'static str);
    /// Something a person should know.
    fn warn(&self, message: &str);
    /// The run ended.
    fn ends(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn begins(&self, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64, _: u64) {}
    fn file(&self, _: &str, _: &str) {}
    fn phase(&self, _: &'static str) {}
    fn warn(&self, _: &str) {}
    fn ends(&self) {}
}

/// A signal that asks a run to stop; 0 is none.
#[derive(Clone, Debug, Default)]
pub struct Stop(pub Arc<AtomicI32>);

impl Stop {
    /// Fails once a signal came.
    ///
    /// # Errors
    /// `Interrupted`.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Relaxed) {
            0 => Ok(()),
            signal => Err(Error::Interrupted(signal)),
        }
    }
}

/// A run: what, by which plan, how, and who is told.
pub struct Job<'a> {
    /// The inputs, in order.
    pub inputs: &'a [Input],
    /// What the run goes by.
    pub plan: &'a Plan,
    /// How it is done.
    pub options: &'a Options,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// Who may stop it.
    pub stop: &'a Stop,
}

/// What a run ended with.
pub enum Ended {
    /// It ran; this is its report.
    Done(Box<Report>),
    /// OUT was finished already and `--resume` was asked for.
    NothingToDo,
}

/// Everything that passes share while a run lasts.
struct Run<'a> {
    job: &'a Job<'a>,
    pool: rayon::ThreadPool,
    /// The folder that becomes OUT; nothing where nothing is kept.
    out: Option<PathBuf>,
    /// What scanners remember of columns, for leaves of Parquet files.
    scratches: Mutex<Vec<crate::detect::Scratch>>,
    /// The folder for spills.
    work: PathBuf,
    resumed: bool,
    to_findings: SyncSender<FindingBatch>,
    profile: Profile,
    /// What people vouch for, where the run judges by it.
    trusted: Option<Arc<Profile>>,
    /// What is planted to see whether it is found.
    canaries: Option<Canaries>,
    started: Instant,
}

impl<'a> Run<'a> {
    fn new(job: &'a Job<'a>, place: &Place, to_findings: SyncSender<FindingBatch>, started: Instant) -> Result<Self> {
        let (out, resumed) = match place {
            Place::Staged(stage) => (Some(stage.out()), stage.resumed),
            Place::Temporary(_) => (None, false),
        };
        let (pool, work) = (job.pool()?, place.work());
        let (scratches, profile, trusted) = Default::default();
        let looks = job.plan.scanner.as_ref().filter(|_| job.options.mode != Mode::Restore);
        let files = (0..).zip(job.inputs).filter(|(_, input)| input.ignored.is_none()).map(|(number, _)| number);
        let canaries = Canaries::new(looks, files, job.plan.seed);
        Ok(Self { job, pool, out, scratches, work, resumed, to_findings, profile, trusted, canaries, started })
    }

    /// A run that leaves nothing behind: its folder is a temporary one, findings are dropped.
    fn dry<T>(job: &'a Job<'a>, started: Instant, pass: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let place = Place::Temporary(Temporary::new()?);
        let (to_findings, batches) = sync_channel(4);
        let mut run = Self::new(job, &place, to_findings, started)?;
        std::thread::scope(|scope| {
            scope.spawn(move || batches.iter().for_each(drop));
            let result = pass(&mut run);
            drop(run);
            result
        })
    }
}

impl Job<'_> {
    /// Runs the job to its end.
    ///
    /// # Errors
    /// `Usage` where OUT is taken or the label is in no file, `Store`, `Interrupted`; nothing is visible then.
    pub fn run(&self) -> Result<Ended> {
        let started = Instant::now();
        side::label_is_there(self)?;
        self.trusted_fits()?;
        let identity = account::identity(self);
        let place = match &self.options.out {
            Some(out) => match Stage::open(out, &identity, self.options.existing)? {
                Some(stage) => Place::Staged(stage),
                None => return Ok(Ended::NothingToDo),
            },
            None => Place::Temporary(Temporary::new()?),
        };
        if let Place::Staged(stage) = &place {
            self.warn_of_lost_decisions();
            if stage.discarded {
                self.observer.warn("the interrupted run was made from other inputs, policy or version; it is discarded");
            }
            if stage.resumed {
                self.observer.phase("going on with the interrupted run");
            }
        }
        if self.inputs.iter().all(|i| i.ignored.is_some()) {
            self.observer.warn("the inputs hold no file that is read as data");
        }
        let sizes = self.inputs.iter().filter(|i| i.ignored.is_none()).map(|i| i.bytes).sum();
        let known = self.inputs.iter().all(|i| i.path().is_some());
        self.observer.begins(known.then_some(sizes));
        let result = self.staged(&place, started);
        self.observer.ends();
        let (report, place) = match (result, place) {
            (Ok(report), place) => (report, place),
            // The call is wrong in a way that only the data could show: nothing is to be gone on with.
            (Err(error @ Error::Usage(_)), Place::Staged(stage)) => {
                stage.discard()?;
                return Err(error);
            }
            (Err(error), _) => return Err(error),
        };
        match place {
            Place::Staged(stage) => {
                self.observer.phase("committing");
                self.stop.check()?;
                stage.commit()?;
            }
            Place::Temporary(folder) => drop(folder),
        }
        Ok(Ended::Done(Box::new(report)))
    }

    /// Who replaces a run replaces what people decided on it.
    fn warn_of_lost_decisions(&self) {
        let lost = self.options.out.as_deref().map_or(0, audit::decisions);
        if lost > 0 {
            let lost = crate::report::counted(lost, "decision", "decisions");
            self.observer.warn(&format!("the run that is replaced goes with {lost} and the record of them, audit.jsonl"));
        }
    }

    fn pool(&self) -> Result<rayon::ThreadPool> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.options.jobs)
            .thread_name(|n| format!("untaint-{n}"))
            .build()
            .map_err(|e| Error::Bug(format!("no worker threads: {e}")))
    }

    fn staged(&self, place: &Place, started: Instant) -> Result<Report> {
        let first_read = self.first_read()?;
        let trusted = self.trusted_profile()?;
        let (to_findings, batches) = sync_channel::<FindingBatch>(4);
        let mut run = Run::new(self, place, to_findings, started)?;
        run.trusted = trusted;
        let findings_path = run.out.as_deref().unwrap_or(&run.work).join("findings.parquet");
        // Names of columns are values there, once they were turned back.
        let kept = run.out.is_some() && self.options.mode != Mode::Restore;
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || write_findings(kept.then_some(findings_path.as_path()), &batches));
            let result = run.passes();
            let Run { to_findings, .. } = run;
            drop(to_findings);
            let written = writer.join().map_err(|_| Error::Bug("the findings writer is gone".into()))?;
            let ended = Passed { first_read, ..result? };
            written?;
            self.finish(place, ended)
        })
    }

    /// Writes report, manifest and their like once all data is there.
    fn finish(&self, place: &Place, passed: Passed) -> Result<Report> {
        let out = match place {
            Place::Staged(stage) => Some(stage.out()),
            Place::Temporary(_) => None,
        };
        let policy = &self.plan.policy;
        let leftover = match &out {
            Some(out) if self.options.mode == Mode::Clean && policy.gates.fail_on.iter().any(|g| g == "leftover") => {
                self.observer.phase("looking for what is left over");
                Some(verify::leftover(out, &manifest::outputs(&passed.files), self.plan, self.stop)?)
            }
            _ => None,
        };
        let mut report = account::report(self, &passed, leftover);
        report.conclude();
        let spoken = |name: &str| names::tagged(self.plan, name);
        report.timing.changes = self.options.since.as_deref().map(|before| Changes::between(before, &report, &spoken));
        let Some(out) = out else { return Ok(report) };
        let files = passed.files;
        let pages = if self.options.mode == Mode::Restore { &[] } else { RENDERERS };
        for renderer in pages {
            let text = renderer.render(&report)?;
            let path = out.join(renderer.file_name());
            std::fs::write(&path, text).map_err(Error::store(path, "cannot write"))?;
        }
        manifest::write(self, &report, &files, &out)?;
        Ok(report)
    }
}

/// What the passes gave.
struct Passed {
    files: Vec<file::Record>,
    judged: side::Judged,
    started: Instant,
    resumed: bool,
    first_read: Option<first_read::FirstRead>,
}

impl Run<'_> {
    /// Pass 1 over every input, the verdicts, pass 2 over what they name.
    fn passes(&mut self) -> Result<Passed> {
        let mut files = self.files()?;
        let judged = self.judge(&mut files)?;
        self.rejected_table(&files)?;
        Ok(Passed { files, judged, started: self.started, resumed: self.resumed, first_read: None })
    }

    /// Pass 1 over every input.
    fn files(&mut self) -> Result<Vec<file::Record>> {
        let mut files = Vec::with_capacity(self.job.inputs.len());
        for number in 0..self.job.inputs.len() {
            self.job.stop.check()?;
            files.push(self.file(number)?);
        }
        side::label_was_there(self.job, &files)?;
        Ok(files)
    }

    /// A file of the work folder that belongs to an input.
    fn work_file(&self, number: usize, kind: &str) -> PathBuf {
        self.work.join(format!("{number}.{kind}"))
    }
}

/// Takes findings from the line and writes them; to nowhere where nothing is kept.
fn write_findings(path: Option<&Path>, batches: &std::sync::mpsc::Receiver<FindingBatch>) -> Result<()> {
    let Some(path) = path else {
        batches.iter().for_each(drop);
        return Ok(());
    };
    let file = std::fs::File::create(path).map_err(Error::store(path, "cannot create"))?;
    let mut writer = FindingsWriter::new(std::io::BufWriter::with_capacity(1 << 18, file))?;
    for batch in batches {
        writer.push_batch(&batch)?;
    }
    let mut file = writer.finish()?;
    std::io::Write::flush(&mut file).map_err(Error::store(path, "cannot write"))
}

/// Where a run does its work.
enum Place {
    Staged(Stage),
    Temporary(Temporary),
}

impl Place {
    fn work(&self) -> PathBuf {
        match self {
            Self::Staged(stage) => stage.work(),
            Self::Temporary(folder) => folder.0.clone(),
        }
    }
}

/// A private folder that is removed with what it holds.
struct Temporary(PathBuf);

/// The temporary folders there are: a process that ends at once runs no destructors.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes temporary folders, for a process that is about to end in the middle of a run.
pub fn remove_temporary() {
    for folder in TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // Workers may still be writing into it: what came after a first sweep goes in the next.
        for _ in 0..5 {
            if std::fs::remove_dir_all(&folder).is_ok() {
                break;
            }
        }
    }
}

impl Temporary {
    fn new() -> Result<Self> {
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let path = std::env::temp_dir().join(format!(".untaint-{}-{stamp}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(Error::store(&path, "cannot create"))?;
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).retain(|folder| *folder != self.0);
    }
}
