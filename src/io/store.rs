//! Where inputs come from: files, folders, globs and standard input, as one sorted list.

use crate::error::{Error, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Where it lies.
    pub place: Location,
    /// Its path below `clean/`, with `/` between its parts. For a file named in the call the file's name. Always UTF-8, so
    /// that reports and the manifest can name every file: a byte that is none is written as `\xFF`.
    pub relative: PathBuf,
    /// Size in bytes when it was listed; 0 for standard input.
    pub bytes: u64,
    /// Last change, nanoseconds since 1970; 0 for standard input.
    pub modified_ns: i128,
    /// Set where a folder or a glob holds it but it is not read: `_*`, `.*`, checksums, README*, untaint.toml, links to
    /// folders, pipes and devices.
    pub ignored: Option<&'static str>,
}

/// Where an input lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file on a local file system.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The relative path as text, `/` between its parts.
    #[must_use]
    pub fn name(&self) -> String {
        let parts: Vec<_> = self.relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }

    /// The local path, if it has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Location::File(path) => Some(path),
            Location::Stdin => None,
        }
    }

    /// Whether the file is no longer the one that was listed: gone, of another size or with another time of change.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.path().is_some_and(|path| {
            std::fs::metadata(path).map_or(true, |meta| meta.len() != self.bytes || modified_ns(&meta) != self.modified_ns)
        })
    }

    /// Opens a local input for reading.
    ///
    /// # Errors
    /// What the system says; standard input is not opened here.
    pub fn open(&self) -> std::io::Result<File> {
        match &self.place {
            Location::File(path) => File::open(path),
            Location::Stdin => Err(std::io::Error::other("standard input is not a file")),
        }
    }
}

/// Which files of a folder are wanted.
#[derive(Debug, Default)]
pub struct Choice {
    /// Only these, where there are any; matched against the relative path.
    pub include: Vec<String>,
    /// Not these.
    pub exclude: Vec<String>,
    /// The format of standard input: names it `stdin.<format>`.
    pub stdin_format: Option<String>,
}

/// Lists `arguments` (files, folders, globs, `-`).
///
/// # Errors
/// `Usage` for a missing input, one that is no regular file, a glob without a match, two inputs with one relative path, a bad pattern.
pub fn list(arguments: &[String], choice: &Choice) -> Result<Vec<Input>> {
    let include = globs(&choice.include)?;
    let exclude = globs(&choice.exclude)?;
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument == "-" {
            let format = choice
                .stdin_format
                .as_deref()
                .ok_or_else(|| Error::Usage("standard input needs --format csv, tsv, jsonl, json or parquet".into()))?;
            inputs.push(Input {
                place: Location::Stdin,
                relative: PathBuf::from(format!("stdin.{format}")),
                bytes: 0,
                modified_ns: 0,
                ignored: None,
            });
            continue;
        }
        let path = Path::new(argument);
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk(path, include.as_ref(), exclude.as_ref(), &mut inputs)?,
            Ok(meta) => inputs.push(named(path, &meta)?),
            Err(_) if argument.contains(['*', '?', '[', '{']) => matching(argument, &mut inputs)?,
            Err(e) => return Err(Error::Usage(format!("cannot read the input {}: {e}", path.display()))),
        }
    }
    keep_names_apart(&inputs)?;
    Ok(inputs)
}

/// Refuses two inputs that would be one file below `clean/`, or of which one would be a folder where the other is a file.
/// What is ignored is never written: that every folder has its `_SUCCESS` is no harm.
fn keep_names_apart(inputs: &[Input]) -> Result<()> {
    let mut seen: BTreeMap<&Path, &Input> = BTreeMap::new();
    let refused = |what: &str, one: &Input, other: &Input| {
        let (one, other) = (shown(one), shown(other));
        Err(Error::Usage(format!("two inputs {what}: {one} and {other}; give them in separate runs or as one folder")))
    };
    for input in inputs.iter().filter(|i| i.ignored.is_none()) {
        if let Some(other) = seen.insert(&input.relative, input) {
            return refused(&format!("have the relative path {}", input.name()), other, input);
        }
    }
    for input in seen.values() {
        let mut folders = input.relative.ancestors().skip(1);
        if let Some(other) = folders.find_map(|folder| seen.get(folder)) {
            return refused(&format!("need {} as a file and as a folder", other.name()), other, input);
        }
    }
    Ok(())
}

fn shown(input: &Input) -> String {
    input.path().map_or_else(|| "-".to_owned(), |p| p.display().to_string())
}

fn globs(patterns: &[String]) -> Result<Option<GlobSet>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let wrong = |e: globset::Error| Error::Usage(format!("bad pattern: {e}"));
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(wrong)?);
    }
    set.build().map(Some).map_err(wrong)
}

/// An input that the call names. A pipe or a device gives its bytes once, but a file is opened more than once.
fn named(path: &Path, meta: &Metadata) -> Result<Input> {
    if !meta.is_file() {
        let shown = path.display();
        return Err(Error::Usage(format!(
            "{shown} is no regular file; name it as - with --format, and redirect it to standard input"
        )));
    }
    let name = path.file_name().ok_or_else(|| Error::Usage(format!("{} is no file", path.display())))?;
    Ok(input(path, Path::new(name), meta, None))
}

fn input(path: &Path, relative: &Path, meta: &Metadata, ignored: Option<&'static str>) -> Input {
    let relative = relative.components().map(|part| utf8(part.as_os_str().as_encoded_bytes())).collect();
    Input { place: Location::File(path.to_owned()), relative, bytes: meta.len(), modified_ns: modified_ns(meta), ignored }
}

/// A name as text, a byte that is no UTF-8 as `\xFF`.
fn utf8(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

fn modified_ns(meta: &Metadata) -> i128 {
    let modified = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    modified.map_or(0, |d| d.as_nanos() as i128)
}

/// Files below a folder, sorted by the bytes of their paths.
fn walk(folder: &Path, include: Option<&GlobSet>, exclude: Option<&GlobSet>, inputs: &mut Vec<Input>) -> Result<()> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).follow_links(false) {
        let entry = entry.map_err(|e| Error::Usage(format!("cannot walk {}: {e}", folder.display())))?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path();
        let relative = path.strip_prefix(folder).unwrap_or(path);
        // A link to a file is read as the file; one to a folder could lead anywhere, in circles too.
        let Ok(meta) = std::fs::metadata(path) else {
            if let Ok(meta) = std::fs::symlink_metadata(path) {
                found.push(input(path, relative, &meta, Some("dangling link")));
            }
            continue;
        };
        let ignored = no_file(&meta).or_else(|| passed_over(relative)).or_else(|| unwanted(relative, include, exclude));
        found.push(input(path, relative, &meta, ignored));
    }
    found.sort_by(|a, b| a.relative.as_os_str().as_encoded_bytes().cmp(b.relative.as_os_str().as_encoded_bytes()));
    inputs.append(&mut found);
    Ok(())
}

/// Why what a path leads to cannot be read as a file.
fn no_file(meta: &Metadata) -> Option<&'static str> {
    if meta.is_dir() { Some("link to a folder") } else { (!meta.is_file()).then_some("not a regular file") }
}

fn unwanted(relative: &Path, include: Option<&GlobSet>, exclude: Option<&GlobSet>) -> Option<&'static str> {
    if include.is_some_and(|set| !set.is_match(relative)) {
        return Some("not included");
    }
    exclude.is_some_and(|set| set.is_match(relative)).then_some("excluded")
}

/// Why a file of a walked folder is not data.
fn passed_over(relative: &Path) -> Option<&'static str> {
    for part in relative.components() {
        if let Component::Normal(name) = part
            && matches!(name.as_encoded_bytes().first(), Some(b'_' | b'.'))
        {
            return Some("hidden by its name");
        }
    }
    let name = relative.file_name()?.to_string_lossy().to_ascii_lowercase();
    let extension = relative.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.starts_with("readme") {
        Some("readme")
    } else if name == "untaint.toml" {
        Some("policy in an input")
    } else if matches!(extension.as_str(), "md5" | "sha1" | "sha256" | "sha512" | "crc") || name.ends_with("sums") {
        Some("checksums")
    } else {
        None
    }
}

/// Files that a glob names, sorted; their relative paths are their names.
fn matching(pattern: &str, inputs: &mut Vec<Input>) -> Result<()> {
    let wrong = |e: globset::Error| Error::Usage(format!("bad pattern {pattern}: {e}"));
    let matcher = globset::GlobBuilder::new(pattern).literal_separator(true).build().map_err(wrong)?.compile_matcher();
    // Walking starts at the last folder that the pattern spells out.
    let fixed: PathBuf =
        Path::new(pattern).components().take_while(|c| !c.as_os_str().to_string_lossy().contains(['*', '?', '[', '{'])).collect();
    let root = if fixed.as_os_str().is_empty() { Path::new(".") } else { fixed.as_path() };
    // Without `**` a pattern reaches as deep as it has parts, and no deeper does the walk look.
    let parts = Path::new(pattern).components().count() - fixed.components().count();
    let depth = if pattern.contains("**") { usize::MAX } else { parts };
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in walkdir::WalkDir::new(root).max_depth(depth) {
        let entry = entry.map_err(|e| Error::Usage(format!("cannot walk {} for {pattern}: {e}", root.display())))?;
        let path = entry.path();
        let wanted = matcher.is_match(path.strip_prefix("./").unwrap_or(path)) || matcher.is_match(path);
        if wanted && !entry.file_type().is_dir() {
            found.push(entry.into_path());
        }
    }
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    if found.is_empty() {
        return Err(Error::Usage(format!("no file matches {pattern}")));
    }
    for path in found {
        let meta =
            std::fs::metadata(&path).map_err(|e| Error::Usage(format!("cannot read the input {}: {e}", path.display())))?;
        inputs.push(match no_file(&meta) {
            None => named(&path, &meta)?,
            why => input(&path, Path::new(path.file_name().unwrap_or_default()), &meta, why),
        });
    }
    Ok(())
}

/// Refuses an OUT inside an input folder and an input inside OUT.
///
/// # Errors
/// `Usage` that names both.
pub fn keep_apart(arguments: &[String], inputs: &[Input], out: &Path) -> Result<()> {
    let out = resolved(out);
    let folders = arguments.iter().map(Path::new).filter(|p| p.is_dir());
    for folder in folders {
        let folder = resolved(folder);
        if out.starts_with(&folder) {
            return Err(Error::Usage(format!("OUT {} lies inside the input {}", out.display(), folder.display())));
        }
    }
    // A finished run's clean/ may be cleaned again, but never into the run it belongs to.
    for path in inputs.iter().filter_map(Input::path).map(resolved) {
        if path.starts_with(&out) {
            return Err(Error::Usage(format!("the input {} lies inside OUT {}", path.display(), out.display())));
        }
    }
    Ok(())
}

/// The path with links resolved as far as it exists.
pub fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    let mut known = absolute.as_path();
    loop {
        if let Ok(real) = known.canonicalize() {
            return rest.iter().rev().fold(real, |p: PathBuf, part| p.join(part));
        }
        match (known.parent(), known.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name.to_owned());
                known = parent;
            }
            _ => return absolute,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[Input]) -> Vec<(String, bool)> {
        inputs.iter().map(|i| (i.name(), i.ignored.is_some())).collect()
    }

    #[test]
    fn a_folder_is_walked_in_order_of_path_bytes_and_says_what_it_passes_over() {
        let d = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a/z.jsonl", "a.csv", "_done", ".hid", "README.md", "untaint.toml", "x.sha256", "B.csv"] {
            let path = d.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let got = names(&list(&[d.path().display().to_string()], &Choice::default()).unwrap());
        let want = [
            (".hid", true),
            ("B.csv", false),
            ("README.md", true),
            ("_done", true),
            ("a.csv", false),
            ("a/z.jsonl", false),
            ("b.csv", false),
            ("untaint.toml", true),
            ("x.sha256", true),
        ];
        assert_eq!(got, want.map(|(n, i)| (n.to_owned(), i)));
    }

    #[test]
    fn what_is_ignored_may_have_a_namesake() {
        let d = tempfile::tempdir().unwrap();
        for name in ["one/_SUCCESS", "one/1.csv", "two/_SUCCESS", "two/2.csv", "three/1.csv/x.csv"] {
            let path = d.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let p = |n: &str| d.path().join(n).display().to_string();
        assert_eq!(list(&[p("one"), p("two")], &Choice::default()).unwrap().len(), 4);
        let both = list(&[p("one"), p("three")], &Choice::default()).unwrap_err().to_string();
        assert!(both.contains("1.csv as a file and as a folder"), "{both}");
    }

    #[cfg(unix)]
    #[test]
    fn what_gives_its_bytes_once_is_no_input_file() {
        let d = tempfile::tempdir().unwrap();
        std::fs::write(d.path().join("a.csv"), "x").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(d.path().join("s.csv")).unwrap();
        let p = |n: &str| d.path().join(n).display().to_string();
        for argument in [p("s.csv"), "/dev/null".to_owned()] {
            let message = list(std::slice::from_ref(&argument), &Choice::default()).unwrap_err().to_string();
            assert!(message.contains(&argument) && message.contains("standard input"), "{message}");
        }
        let got = names(&list(&[p("*.csv")], &Choice::default()).unwrap());
        assert_eq!(got, [("a.csv".to_owned(), false), ("s.csv".to_owned(), true)]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_text_stay_apart() {
        use std::os::unix::ffi::OsStrExt;
        let d = tempfile::tempdir().unwrap();
        for name in [&b"a\xFE.csv"[..], b"a\xFF.csv", "\u{E4}.csv".as_bytes()] {
            std::fs::write(d.path().join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
        }
        let inputs = list(&[d.path().display().to_string()], &Choice::default()).unwrap();
        let names: Vec<String> = inputs.iter().map(Input::name).collect();
        assert_eq!(names, ["a\\xFE.csv", "a\\xFF.csv", "\u{E4}.csv"]);
        assert!(inputs.iter().all(|i| i.open().is_ok()));
    }

    #[test]
    fn a_pattern_looks_no_deeper_than_it_has_parts() {
        let d = tempfile::tempdir().unwrap();
        for name in ["a.csv", "x/b.csv", "x/y/c.csv"] {
            let path = d.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        for (pattern, want) in [
            ("*.csv", &["a.csv"][..]),
            ("*/*.csv", &["b.csv"]),
            ("**/*.csv", &["a.csv", "b.csv", "c.csv"]),
            ("{x/y,z}/*.csv", &["c.csv"]),
        ] {
            let got = names(&list(&[d.path().join(pattern).display().to_string()], &Choice::default()).unwrap());
            assert_eq!(got.into_iter().map(|n| n.0).collect::<Vec<_>>(), want, "{pattern}");
        }
    }

    #[test]
    fn wrong_calls_name_what_is_wrong() {
        let d = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(d.path().join("one")).unwrap();
        std::fs::create_dir_all(d.path().join("two")).unwrap();
        for n in ["one/a.csv", "two/a.csv"] {
            std::fs::write(d.path().join(n), "x").unwrap();
        }
        let p = |n: &str| d.path().join(n).display().to_string();
        let missing = list(&[p("none.csv")], &Choice::default()).unwrap_err().to_string();
        assert!(missing.contains("none.csv"), "{missing}");
        let twice = list(&[p("one/a.csv"), p("two/a.csv")], &Choice::default()).unwrap_err().to_string();
        assert!(twice.contains("a.csv") && twice.contains("two inputs"), "{twice}");
        let no_match = list(&[p("*.parquet")], &Choice::default()).unwrap_err().to_string();
        assert!(no_match.contains("*.parquet"), "{no_match}");
        assert_eq!(list(&[p("o*/a.csv")], &Choice::default()).unwrap().len(), 1, "a glob");
        let inputs = list(&[p("one")], &Choice::default()).unwrap();
        assert!(keep_apart(&[p("one")], &inputs, &d.path().join("one/out")).is_err(), "OUT in an input");
        assert!(keep_apart(&[p("one/a.csv")], &inputs, &d.path().join("one")).is_err(), "an input in OUT");
        assert!(keep_apart(&[p("one")], &inputs, &d.path().join("out")).is_ok());
    }
}
