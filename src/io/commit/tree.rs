//! Folders with all that they hold: removed, made durable, moved into one that cannot be replaced.

use super::{MANIFEST, hidden_beside};
use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Removes a file or a folder with all in it; nothing there is fine.
///
/// # Errors
/// `Store`.
pub fn remove(path: &Path) -> Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path).or_else(|e| match e.kind() {
            ErrorKind::PermissionDenied => writable(path).and_then(|()| fs::remove_dir_all(path)),
            _ => Err(e),
        }),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::store(path, "cannot remove")(e)),
        _ => Ok(()),
    }
}

/// Makes the folders of a tree writable for their owner, so that they can be removed.
fn writable(root: &Path) -> std::io::Result<()> {
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            let mut mode = entry.metadata()?.permissions();
            #[cfg(unix)]
            std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o700);
            #[cfg(not(unix))]
            mode.set_readonly(false);
            fs::set_permissions(entry.path(), mode)?;
        }
    }
    Ok(())
}

pub(super) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|f| f.sync_all()).map_err(Error::store(path, "cannot sync"))
}

/// Syncs every file and folder below `root`, folders after what they hold.
pub(super) fn sync_tree(root: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(root).contents_first(true) {
        let entry = entry.map_err(|e| Error::store(root, "cannot walk")(e.into()))?;
        File::open(entry.path()).and_then(|f| f.sync_all()).map_err(Error::store(entry.path(), "cannot sync"))?;
    }
    Ok(())
}

/// Removes the run in a folder that cannot be moved aside, its manifest first: what is left of it counts as no run.
pub(super) fn empty(out: &Path) -> Result<()> {
    remove(&out.join(MANIFEST))?;
    for entry in fs::read_dir(out).map_err(Error::store(out, "cannot read"))? {
        remove(&entry.map_err(Error::store(out, "cannot read"))?.path())?;
    }
    Ok(())
}

/// The files of a finished tree, the run's own manifest last: a data file may have its name.
pub(super) fn files_of(from: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = entry.map_err(|e| Error::store(from, "cannot walk")(e.into()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    files.sort_by_key(|p| *p == from.join(MANIFEST));
    Ok(files)
}

/// Copies a finished tree into a folder that cannot be replaced; the manifest goes last. What is copied stays where it was, so
/// that this can be begun anew.
pub(super) fn move_into(from: &Path, to: &Path) -> Result<()> {
    for path in files_of(from)? {
        let target = to.join(path.strip_prefix(from).unwrap_or(&path));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::store(parent, "cannot create"))?;
        }
        let hidden = hidden_beside(&target);
        fs::copy(&path, &hidden).map_err(Error::store(&hidden, "cannot write"))?;
        File::open(&hidden).and_then(|f| f.sync_all()).map_err(Error::store(&hidden, "cannot sync"))?;
        fs::rename(&hidden, &target).map_err(Error::store(&target, "cannot rename to"))?;
    }
    sync_folder(to)
}
