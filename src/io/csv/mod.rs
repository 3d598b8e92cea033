//! Delimited text in any dialect of `, ; \t |`, quotes `"` or `'`, doubled or backslashed.
//!
//! ```text
//! sample ─ sniff ─ Dialect ─┬─ Splitter   one thread: cuts at record borders
//!            reader ─ open ─┤─ Header     the file's first bytes, kept apart from the parts
//!                           └─ Parser     any thread: records, cells, edits
//! ```
//!
//! [`grammar`](self) is shared by all of them, so they agree on where a record ends: a quote opens only at the start of a
//! field; what follows a closing quote is bare text; `\n`, `\r\n` and a lone `\r` end a record outside quotes.

mod columns;
mod encoding;
mod grammar;
mod header;
mod open;
mod parse;
mod removals;
mod rewrite;
mod shape;
mod sniff;
mod split;
mod walk;

#[cfg(test)]
mod faults;
#[cfg(test)]
mod laws;

pub use columns::column_names;
pub use open::{Header, MAX_COLUMNS, Opened, open};
pub use parse::Parser;
pub use sniff::sniff;
pub use split::Splitter;

use serde::{Deserialize, Serialize};

/// What the call says about the dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The delimiter, instead of a found one. Ignored unless it is ASCII and no quote, CR or LF.
    pub delimiter: Option<u8>,
    /// The first record is data.
    pub no_header: bool,
}

/// How a quote is written inside a quoted cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Escape {
    /// Twice.
    #[default]
    Doubled,
    /// Behind a backslash; a backslash itself twice. Any other backslash stands for itself. Doubled quotes are read too.
    Backslash,
}

/// The bytes' encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8; a record that is not is rejected.
    #[default]
    Utf8,
    /// Windows-1252; a record with one of the five undefined bytes is rejected.
    Windows1252,
}

/// How a delimited file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// What parts cells; nothing where every line is one cell.
    pub delimiter: Option<u8>,
    /// The quote; nothing where quotes are plain text.
    pub quote: Option<u8>,
    /// How a quote is written inside a quoted cell.
    pub escape: Escape,
    /// The first record holds the column names.
    pub header: bool,
    /// The encoding.
    pub encoding: Encoding,
    /// The file begins with the UTF-8 byte order mark.
    pub bom: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: Some(b','),
            quote: Some(b'"'),
            escape: Escape::Doubled,
            header: true,
            encoding: Encoding::Utf8,
            bom: false,
        }
    }
}

/// How much one cell and one record may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest literal of a cell, in bytes; a quoted cell must close within it.
    pub cell_bytes: usize,
    /// Largest record, line end included, in bytes.
    pub record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cell_bytes: 16 << 20, record_bytes: 16 << 20 }
    }
}

/// The UTF-8 byte order mark.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";
