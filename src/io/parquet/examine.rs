//! The work on one column chunk: which way it is read, and what comes of it.

use super::chunk::{Chunk, Spill};
use super::dictionary;
use super::failure::Failure;
use super::input::ParquetInput;
use super::values::{self, Seen, Work};
use super::visit::Visitor;
use parquet::basic::Type as Physical;
use parquet::data_type::{
    BoolType, ByteArrayType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Int96Type,
};

/// Whether edits are wanted in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look only: what the visitor wants to change is dropped.
    Scan,
    /// Write the chunk again where there is an edit.
    Rewrite,
}

/// Where a row of a chunk that is woven of two comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The next row of this file.
    Own,
    /// The next row of the other file.
    Other,
    /// None: the next row of the other file is passed over.
    Passed,
}

/// Calls a function of [`values`] for the library's type of a physical type.
macro_rules! typed {
    ($physical:expr, $function:ident, $($argument:expr),*) => {
        match $physical {
            Physical::BOOLEAN => values::$function::<BoolType>($($argument),*),
            Physical::INT32 => values::$function::<Int32Type>($($argument),*),
            Physical::INT64 => values::$function::<Int64Type>($($argument),*),
            Physical::INT96 => values::$function::<Int96Type>($($argument),*),
            Physical::FLOAT => values::$function::<FloatType>($($argument),*),
            Physical::DOUBLE => values::$function::<DoubleType>($($argument),*),
            Physical::BYTE_ARRAY => values::$function::<ByteArrayType>($($argument),*),
            Physical::FIXED_LEN_BYTE_ARRAY => values::$function::<FixedLenByteArrayType>($($argument),*),
        }
    };
}

impl ParquetInput {
    /// Shows the values of one column chunk to `visitor`, and gives the chunk as it is to be written.
    ///
    /// May be called from many threads at once. Memory stays within [`super::Limits::memory`] or so, whatever the chunk
    /// expands to; a rewritten chunk that grows goes to a file that `spill` gives.
    ///
    /// # Errors
    /// The chunk cannot be read (its row group must be rejected), or a temporary file failed.
    pub fn examine(
        &self,
        group: usize,
        leaf: usize,
        visitor: &mut dyn Visitor,
        mode: Mode,
        spill: Spill<'_>,
    ) -> Result<Chunk, Failure> {
        let wish = visitor.wish();
        let mut chunk = self.at_work(group, leaf, spill, |work| {
            if wish.by_entry && work.outline.all_indexed && !work.outline.old_levels {
                dictionary::examine(work, visitor, mode == Mode::Rewrite)
            } else {
                let rewrite = mode == Mode::Rewrite;
                typed!(work.leaf.descr.physical_type(), examine, work, visitor, rewrite)
            }
        })?;
        chunk.edited = chunk.rewritten;
        Ok(chunk)
    }

    /// The chunk with the rows (numbers in the row group) for which `keep` is true, in their order.
    ///
    /// # Errors
    /// As [`ParquetInput::examine`].
    pub fn filter(&self, group: usize, leaf: usize, keep: &dyn Fn(u32) -> bool, spill: Spill<'_>) -> Result<Chunk, Failure> {
        self.at_work(group, leaf, spill, |work| {
            let chunk = if work.outline.all_indexed && !work.outline.old_levels && dictionary::orders_by_bytes(work) {
                dictionary::filter(work, keep)?
            } else {
                typed!(work.leaf.descr.physical_type(), filter, work, keep)?
            };
            Ok(Seen { chunk: Some(chunk), rejected: Vec::new() })
        })
    }

    /// A chunk of `rows` picks (numbers from 0) among the rows of a row group and those of a row group of another file with the
    /// same schema, each in their order. Written as this file's chunk is.
    ///
    /// # Errors
    /// As [`ParquetInput::examine`]; also where a row group has other rows than are picked.
    pub fn weave(
        &self,
        group: usize,
        (other, of_other): (&Self, usize),
        leaf: usize,
        (rows, pick): (u32, &dyn Fn(u32) -> Pick),
        spill: Spill<'_>,
    ) -> Result<Chunk, Failure> {
        self.at_work(group, leaf, spill, |own| {
            let mut chunk = None;
            other.at_work(of_other, leaf, spill, |theirs| {
                chunk = Some(typed!(own.leaf.descr.physical_type(), weave, own, theirs, rows, pick)?);
                Ok(Seen { chunk: None, rejected: Vec::new() })
            })?;
            Ok(Seen { chunk, rejected: Vec::new() })
        })
    }

    /// The rows of a row group for which `keep` is true, as their number and a chunk for each leaf. A group that keeps all
    /// its rows is not decoded; one that keeps none has no chunks.
    ///
    /// # Errors
    /// As [`ParquetInput::examine`].
    pub fn part(&self, group: usize, keep: &dyn Fn(u32) -> bool, spill: Spill<'_>) -> Result<(u64, Vec<Chunk>), Failure> {
        let rows = self.rows(group);
        let kept = (0..u32::try_from(rows).unwrap_or(u32::MAX)).filter(|row| keep(*row)).count() as u64;
        let leaves = 0..self.leaves().len();
        let chunks: Result<Vec<Chunk>, Failure> = match kept {
            0 => Ok(Vec::new()),
            _ if kept == rows => leaves.map(|leaf| self.untouched(group, leaf)).collect(),
            _ => leaves.map(|leaf| self.filter(group, leaf, keep, spill)).collect(),
        };
        Ok((kept, chunks?))
    }

    /// The texts of the first values of a leaf, at most `most`, without nulls and values that have no text.
    ///
    /// # Errors
    /// A page before the last of them cannot be read.
    pub fn sample(&self, leaf: usize, most: usize) -> Result<Vec<String>, Failure> {
        let mut texts = Vec::new();
        for group in 0..self.row_groups() {
            if texts.len() >= most {
                break;
            }
            let no_files = || Err(std::io::ErrorKind::Unsupported.into());
            self.at_work(group, leaf, &no_files, |work| {
                typed!(work.leaf.descr.physical_type(), sample, work, most, &mut texts)?;
                Ok(Seen { chunk: None, rejected: Vec::new() })
            })?;
        }
        Ok(texts)
    }

    fn at_work(
        &self,
        group: usize,
        leaf: usize,
        spill: Spill<'_>,
        run: impl FnOnce(&Work<'_>) -> Result<Seen, Failure>,
    ) -> Result<Chunk, Failure> {
        let offsets = self.offset_index(group, leaf);
        let walk = self.walk(group, leaf)?;
        let outline = self.outline(&self.leaf(leaf)?.descr, &walk, offsets.as_ref())?;
        let work = Work {
            input: self,
            leaf_index: leaf,
            leaf: self.leaf(leaf)?,
            meta: self.meta(group, leaf)?,
            walk: &walk,
            outline: &outline,
            rows: self.rows(group),
            spill,
        };
        let seen = run(&work)?;
        let mut chunk = match seen.chunk {
            Some(chunk) => chunk,
            None => self.spliced(group, leaf, offsets, Some(&outline))?,
        };
        chunk.rejected = seen.rejected;
        Ok(chunk)
    }
}
