//! Runs over a folder of foreign files that `UNTAINT_PARQUET_CORPUS` names (`:` between folders), and leaves copies in
//! `UNTAINT_PARQUET_OUT` for other readers to compare. Without the variable there is nothing to do.

use super::*;
use crate::batch::{Form, Reason, Replacement};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Appends to every text; counts what it sees.
struct Append {
    by_entry: bool,
    every_row: bool,
    cells: u64,
    occurrences: u64,
}

impl Visitor for Append {
    fn wish(&self) -> Wish {
        Wish { by_entry: self.by_entry, every_row: self.every_row, ..Wish::default() }
    }

    fn values(&mut self, batch: &Batch<'_>) -> Answer {
        self.cells += batch.block.cells.len() as u64;
        let cells = batch.block.cells.iter().enumerate().filter(|(_, cell)| cell.form == Form::Bare);
        let changes = cells.map(|(i, cell)| Change {
            cell: i as u32,
            replacement: Replacement::Text(String::from_utf8_lossy(batch.block.text(batch.bytes, cell)).into_owned() + "x"),
        });
        let changes = changes.collect();
        if let Some(last) = batch.block.cells.len().checked_sub(1) {
            batch.name(last as u32);
        }
        Answer { changes, marked: Vec::new() }
    }

    fn occurrence(&mut self, _at: Occurrence<'_>) {
        self.occurrences += 1;
    }
}

fn spill() -> std::io::Result<File> {
    tempfile::tempfile()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Splice,
    Entries,
    Values,
    Half,
}

fn copy(input: &ParquetInput, way: Way, to: &Path) -> Result<(), Failure> {
    let plan = Arc::new(OutputPlan::new(input, &BTreeSet::new(), &mut |_, _| None)?);
    let mut out = ParquetOutput::new(input, &plan, File::create(to).unwrap())?;
    for group in 0..input.row_groups() {
        let mut chunks = Vec::new();
        for leaf in 0..input.leaves().len() {
            chunks.push(match way {
                Way::Splice => input.untouched(group, leaf)?,
                Way::Half => input.filter(group, leaf, &|row| row % 2 == 1, &spill)?,
                _ => {
                    let by_entry = way == Way::Entries;
                    let mut visitor = Append { by_entry, every_row: !by_entry, cells: 0, occurrences: 0 };
                    input.examine(group, leaf, &mut visitor, Mode::Rewrite, &spill)?
                }
            });
        }
        let rows = input.rows(group);
        out.row_group(group, if way == Way::Half { rows / 2 } else { rows }, chunks)?;
    }
    out.finish()?;
    Ok(())
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.is_file() {
        found.push(folder.to_owned());
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        walk(&entry.path(), found);
    }
}

#[test]
#[ignore = "needs a folder of foreign files"]
fn foreign_files_are_copied_or_refused_within_seconds() {
    let Some(folders) = std::env::var_os("UNTAINT_PARQUET_CORPUS") else { return };
    let out = std::env::var_os("UNTAINT_PARQUET_OUT").map(PathBuf::from);
    let kept = tempfile::tempdir().unwrap();
    let out = out.unwrap_or_else(|| kept.path().to_owned());
    let mut files = Vec::new();
    for folder in std::env::split_paths(&folders) {
        walk(&folder, &mut files);
    }
    files.retain(|f| {
        let name = f.to_string_lossy();
        name.contains("arquet") && !name.ends_with(".md") && !name.ends_with(".json")
    });
    files.sort();
    for (number, path) in files.iter().enumerate() {
        let file = File::open(path).unwrap();
        let len = file.metadata().unwrap().len();
        let start = Instant::now();
        let input = match ParquetInput::open(file, len, &Limits::default()) {
            Ok(input) => input,
            Err(reason) => {
                println!("{number}\t{}\t{reason}\t{:?}", path.display(), start.elapsed());
                continue;
            }
        };
        for (way, name) in [(Way::Splice, "splice"), (Way::Entries, "entries"), (Way::Values, "values"), (Way::Half, "half")] {
            let start = Instant::now();
            let to = out.join(format!("{number}.{name}.parquet"));
            let state = match copy(&input, way, &to) {
                Ok(()) => "ok".to_owned(),
                Err(failure) => {
                    let _ = std::fs::remove_file(&to);
                    assert!(matches!(failure, Failure::Data(_)), "{failure}");
                    format!("{failure}")
                }
            };
            let took = start.elapsed();
            println!("{number}\t{}\t{name}\t{state}\t{took:?}", path.display());
            assert!(state != Reason::Unreadable.name(), "a readable file");
        }
    }
}
