//! Delimited text read back by the `csv` crate, which has no line in common with what wrote it.

use super::search::Search;
use crate::error::{Error, Result};
use crate::io::csv::{Dialect, Encoding, Escape, column_names};
use crate::io::wide::Wide;
use crate::job::Stop;
use std::io::Read;
use std::path::Path;

/// Searches a file and gives its rows.
pub(super) fn read(path: &Path, dialect: Dialect, wide: Option<Wide>, stop: &Stop, search: &mut Search<'_>) -> Result<u64> {
    let mut source = super::reader(path, wide)?;
    if dialect.bom {
        let mut mark = [0; 3];
        source.read_exact(&mut mark).map_err(Error::store(path, "cannot read"))?;
    }
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).buffer_capacity(1 << 20);
    builder.delimiter(dialect.delimiter.unwrap_or(match dialect.encoding {
        // The crate needs one: a byte that no text of the encoding has.
        Encoding::Utf8 => 0xFF,
        Encoding::Windows1252 => 0x81,
    }));
    match dialect.quote {
        Some(quote) => builder.quote(quote),
        None => builder.quoting(false),
    };
    if dialect.escape == Escape::Backslash {
        builder.escape(Some(b'\\'));
    }
    let mut reader = builder.from_reader(source);
    let mut record = csv::ByteRecord::new();
    let mut columns: Vec<u32> = Vec::new();
    let mut rows = 0;
    let mut header = dialect.header;
    loop {
        stop.check()?;
        let more = reader.read_byte_record(&mut record);
        if !more.map_err(|e| Error::Data { file: path.display().to_string(), message: kind(&e).to_owned() })? {
            return Ok(rows);
        }
        if header || columns.is_empty() {
            let names: Vec<String> =
                record.iter().map(|f| if header { decoded(f, dialect.encoding) } else { String::new() }).collect();
            columns = column_names(&names).iter().map(|n| search.column(n, std::slice::from_ref(n))).collect();
            for name in &names {
                search.name(name);
            }
        }
        if std::mem::take(&mut header) {
            continue;
        }
        rows += 1;
        for (field, at) in record.iter().zip(0..) {
            while columns.len() <= at {
                let name = format!("column_{}", columns.len() + 1);
                columns.push(search.column(&name, &[]));
            }
            let column = columns.get(at).copied().unwrap_or_default();
            search.cell(column, decoded(field, dialect.encoding).as_bytes());
        }
        search.row_ends();
    }
}

fn decoded(field: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(field).into_owned(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0.into_owned(),
    }
}

/// What failed, without what it failed on.
fn kind(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::Io(_) => "the file cannot be read",
        csv::ErrorKind::UnequalLengths { .. } => "records of different lengths",
        _ => "no delimited text",
    }
}
