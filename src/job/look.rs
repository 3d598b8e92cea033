//! A first look at an input: what it is, how it is written, what its columns hold. Opens it for the line.

use super::names::{self, Personal};
use super::verify::Written;
use crate::batch::{Block, Column, Edit, Part, Place, Reason, Replacement};
use crate::error::Result;
use crate::io::compress::{self, Coat, Codec, Tally};
use crate::io::csv;
use crate::io::json;
use crate::io::sniff::{self, Kind};
use crate::io::store::{Input, Location};
use crate::io::wide::Decoder;
use crate::io::{Names, NoNames, Parse, Split};
use crate::plan::{FilePlan, Plan, SAMPLE_RECORDS};
use std::io::{Cursor, Read};
use std::sync::Arc;

/// How much of a file is looked at, in decompressed bytes.
const HEAD_BYTES: usize = 1 << 20;
/// How many cells a first look keeps at most: wide tables are judged by fewer records.
const SAMPLE_CELLS: usize = 200_000;

/// A finding in a column name or in metadata.
pub(super) struct NameFinding {
    pub place: Place,
    /// The column's masked name; empty for metadata.
    pub column: String,
    pub detector: u16,
    pub start: u32,
    pub end: u32,
    pub confidence: u8,
    pub operator: &'static str,
}

/// A byte stream, ready for the line.
pub(super) struct Stream {
    pub split: Box<dyn Split>,
    pub parse: Box<dyn Parse>,
    pub columns: FilePlan,
    /// Column names in order, as reports show them.
    pub names: Vec<String>,
    /// What opens the cleaned file and the quarantine: byte order mark and masked header.
    pub head: Vec<u8>,
    /// How many bytes the source has there.
    pub head_bytes: u64,
    pub found: Vec<NameFinding>,
    pub coat: Coat,
    /// `csv`, `tsv`, `jsonl`, `json`.
    pub format: &'static str,
    pub written: Written,
}

/// What an input turned out to be.
pub(super) enum Opened {
    Stream(Box<Stream>),
    /// With its bytes where they can be read once only.
    Parquet(Option<Box<dyn Read + Send>>),
    /// Nothing, or a byte order mark alone: the mark.
    Empty(Coat, Vec<u8>),
    /// Not read, and what it seems to be.
    Skipped(Reason, Option<&'static str>),
}

/// What the call says about how inputs are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// For delimited text.
    pub csv: csv::Hints,
}

/// Standard input or the file.
fn source(input: &Input) -> std::io::Result<Box<dyn Read + Send>> {
    Ok(match &input.place {
        Location::Stdin => Box::new(std::io::stdin()),
        Location::File(_) => Box::new(input.open()?),
    })
}

/// Reads until `most` bytes are there, the input ends or fails.
fn read_head(reader: &mut dyn Read, most: usize) -> (Vec<u8>, Option<std::io::Error>) {
    let mut head = Vec::new();
    let result = reader.take(most as u64).read_to_end(&mut head);
    (head, result.err())
}

/// Fails once with an error met earlier, then ends.
struct Failing(Option<std::io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Opens an input. `tally` counts the stored bytes as they are read.
pub(super) fn open(plan: &Plan, input: &Input, hints: Hints, tally: &Tally) -> Result<Opened> {
    let Ok(mut raw) = source(input) else {
        return Ok(Opened::Skipped(Reason::Unreadable, None));
    };
    let (magic, failed) = read_head(&mut raw, 4096);
    if failed.is_some() {
        return Ok(Opened::Skipped(Reason::Unreadable, None));
    }
    let is_parquet = sniff::kind(&magic) == Kind::Parquet;
    if is_parquet && input.path().is_some() {
        return Ok(Opened::Parquet(None));
    }
    let codec = match sniff::kind(&magic) {
        Kind::Gzip => Codec::Gzip,
        Kind::Bzip2 => Codec::Bzip2,
        Kind::Zstd => Codec::Zstd,
        _ => Codec::None,
    };
    let stored = Cursor::new(magic).chain(raw);
    let Ok(mut reader) = compress::reader(stored, codec, tally.clone(), plan.policy.limits.ratio) else {
        return Ok(Opened::Skipped(Reason::BrokenCompression, None));
    };
    if is_parquet {
        return Ok(Opened::Parquet(Some(reader)));
    }
    let (mut head, mut failed) = read_head(&mut reader, HEAD_BYTES);
    let mut coat = Coat { codec, wide: None };
    let mut kind = sniff::kind(&head);
    if let Kind::Wide(wide) = kind {
        let stored = Cursor::new(head).chain(Failing(failed.take())).chain(reader);
        reader = Box::new(Decoder::new(stored, wide));
        (head, failed) = read_head(&mut reader, HEAD_BYTES);
        coat.wide = Some(wide);
        kind = sniff::kind(&head);
    }
    let whole = head.len() < HEAD_BYTES;
    if let Some(error) = failed {
        if head.is_empty() {
            return Ok(Opened::Skipped(compress::reason_of(&error), None));
        }
        reader = Box::new(Failing(Some(error)));
    }
    let name = input.relative.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let named_json = name.contains(".json") || name.contains(".ndjson");
    let skipped = |reason| Ok(Opened::Skipped(reason, None));
    match kind {
        Kind::Empty => Ok(Opened::Empty(coat, head)),
        Kind::Gzip | Kind::Bzip2 | Kind::Zstd => skipped(Reason::NestedCompression),
        Kind::Parquet => Ok(Opened::Skipped(Reason::NestedCompression, Some("parquet"))),
        // Text of NULs in turn that is itself in turn with NULs.
        Kind::Wide(_) => Ok(Opened::Skipped(Reason::UnknownFormat, Some("binary"))),
        Kind::Other(what) => Ok(Opened::Skipped(Reason::UnknownFormat, Some(what))),
        Kind::Json | Kind::Text if json::decide(&head, whole, named_json).is_some() => {
            let shape = json::decide(&head, whole, named_json).unwrap_or(json::Shape::Lines);
            Ok(Opened::Stream(Box::new(open_json(plan, reader, head, whole, shape, coat))))
        }
        Kind::Json | Kind::Text => Ok(match open_csv(plan, reader, head, whole, hints, coat) {
            Ok(stream) => Opened::Stream(Box::new(stream)),
            Err(reason) => Opened::Skipped(reason, None),
        }),
    }
}

/// The columns of an input as its first look shows them; none where it cannot be read.
pub(super) fn columns(plan: &Plan, input: &Input, hints: Hints) -> Result<Vec<String>> {
    Ok(match open(plan, input, hints, &Tally::default())? {
        Opened::Stream(stream) => stream.names,
        Opened::Parquet(_) => super::table::columns(plan, input),
        Opened::Empty(..) | Opened::Skipped(..) => Vec::new(),
    })
}

fn open_json(plan: &Plan, reader: Box<dyn Read + Send>, head: Vec<u8>, whole: bool, shape: json::Shape, coat: Coat) -> Stream {
    let limits = &plan.policy.limits;
    let limits = json::Limits { record_bytes: limits.cell.0 as usize, nesting: limits.nesting as usize };
    let target = super::stream::PART_BYTES;
    let parse = json::Json::new(shape, limits);
    let mut looked = json::split(Cursor::new(head.clone()), shape, target, limits);
    let columns = sample(plan, &mut *looked, &parse, &Personal(plan), whole);
    let stored = Cursor::new(head).chain(reader);
    Stream {
        split: json::split(stored, shape, target, limits),
        parse: Box::new(parse),
        names: columns.1,
        columns: columns.0,
        head: Vec::new(),
        head_bytes: 0,
        found: Vec::new(),
        coat,
        format: if matches!(shape, json::Shape::Lines | json::Shape::ReturnLines) { "jsonl" } else { "json" },
        written: Written::Json(shape),
    }
}

fn open_csv(
    plan: &Plan,
    reader: Box<dyn Read + Send>,
    head: Vec<u8>,
    whole: bool,
    hints: Hints,
    coat: Coat,
) -> std::result::Result<Stream, Reason> {
    let limits = &plan.policy.limits;
    let cell_bytes = limits.cell.0 as usize;
    let limits = csv::Limits { cell_bytes, record_bytes: cell_bytes + (1 << 20) };
    let mut dialect = csv::sniff(&head, whole, &hints.csv);
    if coat.wide.is_some() {
        // What is no UTF-8 in decoded text was broken before.
        dialect.encoding = csv::Encoding::Utf8;
    }
    let target = super::stream::PART_BYTES;
    let looked = csv::open(std::io::empty(), head.clone(), &dialect, limits, target, compress::reason_of)?;
    let (mut looked_split, looked_parse) = (looked.split, looked.parse);
    let mut opened = csv::open(reader, head, &dialect, limits, target, compress::reason_of)?;
    let (head, found, renamed) = mask_header(plan, &opened.header.bytes, &opened.header.block, &opened.parse);
    if let Some(names) = renamed {
        opened.parse.rename(names);
    }
    let names: Vec<String> = opened.parse.columns().iter().map(|c| c.name.clone()).collect();
    let columns = sample(plan, &mut looked_split, &looked_parse, &NoNames, whole).0.renamed(looked_parse.columns(), &names);
    let head = drop_from_header(plan, &columns, &opened.parse, &opened.header, head);
    Ok(Stream {
        split: Box::new(opened.split),
        parse: Box::new(opened.parse),
        columns,
        names,
        head,
        head_bytes: coat.wide.map_or(opened.header.bytes.len() as u64, |wide| wide.source_len(&opened.header.bytes)),
        found,
        coat,
        format: if dialect.delimiter == Some(b'\t') { "tsv" } else { "csv" },
        written: Written::Csv(opened.dialect),
    })
}

/// Masks column names that are personal: the header's new bytes, the findings, and all names where one changed.
fn mask_header(
    plan: &Plan,
    bytes: &[u8],
    block: &Block,
    parse: &csv::Parser,
) -> (Vec<u8>, Vec<NameFinding>, Option<Vec<String>>) {
    let mut names: Vec<String> = parse.columns().iter().map(|c| c.name.clone()).collect();
    let mut taken = names::Taken::new(names.iter().map(String::as_str));
    let mut found = Vec::new();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for cell in &block.cells {
        let text = String::from_utf8_lossy(block.text(bytes, cell)).into_owned();
        let Some(masked) = names::scan_text(plan, &text) else { continue };
        let changes = masked.text != text;
        let name = if changes { taken.unique(&masked.text) } else { masked.text };
        for (detector, start, end, confidence, operator) in masked.found {
            found.push(NameFinding { place: Place::Header, column: name.clone(), detector, start, end, confidence, operator });
        }
        if changes {
            let whole = Edit { span: 0..text.len() as u32, replacement: Replacement::Text(name.clone()) };
            out.extend_from_slice(bytes.get(at..cell.start as usize).unwrap_or_default());
            parse.rewrite(bytes, block, cell, &[whole], &mut out);
            at = cell.end as usize;
            if let Some(slot) = names.get_mut(cell.column as usize) {
                *slot = name;
            }
        }
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    let changed = at > 0;
    (out, found, changed.then_some(names))
}

/// Takes dropped columns out of the header. A header with both masked and dropped names is cut after masking, by position.
fn drop_from_header(plan: &Plan, columns: &FilePlan, parse: &csv::Parser, header: &csv::Header, head: Vec<u8>) -> Vec<u8> {
    let gone: Vec<u32> = (0u32..)
        .zip(&header.block.cells)
        .filter(|(_, c)| header.block.columns.get(c.column as usize).is_some_and(|c| columns.column(plan, c).drop))
        .map(|(at, _)| at)
        .collect();
    if gone.is_empty() {
        return head;
    }
    // Masking moved the cells: parse the header anew.
    let mut block = Block::default();
    let mark = header.block.head_end as usize;
    let (mark, record) = head.split_at(mark.min(head.len()));
    parse.parse(&Part { bytes: record.to_vec(), ..Part::default() }, &NoNames, &mut block);
    let mut out = mark.to_vec();
    let mut at = 0;
    for cut in parse.removals(record, &block, &gone) {
        out.extend_from_slice(record.get(at..cut.start as usize).unwrap_or_default());
        at = cut.end as usize;
    }
    out.extend_from_slice(record.get(at..).unwrap_or_default());
    if out.iter().skip(mark.len()).all(|b| matches!(b, b'\n' | b'\r')) {
        out.splice(mark.len()..mark.len(), parse.empty_record().iter().copied());
    }
    out
}

/// Plans for the columns of the first records, by what they hold; and the columns' names, as `names` has them.
fn sample(plan: &Plan, split: &mut dyn Split, parse: &dyn Parse, names: &dyn Names, whole: bool) -> (FilePlan, Vec<String>) {
    let mut part = Part::default();
    let mut block = Block::default();
    // Bytes that the head cut inside a record come as an oversize piece or as the last record of the part.
    let more = split.next(&mut part);
    if more && part.load == crate::batch::Load::Records {
        parse.parse(&part, names, &mut block);
    }
    let last = block.records.len().saturating_sub(usize::from(!whole));
    let rows = last.min(SAMPLE_RECORDS);
    let texts = texts(&block, &part.bytes, rows);
    let names = block.columns.iter().map(|c| c.name.clone()).collect();
    let columns: Vec<(Arc<Column>, Vec<&[u8]>)> = block.columns.iter().cloned().zip(texts).collect();
    (FilePlan::new(plan, &columns), names)
}

/// The texts of the cells of a block's first `rows` records that are not empty, by column, as many as a first look keeps.
pub(super) fn texts<'a>(block: &'a Block, part: &'a [u8], rows: usize) -> Vec<Vec<&'a [u8]>> {
    let mut texts: Vec<Vec<&[u8]>> = vec![Vec::new(); block.columns.len()];
    for cell in block.cells.iter().take_while(|c| (c.row as usize) < rows).take(SAMPLE_CELLS) {
        let text = block.text(part, cell);
        if let Some(column) = texts.get_mut(cell.column as usize)
            && !text.is_empty()
            && column.len() < SAMPLE_RECORDS
        {
            column.push(text);
        }
    }
    texts
}
