//! A delimited file opened: its header apart, its data ready to be cut.

use super::grammar::Grammar;
use super::parse::{self, Parser};
use super::split::Splitter;
use super::{BOM, Dialect, Limits, columns};
use crate::batch::{Block, Reason};
use std::io::Read;

/// The most columns a file may have.
pub const MAX_COLUMNS: usize = 1 << 18;

/// The file's first bytes, which belong to no part: byte order mark, blank lines, the header record with its line end.
#[derive(Default)]
pub struct Header {
    /// The bytes as they were read. Empty where there is neither mark nor header.
    pub bytes: Vec<u8>,
    /// The header record and its cells, the column names, to be scanned and rewritten like any other. Empty without one.
    pub block: Block,
}

/// What [`open`] gives.
pub struct Opened<R> {
    /// What comes before the data.
    pub header: Header,
    /// The dialect as it is used: `header` is false where the first record cannot be one.
    pub dialect: Dialect,
    /// Cuts the data.
    pub split: Splitter<R>,
    /// Parses the data and the header.
    pub parse: Parser,
}

/// Opens a delimited file. `sample` was already read from `reader` and is the file's beginning; `target` is about how many
/// bytes a part has; `fault_of` says what a read error means.
///
/// # Errors
/// [`Reason::TooManyColumns`] for a header with more than [`MAX_COLUMNS`] cells.
pub fn open<R: Read>(
    reader: R,
    sample: Vec<u8>,
    dialect: &Dialect,
    limits: Limits,
    target: usize,
    fault_of: fn(&std::io::Error) -> Reason,
) -> Result<Opened<R>, Reason> {
    let mut dialect = *dialect;
    let mark = if dialect.bom && sample.starts_with(BOM) { BOM.len() } else { 0 };
    let unnamed = |dialect: Dialect, sample: &[u8]| {
        parse::without_header(dialect, limits, sample.get(mark..).unwrap_or_default(), MAX_COLUMNS)
    };
    if !dialect.header {
        let parse = unnamed(dialect, &sample);
        let mut split = Splitter::new(reader, sample, dialect, limits, target, fault_of);
        let bytes = split.take(mark).unwrap_or_default();
        return Ok(Opened { header: Header { bytes, block: Block::default() }, dialect, split, parse });
    }
    // The sample is kept in case its first record turns out to be no header; it is at most what the caller read.
    let mut split = Splitter::new(reader, sample.clone(), dialect, limits, target, fault_of);
    let mut bytes = split.take(mark).unwrap_or_default();
    if let Some(record) = split.take_record() {
        match named(dialect, limits, &record)? {
            Some((parse, mut block)) => {
                shift(&mut block, mark as u32);
                bytes.extend_from_slice(&record);
                return Ok(Opened { header: Header { bytes, block }, dialect, split, parse });
            }
            None => split.put_back(&record),
        }
    }
    dialect.header = false;
    let parse = unnamed(dialect, &sample);
    Ok(Opened { header: Header { bytes, block: Block::default() }, dialect, split, parse })
}

/// The parser for the columns that `record` names, and the record's own block; nothing where it cannot be read.
fn named(dialect: Dialect, limits: Limits, record: &[u8]) -> Result<Option<(Parser, Block)>, Reason> {
    let width = parse::widths(&Grammar::new(dialect), record, 1).first().copied().unwrap_or(0);
    if width > MAX_COLUMNS {
        return Err(Reason::TooManyColumns);
    }
    let mut block = Block::default();
    Parser::new(dialect, limits, columns::numbered(width)).parse_bytes(record, &mut block);
    if block.records.iter().any(|r| r.reject.is_some()) || block.cells.is_empty() {
        return Ok(None);
    }
    let text = |cell| String::from_utf8_lossy(block.text(record, cell)).into_owned();
    let names: Vec<String> = block.cells.iter().map(text).collect();
    let parse = Parser::new(dialect, limits, columns::from_header(&names));
    parse.parse_bytes(record, &mut block);
    Ok(Some((parse, block)))
}

/// Moves the positions of a block behind a byte order mark of `by` bytes.
fn shift(block: &mut Block, by: u32) {
    block.head_end += by;
    for record in &mut block.records {
        record.start += by;
        record.end += by;
        record.gap_end += by;
    }
    for cell in &mut block.cells {
        cell.start += by;
        cell.end += by;
        if !cell.in_side {
            cell.text_start += by;
            cell.text_end += by;
        }
    }
}
