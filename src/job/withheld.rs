//! What is noted of rows that go to the quarantine, so that a steward's decision can put them back where they were.

use super::Run;
use super::spill::{Numbers, SpillReader, SpillWriter};
use crate::error::{Error, Result};
use crate::report::{WithheldRow, WithheldWriter};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The table's name in OUT.
pub(super) const WITHHELD: &str = "withheld.parquet";

/// `withheld.parquet` under way; made with the first row.
pub(super) struct Withheld {
    path: PathBuf,
    writer: Option<WithheldWriter<BufWriter<File>>>,
}

impl Withheld {
    pub fn new(out: &Path) -> Self {
        Self { path: out.join(WITHHELD), writer: None }
    }

    pub fn push(&mut self, row: &WithheldRow<'_>) -> Result<()> {
        if self.writer.is_none() {
            let file = File::create(&self.path).map_err(Error::store(&self.path, "cannot create"))?;
            self.writer = Some(WithheldWriter::new(BufWriter::new(file))?);
        }
        self.writer.as_mut().map_or(Ok(()), |writer| writer.push(row))
    }

    /// Closes the table; false where there is none.
    pub fn finish(self) -> Result<bool> {
        let Some(writer) = self.writer else { return Ok(false) };
        writer.finish()?.flush().map_err(Error::store(self.path, "cannot write"))?;
        Ok(true)
    }
}

/// Notes the labels of rows that leave, in order.
pub(super) struct LabelNotes(Option<SpillWriter>);

impl LabelNotes {
    /// Takes none.
    #[cfg(test)]
    pub fn none() -> Self {
        Self(None)
    }

    pub fn push(&mut self, row: u64, label: u64) -> Result<()> {
        self.0.as_mut().map_or(Ok(()), |spill| spill.push(&[row.to_le_bytes(), label.to_le_bytes()].concat()))
    }

    pub fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), SpillWriter::finish)
    }
}

/// The rows of one input on their way into the table, with their labels.
pub(super) struct Held<'a> {
    run: &'a Run<'a>,
    table: &'a mut Withheld,
    file: &'a str,
    labels: Option<SpillReader>,
    /// The next row that has a label, and its hash.
    next: Option<(u64, u64)>,
}

impl Held<'_> {
    /// Lists a row; they come in order.
    pub fn push(&mut self, row: u64, offset: u64, bytes: u64, gap: u64) -> Result<()> {
        while self.next.is_some_and(|(labelled, _)| labelled < row) {
            self.read()?;
        }
        let hash = self.next.filter(|(labelled, _)| *labelled == row).map(|(_, hash)| hash);
        let label = hash.and_then(|hash| self.run.profile.labels().name(hash)).unwrap_or_default();
        let (row, offset, bytes, gap) = (row as i64, offset as i64, bytes as i64, gap as i64);
        self.table.push(&WithheldRow { file: self.file, row, label, offset, bytes, gap })
    }

    fn read(&mut self) -> Result<()> {
        let mut chunk = Vec::new();
        let more = self.labels.as_mut().map_or(Ok(false), |labels| labels.next(&mut chunk))?;
        let mut numbers = Numbers(&chunk);
        self.next = numbers.u64().zip(numbers.u64()).filter(|_| more);
        Ok(())
    }
}

impl Run<'_> {
    /// Takes notes of labels for one input, where rows are moved.
    pub(super) fn label_notes(&self, number: usize) -> Result<LabelNotes> {
        let path = self.moves_rows().then(|| self.work_file(number, "labels"));
        path.map(|path| SpillWriter::create(&path)).transpose().map(LabelNotes)
    }

    /// Lists the rows of one input in the table.
    pub(super) fn held<'a>(&'a self, number: usize, file: &'a str, table: &'a mut Withheld) -> Result<Held<'a>> {
        let path = self.work_file(number, "labels");
        let labels = path.exists().then(|| SpillReader::open(&path)).transpose()?;
        let mut held = Held { run: self, table, file, labels, next: None };
        held.read()?;
        Ok(held)
    }
}
