//! What travels on the line: parts of bytes, the records and cells in them, findings, edits, fates, facts.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes read from a source, cut at record borders. The unit of work.
///
/// A part holds whole records only, or one piece of a record that is too large to be held.
#[derive(Default)]
pub struct Part {
    /// Position among the file's parts, from 0.
    pub index: u64,
    /// Where `bytes` begins in the decompressed source, in bytes.
    pub offset: u64,
    /// The raw bytes, in the source's encoding.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub load: Load,
}

/// What a part carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// Whole records, each followed by what stands between it and the next (line ends, blank lines, commas).
    #[default]
    Records,
    /// A piece of one record that is not held as a whole; it is rejected verbatim.
    Oversize {
        /// Why it is rejected.
        reason: Reason,
        /// This piece opens the record.
        first: bool,
        /// This piece closes the record.
        last: bool,
    },
    /// Bytes after the last record (the closing bracket of a JSON array and what follows); copied as they are.
    Tail,
}

/// Why a record was rejected or a file was not read. The name is what reports and `rejected.parquet` show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// More cells than the header has.
    TooManyFields,
    /// A byte sequence that the file's encoding does not allow.
    InvalidEncoding,
    /// A cell or record over the `cell` limit.
    TooLarge,
    /// A quote that is opened and never closed.
    UnclosedQuote,
    /// Not JSON.
    InvalidJson,
    /// JSON nested deeper than `nesting`.
    TooDeep,
    /// The input ends inside a record.
    Truncated,
    /// The compressed stream is broken.
    BrokenCompression,
    /// The compressed stream expands by more than `ratio`.
    CompressionRatio,
    /// Compression inside compression.
    NestedCompression,
    /// A page or column chunk that cannot be decoded.
    BrokenPage,
    /// A Parquet footer that cannot be read.
    BrokenFooter,
    /// A Parquet feature that is not supported (encryption, a codec).
    Unsupported,
    /// No known format.
    UnknownFormat,
    /// The decoder failed in a way it should not have.
    DecoderFault,
    /// More columns than can be handled within memory.
    TooManyColumns,
    /// The file changed while it was read.
    Changed,
    /// The file cannot be opened or read.
    Unreadable,
}

impl Reason {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TooManyFields => "too-many-fields",
            Self::InvalidEncoding => "invalid-encoding",
            Self::TooLarge => "too-large",
            Self::UnclosedQuote => "unclosed-quote",
            Self::InvalidJson => "invalid-json",
            Self::TooDeep => "too-deep",
            Self::Truncated => "truncated",
            Self::BrokenCompression => "broken-compression",
            Self::CompressionRatio => "compression-ratio",
            Self::NestedCompression => "nested-compression",
            Self::BrokenPage => "broken-page",
            Self::BrokenFooter => "broken-footer",
            Self::Unsupported => "unsupported",
            Self::UnknownFormat => "unknown-format",
            Self::DecoderFault => "decoder-fault",
            Self::TooManyColumns => "too-many-columns",
            Self::Changed => "changed-while-read",
            Self::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Lets a reader say through [`std::io::Error::other`] why a stream is broken.
impl std::error::Error for Reason {}

/// One record of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Start of the record in the part's bytes.
    pub start: u32,
    /// End of the record, line end included where the format has line ends.
    pub end: u32,
    /// End of the gap behind it: what belongs to no record (blank lines; `,` and spaces between array elements).
    pub gap_end: u32,
    /// Set where the record is rejected; it then has no cells.
    pub reject: Option<Reason>,
}

/// How a cell's literal is written; decides how edits are spliced in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// The literal is the text, byte for byte (a bare CSV cell).
    #[default]
    Bare,
    /// The literal is the text inside a pair of quotes (CSV quotes, JSON string), escapes or not.
    Quoted,
    /// A JSON number, `true` or `false`: an edited one becomes `null`.
    Scalar,
    /// JSON `null`, or a cell that a short CSV row lacks. Text is empty; never edited.
    Null,
    /// A JSON object key (quoted). Only keys that are personal are listed.
    Key,
}

/// One cell of a part. Cells stand in the order of their literals; two cells never overlap. Without `Debug` on purpose:
/// a cell's content must not reach a log by accident (only positions are held here).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Start of the literal in the part's bytes, quotes included.
    pub start: u32,
    /// End of the literal, quotes included.
    pub end: u32,
    /// Start of the decoded UTF-8 text, in the part's bytes or in [`Block::side`].
    pub text_start: u32,
    /// End of the decoded text.
    pub text_end: u32,
    /// The text lies in [`Block::side`] because the literal had escapes or another encoding.
    pub in_side: bool,
    /// How the literal is written.
    pub form: Form,
    /// Index into [`Block::columns`].
    pub column: u32,
    /// The record in the part, from 0.
    pub row: u32,
}

/// Stands between texts that lie one behind the other. It is part of no word, and hints at no reading of a text besides itself
/// (a control would): buffers are asked for such hints as a whole.
pub const BETWEEN: u8 = b',';

/// What parsing a part gives: scratch that is cleared and used again.
#[derive(Default)]
pub struct Block {
    /// Bytes before the first record that belong to none.
    pub head_end: u32,
    /// The records in order, rejected ones included.
    pub records: Vec<Record>,
    /// The cells in order.
    pub cells: Vec<Cell>,
    /// Decoded texts of cells whose literal is not their text; consecutive texts are parted by one [`BETWEEN`].
    pub side: Vec<u8>,
    /// The columns that cells refer to.
    pub columns: Vec<Arc<Column>>,
    /// For personal keys whose masked form another key of the object has: the start of the key's literal and the ordinal
    /// (from 2) that keeps the masked keys apart. Ascending by start.
    pub key_ordinals: Vec<(u32, u32)>,
}

impl Block {
    /// Empties the block, keeping its memory.
    pub fn clear(&mut self) {
        self.head_end = 0;
        self.records.clear();
        self.cells.clear();
        self.side.clear();
        self.columns.clear();
        self.key_ordinals.clear();
    }

    /// The decoded text of a cell. Valid UTF-8 by the parser's promise; empty where the positions do not fit.
    #[must_use]
    pub fn text<'a>(&'a self, part: &'a [u8], cell: &Cell) -> &'a [u8] {
        let from = if cell.in_side { self.side.as_slice() } else { part };
        from.get(cell.text_start as usize..cell.text_end as usize).unwrap_or_default()
    }
}

/// A column: a CSV header, a JSON path with list positions left open, a Parquet leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// The name as reports show it: `email`, `messages[].content`, `a["x.y"]`. Personal elements are already masked.
    pub name: String,
    /// The elements of the path as they are in the data, list positions left out: `["messages", "content"]`. For column
    /// context only; never shown.
    pub elements: Vec<String>,
}

/// A sensitive value inside one cell, in bytes of the cell's decoded text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Index of the cell in the slice that was scanned.
    pub cell: u32,
    /// Start in the cell's decoded text.
    pub start: u32,
    /// End (exclusive).
    pub end: u32,
    /// Index into the catalogue of detectors.
    pub detector: u16,
    /// Confidence in percent, 0 to 100, after context and column evidence.
    pub confidence: u8,
    /// Nothing here tells it: the value was told elsewhere in the record.
    pub propagated: bool,
}

/// What stands in the place of a span of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// This text.
    Text(String),
    /// The whole cell becomes null: `null` in JSON, an empty bare cell in CSV, a null in Parquet.
    Null,
}

/// One edit of a cell, in bytes of its decoded text. Edits of a cell are sorted and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The span of decoded text.
    pub span: Range<u32>,
    /// What takes its place.
    pub replacement: Replacement,
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Stays; the report says so.
    #[default]
    Report,
    /// Stays, and is listed in `suspects.parquet`.
    Review,
    /// Goes to the quarantine.
    Quarantine,
}

/// What masking leaves of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaves {
    /// Nothing, not even whether two values were the same.
    Nothing,
    /// Some of its characters, or what range it lies in.
    Part,
    /// What tells it from other values, or is turned back into it with the key.
    Pseudonym,
    /// All of it.
    Value,
}

/// What a finding rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Its form, its check, the words beside it or its column.
    #[default]
    Own,
    /// The same value elsewhere in the record.
    Propagated,
}

impl Evidence {
    /// The name in `findings.parquet`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Propagated => "propagated",
        }
    }
}

/// Where in a finding's file it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A cell.
    #[default]
    Value,
    /// A JSON object key.
    Key,
    /// A column name.
    Header,
    /// Key-value metadata of a file.
    Metadata,
    /// The file's path.
    Path,
}

impl Place {
    /// The name in `findings.parquet`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Key => "key",
            Self::Header => "header",
            Self::Metadata => "metadata",
            Self::Path => "path",
        }
    }
}
