//! A finished OUT that a decision changes: staged beside it, with everything shared that stays, and put in its place whole.

use super::account::hash_file;
use super::audit::{self, Chain};
use crate::error::{Error, Result};
use crate::io::commit::{MANIFEST, Stage, share, write_whole};
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
        let read = || -> Result<(Chain, Manifest, Report)> {
            let manifest = Manifest::read(&out.join(MANIFEST))?;
            if manifest.restored.is_some() {
                return Err(Error::Usage(format!("{} holds restored values; there is nothing to decide on", out.display())));
            }
            Ok((audit::sound(out)?, manifest, Report::read(&out.join("report.json"))?))
        };
        match read() {
            Ok((chain, manifest, report)) => {
                let new = stage.out();
                Ok(Self { stage, old: out.to_owned(), new, chain, manifest, report, changed: BTreeSet::new() })
            }
            Err(error) => {
                stage.discard()?;
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
        if let Err(error) = self.complete(decision, rows_sha256) {
            self.discard()?;
            return Err(error);
        }
        self.stage.commit()?;
        Ok(self.report)
    }

    fn complete(&mut self, decision: Decision, rows_sha256: Option<String>) -> Result<()> {
        self.carry_over()?;
        let entry = Entry { decision, ledger: self.report.rows, rows_sha256, ..Entry::default() };
        audit::append(&self.chain, &self.new, entry, &mut self.manifest)?;
        write_whole(&self.new.join(MANIFEST), self.manifest.render()?.as_bytes())
    }

    /// Leaves OUT as it is.
    pub fn discard(self) -> Result<()> {
        self.stage.discard()
    }

    /// Shares every file that stays, whoever put it there.
    fn carry_over(&self) -> Result<()> {
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
        for (from, to) in folders.iter().filter(|(_, to)| to.is_dir()) {
            let mode = fs::metadata(from).map_err(Error::store(from, "cannot read"))?.permissions();
            fs::set_permissions(to, mode).map_err(Error::store(to, "cannot write"))?;
        }
        Ok(())
    }
}

/// Renders the pages of a finished OUT again from `report.json`. Where that gives other bytes than the run listed, which it
/// does when another version laid them out, the change is recorded; a page that was lost or changed is put back.
///
/// # Errors
/// `Usage` where there is no finished run, `Store` where the system fails or the chain of entries is broken.
pub fn render_again(out: &Path, exports: &[&'static dyn Exporter]) -> Result<()> {
    let mut amended = Amended::open(out)?;
    let pages = RENDERERS.iter().filter(|r| r.file_name() != "report.json");
    let rendered: Result<Vec<(String, String)>> = if exports.is_empty() {
        pages.map(|r| Ok((r.file_name().to_owned(), r.render(&amended.report)?))).collect()
    } else {
        export::files(exports, &amended.report, &amended.manifest, out)
    };
    let is_listed = |(path, text): &(String, String)| {
        let listed = amended.manifest.outputs.iter().find(|o| o.path == *path);
        listed.is_some_and(|o| o.sha256 == audit::sha256(text.as_bytes()))
    };
    // What is as it was listed is written in its place: somebody may have lost it.
    let files = match rendered {
        Ok(files) if !files.iter().all(is_listed) => files,
        settled => {
            amended.discard()?;
            return settled?.iter().try_for_each(|(path, text)| write_whole(&out.join(path), text.as_bytes()));
        }
    };
    for (path, text) in &files {
        amended.write(path, text.as_bytes())?;
    }
    let decision = Decision {
        time: super::account::now(),
        by: audit::PROGRAM.to_owned(),
        action: crate::report::Action::Report,
        ..Decision::default()
    };
    amended.commit(decision, None).map(drop)
}
