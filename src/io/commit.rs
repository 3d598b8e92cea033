//! A run is visible whole or not at all: everything is staged beside OUT and appears by one rename.

#[path = "commit/tree.rs"]
mod tree;

pub use tree::remove;

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tree::{empty, move_into, sync_folder, sync_tree};

/// The file that makes a run count.
pub const MANIFEST: &str = "manifest.json";

/// A run that is being staged: `.NAME.untaint/` beside OUT, mode 0700. It holds `out/`, which becomes OUT, and `work/`,
/// which never does.
pub struct Stage {
    out: PathBuf,
    folder: PathBuf,
    _lock: File,
    /// The stage was found with the same identity and is gone on with.
    pub resumed: bool,
    /// A stage of another run was found and discarded.
    pub discarded: bool,
}

/// What an OUT that is there already means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It is refused.
    #[default]
    Refuse,
    /// It is replaced at the commit.
    Overwrite,
    /// A finished run is left as it is; an unfinished stage is gone on with.
    Resume,
}

/// Whether OUT holds a finished run: a manifest that this program wrote. Many a project has a `manifest.json` of its own, and
/// what is taken for a run may be replaced.
#[must_use]
pub fn is_finished(out: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct Made {
        program: String,
    }
    let Ok(file) = File::open(out.join(MANIFEST)) else { return false };
    let made = serde_json::from_reader::<_, Made>(BufReader::new(file));
    made.is_ok_and(|made| made.program.starts_with("untaint "))
}

impl Stage {
    /// Opens the stage of `out`. `identity` says what the run is made from (inputs, policy, packs, key id, version).
    /// Nothing is opened (and `None` given) where OUT is finished and `existing` is `Resume`.
    ///
    /// # Errors
    /// `Usage` where OUT may not be written or another run stages it; `Store` where the system fails.
    pub fn open(out: &Path, identity: &str, existing: Existing) -> Result<Option<Self>> {
        let named = &plain(out);
        recover(named)?;
        let out = &settled(named)?;
        let folder = stage_folder(out)?;
        let staged = fs::symlink_metadata(&folder).ok();
        if staged.as_ref().is_some_and(|meta| !meta.is_dir()) {
            return Err(Error::Usage(format!("{} is in the way of the stage; remove it", folder.display())));
        }
        if is_finished(out) && existing == Existing::Resume {
            // The stage of a run that still lives is not ours to remove.
            if staged.is_some()
                && let Ok(_lock) = locked(&folder)
            {
                remove_stage(&folder)?;
            }
            return Ok(None);
        }
        if is_finished(out) && existing == Existing::Refuse {
            let shown = named.display();
            return Err(Error::Usage(format!("{shown} holds a finished run; use --overwrite to replace it or another --out")));
        }
        if !is_finished(out) && holds_something(out)? {
            return Err(Error::Usage(format!(
                "{} exists and is no finished run; use another --out or empty it",
                named.display()
            )));
        }
        if let Some(parent) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
        }
        let (mut resumed, mut discarded) = (false, false);
        let identity_file = folder.join("identity");
        let lock;
        if staged.is_some() {
            lock = locked(&folder)?;
            resumed = existing == Existing::Resume && fs::read_to_string(&identity_file).is_ok_and(|found| found == identity);
            if !resumed {
                discarded = existing == Existing::Resume;
                for part in ["identity", "out", "work", REPLACED, MOVING] {
                    remove(&folder.join(part))?;
                }
            }
        } else {
            private_folder(&folder)?;
            lock = locked(&folder)?;
        }
        for part in ["out", "work"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(Error::store(path, "cannot create"))?;
        }
        fs::write(&identity_file, identity).map_err(Error::store(identity_file, "cannot write"))?;
        Ok(Some(Self { out: out.to_owned(), folder, _lock: lock, resumed, discarded }))
    }

    /// Opens the stage of a finished `out` that is to be changed; a run that is staged there is left alone.
    ///
    /// # Errors
    /// `Usage` where OUT is not finished or a run is staged; `Store` where the system fails.
    pub fn amend(out: &Path) -> Result<Self> {
        let out = &plain(out);
        finished(out)?;
        let real = settled(out)?;
        let folder = stage_folder(&real)?;
        if fs::read_to_string(folder.join("identity")).is_ok_and(|found| found != DECISION) {
            let folder = folder.display();
            return Err(Error::Usage(format!(
                "a run that would replace it is staged in {folder}; let it end, or remove that folder"
            )));
        }
        if fs::metadata(&real).is_ok_and(|meta| meta.permissions().readonly()) {
            return Err(Error::Usage(format!("{} is read-only; make it writable to decide on it", out.display())));
        }
        Self::open(out, DECISION, Existing::Overwrite)?.ok_or_else(|| Error::Bug("no stage was opened".into()))
    }

    /// The folder that becomes OUT.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// The folder for what the run remembers on the way.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// Makes everything durable, shows it as OUT by one rename, and removes the stage.
    ///
    /// # Errors
    /// `Store`; OUT is then as it was, and the stage is there.
    pub fn commit(&self) -> Result<()> {
        let staged = self.out();
        sync_tree(&staged)?;
        let parent = self.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let replaced = self.folder.join(REPLACED);
        if is_finished(&self.out) {
            if exchange(&staged, &self.out).is_ok() {
                sync_folder(parent)?;
                return remove_stage(&self.folder);
            }
            match fs::rename(&self.out, &replaced) {
                Err(e) if matches!(e.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
                    self.begin_moving()?;
                    empty(&self.out)?;
                }
                moved => moved.map_err(Error::store(&self.out, "cannot move aside"))?,
            }
        }
        match fs::rename(&staged, &self.out) {
            Ok(()) => {}
            // A mount point cannot be renamed over: its files move in one by one, the manifest last.
            Err(_) if self.out.is_dir() => {
                self.begin_moving()?;
                move_into(&staged, &self.out)?;
            }
            Err(e) => {
                if replaced.exists() {
                    fs::rename(&replaced, &self.out).map_err(Error::store(&self.out, "cannot move back"))?;
                }
                return Err(Error::store(&self.out, "cannot rename the stage to")(e));
            }
        }
        sync_folder(parent)?;
        remove_stage(&self.folder)
    }

    /// Marks that the stage is whole and its files go into OUT one by one: whoever comes after a fault ends that.
    fn begin_moving(&self) -> Result<()> {
        write_whole(&self.folder.join(MOVING), b"")
    }

    /// Removes the stage without a trace, but where it holds what OUT should.
    ///
    /// # Errors
    /// `Store`.
    pub fn discard(self) -> Result<()> {
        let holds_all = [MOVING, REPLACED].iter().any(|part| self.folder.join(part).exists());
        if holds_all { Ok(()) } else { remove_stage(&self.folder) }
    }
}

/// The mark of a whole stage whose files go into an OUT that cannot be replaced.
const MOVING: &str = "moving";

/// The stage's place for the run that is replaced, where two folders cannot be exchanged.
const REPLACED: &str = "replaced";

/// The identity of a stage in which a finished OUT is changed.
const DECISION: &str = "decision";

/// Refuses an OUT that holds no finished run, once a commit that was cut off is ended.
///
/// # Errors
/// `Usage`; `Store` where a folder cannot be moved.
pub fn finished(out: &Path) -> Result<()> {
    recover(out)?;
    if is_finished(out) { Ok(()) } else { Err(Error::Usage(format!("{} holds no finished run", out.display()))) }
}

/// Ends a commit that was cut off between taking the old OUT away and showing the new one: the new one is shown where it is
/// whole, else the old one comes back. What a decision left behind, committed or not, is removed: it may hold what was purged.
/// Nothing is done where somebody is at work.
///
/// # Errors
/// `Store` where a folder cannot be moved.
pub fn recover(out: &Path) -> Result<()> {
    let out = &plain(out);
    // A link that leads nowhere may be one to the folder that is away.
    let target = if out.is_symlink() {
        fs::read_link(out).map(|to| out.parent().unwrap_or(Path::new("")).join(to))
    } else {
        Ok(out.to_owned())
    };
    let Ok(target) = target else { return Ok(()) };
    let Ok(folder) = stage_folder(&target) else { return Ok(()) };
    let (staged, replaced) = (folder.join("out"), folder.join(REPLACED));
    // Nobody needs what was being removed; another may be at it.
    let _ = remove(&gone(&folder));
    let (moving, decided) =
        (folder.join(MOVING).exists(), || fs::read_to_string(folder.join("identity")).is_ok_and(|found| found == DECISION));
    let away = !target.exists() && replaced.is_dir();
    if !(away || moving || decided() && is_finished(&target)) {
        return Ok(());
    }
    let Ok(_lock) = locked(&folder) else { return Ok(()) };
    if away {
        let whole = if is_finished(&staged) { &staged } else { &replaced };
        fs::rename(whole, &target).map_err(Error::store(target, "cannot put back"))?;
    } else if moving && is_finished(&staged) && !is_finished(&target) {
        empty(&target)?;
        move_into(&staged, &target)?;
    } else if !is_finished(&target) {
        return Ok(());
    }
    remove_stage(&folder)
}

/// The path without a slash at its end, which would make of a link what it leads to.
fn plain(out: &Path) -> PathBuf {
    out.components().collect()
}

/// Where a stage goes to be removed.
fn gone(folder: &Path) -> PathBuf {
    let mut gone = folder.as_os_str().to_owned();
    gone.push(".gone");
    PathBuf::from(gone)
}

/// Removes a stage that this process has locked. It is moved away first: who comes meanwhile makes one of its own.
fn remove_stage(folder: &Path) -> Result<()> {
    let gone = gone(folder);
    remove(&gone)?;
    match fs::rename(folder, &gone) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        moved => moved.map_err(Error::store(folder, "cannot move away")).and_then(|()| remove(&gone)),
    }
}

/// Lets two folders change places in one step, where the system can.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Shares a file with another folder: a second name of the same bytes, or a copy where the file system has none.
///
/// # Errors
/// `Store`.
pub fn share(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
    }
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(drop).map_err(Error::store(to, "cannot write"))
}

/// OUT, or the folder that it is a link to: it is there that a run is replaced.
fn settled(out: &Path) -> Result<PathBuf> {
    if out.is_symlink() {
        let gone = |_| Error::Usage(format!("{} is a link that leads nowhere", out.display()));
        return out.canonicalize().map_err(gone);
    }
    Ok(out.to_owned())
}

/// `.NAME.untaint` beside OUT.
fn stage_folder(out: &Path) -> Result<PathBuf> {
    let out = std::path::absolute(out).map_err(Error::store(out, "cannot resolve"))?;
    if out.file_name().is_none() {
        return Err(Error::Usage(format!("{} cannot be an OUT", out.display())));
    }
    Ok(hidden_beside(&out))
}

fn holds_something(out: &Path) -> Result<bool> {
    match fs::read_dir(out) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) if e.kind() == ErrorKind::NotADirectory => Err(Error::Usage(format!("{} is a file", out.display()))),
        Err(e) => Err(Error::store(out, "cannot read")(e)),
    }
}

fn private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(Error::store(path, "cannot create"))
}

fn locked(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(Error::store(&path, "cannot create"))?;
    let staging = || Err(Error::Usage(format!("another run is staging {}", folder.display())));
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => staging(),
        // Between making the file and locking it the stage may have been taken away.
        Ok(()) if !is_there(&file, &path) => staging(),
        // Some network file systems have no locks; two runs there are the caller's to keep apart.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// Whether an open file is the one under a path.
#[cfg(unix)]
fn is_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |meta: fs::Metadata| (meta.dev(), meta.ino());
    file.metadata().map(id).ok().is_some_and(|open| fs::metadata(path).is_ok_and(|meta| id(meta) == open))
}

#[cfg(not(unix))]
fn is_there(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Creates a file below `root`, with its folders, readable by its owner alone where `private`.
///
/// # Errors
/// `Store`.
pub fn create(path: &Path, private: Access) -> Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).read(true).create(true).truncate(true);
    #[cfg(unix)]
    if private == Access::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options.open(path).map_err(Error::store(path, "cannot create"))
}

/// Who may read a file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// As the system's default has it.
    Default,
    /// Mode 0600.
    Owner,
}

/// `.NAME.untaint` beside a file or folder: where it is made before it is shown. Nobody else has a file of that name; a bare
/// `.NAME` could be somebody's `.profile`.
fn hidden_beside(path: &Path) -> PathBuf {
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(path.file_name().unwrap_or_default());
    hidden.push(".untaint");
    path.with_file_name(hidden)
}

/// Writes a small file whole: under a hidden name first, then by one rename. Nothing is left behind where that fails.
///
/// # Errors
/// `Store`.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let hidden = hidden_beside(path);
    let mut file = create(&hidden, Access::Default)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(Error::store(&hidden, "cannot write"))
        .and_then(|()| fs::rename(&hidden, path).map_err(Error::store(path, "cannot rename to")));
    if written.is_err() {
        let _ = fs::remove_file(&hidden);
    }
    written
}

#[cfg(test)]
#[path = "commit/tests.rs"]
mod tests;
