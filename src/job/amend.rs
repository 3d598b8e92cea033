//! A finished OUT that a decision changes: staged beside it, with everything shared that stays, and put in its place whole.

use super::account::hash_file;
use super::audit::{self, Chain};
use crate::error::{Error, Result};
use crate::io::commit::{self, MANIFEST, Stage, share, write_whole};
use crate::report::export::{self, EXPORTERS, Exporter};
use crate::report::{Decision, Entry, Manifest, OutputFile, RENDERERS, Report};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// An OUT while it is changed.
pub(super) struct Amended {
    stage: Stage,
    /// OUT as it is.
    pub old: PathBuf,
    /// OUT as it will be.
    pub new: PathBuf,
    chain: Chain,
    pub manifest: Manifest,
    pub report: Report,
    /// Paths in OUT that are not carried over: written anew, or to be gone.
    changed: BTreeSet<String>,
}

impl Amended {
    /// Opens `out` to be changed.
    ///
    /// # Errors
    /// `Usage` where it holds no finished run with a report or a run is staged beside it; `Store` where its chain of entries
    /// is broken.
    pub fn open(out: &Path) -> Result<Self> {
        let stage = Stage::amend(out)?;
        let read = || {
            let (manifest, report) = sound(out)?;
            Ok((audit::sound(out)?, manifest, report))
        };
        match read() {
            Ok((chain, manifest, report)) => {
                let new = stage.out();
                Ok(Self { stage, old: out.to_owned(), new, chain, manifest, report, changed: BTreeSet::new() })
            }
            Err(error) => {
                // Why it failed is what there is to tell.
                let _ = stage.discard();
                Err(error)
            }
        }
    }

    /// For what is needed on the way.
    pub fn work(&self) -> PathBuf {
        self.stage.work()
    }

    /// Puts a page that was rendered in the place of the old one.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let target = self.new.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(Error::store(folder, "cannot create"))?;
        }
        fs::write(&target, bytes).map_err(Error::store(&target, "cannot write"))?;
        self.written(path)
    }

    /// Takes a file out.
    pub fn gone(&mut self, path: &str) {
        self.changed.insert(path.to_owned());
        self.manifest.outputs.retain(|o| o.path != path);
    }

    /// Leaves a file out that stays in the manifest.
    pub fn left_out(&mut self, path: String) {
        self.changed.insert(path);
    }

    /// Lists a side file that lies in the stage already.
    pub fn written(&mut self, path: &str) -> Result<()> {
        let target = self.new.join(path);
        let (bytes, sha256) = hash_file(&target).map_err(Error::store(&target, "cannot read"))?;
        self.replaced(OutputFile { path: path.to_owned(), bytes, sha256, ..OutputFile::default() });
        Ok(())
    }

    /// Lists a file that was written anew.
    pub fn replaced(&mut self, file: OutputFile) {
        self.changed.insert(file.path.clone());
        match self.manifest.outputs.iter_mut().find(|o| o.path == file.path) {
            Some(listed) => *listed = file,
            None => self.manifest.outputs.push(file),
        }
    }

    /// Renders report, pages and the exports that are there anew.
    pub fn render(&mut self) -> Result<()> {
        for renderer in RENDERERS {
            let page = renderer.render(&self.report)?;
            self.write(renderer.file_name(), page.as_bytes())?;
        }
        let is_there = |e: &&&'static dyn Exporter| {
            let path = format!("{}/{}", export::FOLDER, e.file_name());
            self.manifest.outputs.iter().any(|o| o.path == path)
        };
        let exporters: Vec<_> = EXPORTERS.iter().filter(is_there).copied().collect();
        for (path, text) in export::files(&exporters, &self.report, &self.manifest, &self.old)? {
            self.write(&path, text.as_bytes())?;
        }
        Ok(())
    }

    /// Shows what was changed as OUT, with the decision recorded.
    pub fn commit(mut self, decision: Decision, rows_sha256: Option<String>) -> Result<Report> {
        match self.complete(decision, rows_sha256).and_then(|()| self.stage.commit()) {
            Ok(()) => Ok(self.report),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn complete(&mut self, decision: Decision, rows_sha256: Option<String>) -> Result<()> {
        let folders = self.carry_over()?;
        let entry = Entry { decision, ledger: self.report.rows, rows_sha256, ..Entry::default() };
        audit::append(&self.chain, &self.new, entry, &mut self.manifest)?;
        write_whole(&self.new.join(MANIFEST), self.manifest.render()?.as_bytes())?;
        self.modes(&folders)
    }

    /// Leaves OUT as it is.
    pub fn discard(self) -> Result<()> {
        self.stage.discard()
    }

    /// Leaves OUT as it is, for this reason.
    pub fn failed(self, why: Error) -> Error {
        // That the stage stays, too, matters less.
        let _ = self.discard();
        why
    }

    /// Gives what was written anew the modes of what it replaces, and folders theirs, last: in one that is read-only nothing can
    /// be written.
    fn modes(&self, folders: &[(PathBuf, PathBuf)]) -> Result<()> {
        let own = [MANIFEST, Entry::FILE_NAME].map(str::to_owned);
        let files = self.changed.iter().chain(&own).map(|name| (self.old.join(name), self.new.join(name)));
        for (from, to) in files.chain(folders.iter().cloned()).filter(|(from, to)| from.exists() && to.exists()) {
            let mode = fs::metadata(&from).map_err(Error::store(&from, "cannot read"))?.permissions();
            fs::set_permissions(&to, mode).map_err(Error::store(to, "cannot write"))?;
        }
        Ok(())
    }

    /// Shares every file that stays, whoever put it there. Gives the folders there are, each with the one it becomes.
    fn carry_over(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let own = [MANIFEST, Entry::FILE_NAME];
        let mut folders = Vec::new();
        for entry in walkdir::WalkDir::new(&self.old).sort_by_file_name() {
            let entry = entry.map_err(|e| Error::store(&self.old, "cannot walk")(e.into()))?;
            let relative = entry.path().strip_prefix(&self.old).unwrap_or(entry.path());
            let target = self.new.join(relative);
            let name: Vec<_> = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
            let name = name.join("/");
            let kind = entry.file_type();
            if kind.is_dir() || entry.depth() == 0 {
                folders.push((entry.path().to_owned(), target));
            } else if !kind.is_file() {
                return Err(Error::Usage(format!("{name} in {} is a link or the like; move it away", self.old.display())));
            } else if !self.changed.contains(&name) && !own.contains(&name.as_str()) {
                share(entry.path(), &target)?;
            }
        }
        // A folder that lost its last file is gone.
        folders.retain(|(_, to)| to.is_dir());
        Ok(folders)
    }
}

/// Manifest and report of an OUT that can be decided on.
///
/// # Errors
/// `Usage` where it holds restored values or another version wrote it; `Store` where the report is not the one of the manifest:
/// whatever is made of it would vouch for what somebody changed.
fn sound(out: &Path) -> Result<(Manifest, Report)> {
    let manifest = Manifest::read(&out.join(MANIFEST))?;
    if manifest.restored.is_some() {
        return Err(Error::Usage(format!("{} holds restored values; there is nothing to decide on", out.display())));
    }
    let name = "report.json";
    let unlisted = || unusable(out.join(name), "the manifest does not list it");
    let listed = manifest.outputs.iter().find(|o| o.path == name).ok_or_else(unlisted)?;
    let report = Report::read(&look(out, listed)?)?;
    Ok((manifest, report))
}

fn unusable(path: PathBuf, why: &str) -> Error {
    Error::store(path, "cannot be used")(std::io::Error::new(std::io::ErrorKind::InvalidData, why))
}

/// A file of the manifest of `out`, its bytes looked at.
pub(super) fn look(out: &Path, listed: &OutputFile) -> Result<PathBuf> {
    let path = out.join(&listed.path);
    let hashed = hash_file(&path).map_err(Error::store(&path, "cannot read"))?;
    if hashed == (listed.bytes, listed.sha256.clone()) {
        Ok(path)
    } else {
        Err(unusable(path, "its bytes are not those of the manifest"))
    }
}

/// Renders the pages of a finished OUT again from `report.json`. Where that gives other bytes than the run listed, which it
/// does when another version laid them out, the change is recorded; a page that was lost or changed is put back.
///
/// # Errors
/// `Usage` where there is no finished run, `Store` where the system fails or the chain of entries is broken.
pub fn render_again(out: &Path, exports: &[&'static dyn Exporter]) -> Result<()> {
    commit::finished(out)?;
    let (manifest, report) = sound(out)?;
    audit::sound(out)?;
    let rendered: Vec<(String, String)> = if exports.is_empty() {
        let pages = RENDERERS.iter().filter(|r| r.file_name() != "report.json");
        pages.map(|r| Ok((r.file_name().to_owned(), r.render(&report)?))).collect::<Result<_>>()?
    } else {
        export::files(exports, &report, &manifest, out)?
    };
    let is_listed = |(path, text): &(String, String)| {
        let listed = manifest.outputs.iter().find(|o| o.path == *path);
        listed.is_some_and(|o| o.sha256 == audit::sha256(text.as_bytes()))
    };
    if rendered.iter().all(is_listed) {
        // Somebody may have lost it; nothing is staged for that.
        return rendered.iter().try_for_each(|(path, text)| {
            let path = out.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(Error::store(folder, "cannot create"))?;
            }
            let same = fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes());
            if same { Ok(()) } else { write_whole(&path, text.as_bytes()) }
        });
    }
    let mut amended = Amended::open(out)?;
    for (path, text) in &rendered {
        if let Err(error) = amended.write(path, text.as_bytes()) {
            return Err(amended.failed(error));
        }
    }
    let decision = Decision {
        time: super::account::now(),
        by: audit::PROGRAM.to_owned(),
        action: crate::report::Action::Report,
        ..Decision::default()
    };
    amended.commit(decision, None).map(drop)
}
