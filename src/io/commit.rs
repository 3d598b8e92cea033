//! A run is visible whole or not at all: everything is staged beside OUT and appears by one rename.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

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

/// Whether OUT holds a finished run.
#[must_use]
pub fn is_finished(out: &Path) -> bool {
    out.join(MANIFEST).is_file()
}

impl Stage {
    /// Opens the stage of `out`. `identity` says what the run is made from (inputs, policy, packs, key id, version).
    /// Nothing is opened (and `None` given) where OUT is finished and `existing` is `Resume`.
    ///
    /// # Errors
    /// `Usage` where OUT may not be written or another run stages it; `Store` where the system fails.
    pub fn open(out: &Path, identity: &str, existing: Existing) -> Result<Option<Self>> {
        let folder = stage_folder(out)?;
        if is_finished(out) && existing == Existing::Resume {
            remove(&folder)?;
            return Ok(None);
        }
        if is_finished(out) && existing == Existing::Refuse {
            let shown = out.display();
            return Err(Error::Usage(format!("{shown} holds a finished run; use --overwrite to replace it or another --out")));
        }
        if !is_finished(out) && holds_something(out)? {
            return Err(Error::Usage(format!("{} exists and is no finished run; use another --out or empty it", out.display())));
        }
        if let Some(parent) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
        }
        let (mut resumed, mut discarded) = (false, false);
        let identity_file = folder.join("identity");
        let lock;
        if folder.exists() {
            lock = locked(&folder)?;
            resumed = existing == Existing::Resume && fs::read_to_string(&identity_file).is_ok_and(|found| found == identity);
            if !resumed {
                discarded = existing == Existing::Resume;
                for part in ["identity", "out", "work"] {
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
    /// `Store`; OUT is then as it was.
    pub fn commit(self) -> Result<()> {
        let staged = self.out();
        sync_tree(&staged)?;
        let parent = self.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let replaced = self.folder.join("replaced");
        if is_finished(&self.out) {
            fs::rename(&self.out, &replaced).map_err(Error::store(&self.out, "cannot move aside"))?;
        }
        match fs::rename(&staged, &self.out) {
            Ok(()) => {}
            // A mount point cannot be renamed over: its files move in one by one, the manifest last.
            Err(_) if self.out.is_dir() => move_into(&staged, &self.out)?,
            Err(e) => {
                if replaced.exists() {
                    fs::rename(&replaced, &self.out).map_err(Error::store(&self.out, "cannot move back"))?;
                }
                return Err(Error::store(&self.out, "cannot rename the stage to")(e));
            }
        }
        sync_folder(parent)?;
        remove(&self.folder)
    }

    /// Removes the stage without a trace.
    ///
    /// # Errors
    /// `Store`.
    pub fn discard(self) -> Result<()> {
        remove(&self.folder)
    }
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
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Err(Error::Usage(format!("{} is a file", out.display()))),
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
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(Error::Usage(format!("another run is staging {}", folder.display()))),
        // Some network file systems have no locks; two runs there are the caller's to keep apart.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
    }
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

/// Removes a file or a folder with all in it; nothing there is fine.
///
/// # Errors
/// `Store`.
pub fn remove(path: &Path) -> Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::store(path, "cannot remove")(e)),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|f| f.sync_all()).map_err(Error::store(path, "cannot sync"))
}

/// Syncs every file and folder below `root`, folders after what they hold.
fn sync_tree(root: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(root).contents_first(true) {
        let entry = entry.map_err(|e| Error::store(root, "cannot walk")(e.into()))?;
        File::open(entry.path()).and_then(|f| f.sync_all()).map_err(Error::store(entry.path(), "cannot sync"))?;
    }
    Ok(())
}

/// Moves a finished tree into a folder that cannot be replaced; the manifest goes last.
fn move_into(from: &Path, to: &Path) -> Result<()> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = entry.map_err(|e| Error::store(from, "cannot walk")(e.into()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    files.sort_by_key(|p| p.file_name().is_some_and(|n| n == MANIFEST));
    for path in files {
        let target = to.join(path.strip_prefix(from).unwrap_or(&path));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
        }
        if fs::rename(&path, &target).is_err() {
            let hidden = hidden_beside(&target);
            fs::copy(&path, &hidden).map_err(Error::store(&hidden, "cannot write"))?;
            File::open(&hidden).and_then(|f| f.sync_all()).map_err(Error::store(&hidden, "cannot sync"))?;
            fs::rename(&hidden, &target).map_err(Error::store(&target, "cannot rename to"))?;
        }
    }
    sync_folder(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_appears_whole_and_its_stage_is_gone() {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        let stage = Stage::open(&out, "one", Existing::Refuse).unwrap().unwrap();
        fs::write(stage.out().join(MANIFEST), "{}").unwrap();
        assert!(!out.exists(), "nothing is visible before the commit");
        stage.commit().unwrap();
        assert!(is_finished(&out));
        assert_eq!(fs::read_dir(d.path()).unwrap().count(), 1, "no stage is left");
        assert!(matches!(Stage::open(&out, "one", Existing::Refuse), Err(Error::Usage(_))), "a finished OUT is refused");
        assert!(Stage::open(&out, "one", Existing::Resume).unwrap().is_none(), "nothing left to do");
    }

    #[test]
    fn a_stage_is_gone_on_with_only_when_it_is_of_the_same_run() {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        let stage = Stage::open(&out, "one", Existing::Refuse).unwrap().unwrap();
        fs::write(stage.work().join("kept"), "x").unwrap();
        assert!(matches!(Stage::open(&out, "one", Existing::Resume), Err(Error::Usage(_))), "it is locked while it lives");
        drop(stage);
        let again = Stage::open(&out, "one", Existing::Resume).unwrap().unwrap();
        assert!(again.resumed && again.work().join("kept").exists());
        drop(again);
        let other = Stage::open(&out, "two", Existing::Resume).unwrap().unwrap();
        assert!(!other.resumed && other.discarded && !other.work().join("kept").exists());
    }

    #[test]
    fn a_file_written_whole_touches_no_other_and_leaves_none_behind() {
        let d = tempfile::tempdir().unwrap();
        fs::write(d.path().join(".profile"), "of a shell").unwrap();
        write_whole(&d.path().join("profile"), b"ours").unwrap();
        assert_eq!(fs::read(d.path().join(".profile")).unwrap(), b"of a shell");
        fs::create_dir_all(d.path().join("taken/by a folder")).unwrap();
        assert!(write_whole(&d.path().join("taken"), b"ours").is_err());
        assert_eq!(fs::read_dir(d.path()).unwrap().count(), 3, "no hidden file is left");
    }

    #[test]
    fn an_overwritten_out_is_replaced_whole() {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        for name in ["first", "second"] {
            let stage = Stage::open(&out, name, Existing::Overwrite).unwrap().unwrap();
            fs::write(stage.out().join(MANIFEST), name).unwrap();
            fs::write(stage.out().join(name), name).unwrap();
            stage.commit().unwrap();
        }
        assert!(out.join("second").exists() && !out.join("first").exists());
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let d = tempfile::tempdir().unwrap();
        let out = d.path().join("o");
        fs::create_dir(&out).unwrap();
        assert!(Stage::open(&out, "one", Existing::Refuse).unwrap().is_some(), "an empty one is taken");
        fs::write(out.join("thesis.txt"), "x").unwrap();
        assert!(matches!(Stage::open(&out, "one", Existing::Overwrite), Err(Error::Usage(_))));
    }
}
