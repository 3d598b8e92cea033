//! The end of a Parquet file, looked over before the library parses it: depth, counts and encryption.
//!
//! The library recurses over the schema and allocates by chunk counts, and a stack overflow cannot be caught.

use super::failure::{Failure, fenced};
use super::source::Source;
use super::thrift::{Bad, Compact, kind};
use crate::batch::Reason;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy};

/// Groups in groups. A list of lists takes two for each level; the library's recursion stays within a worker's stack.
const DEPTH: usize = 400;
/// Memory that the library takes for one column chunk's metadata, without its statistics values.
const CHUNK_BYTES: u64 = 800;
/// Memory for one element of the schema, and for each of its ancestors once more (a leaf keeps its path).
const ELEMENT_BYTES: u64 = 300;
const PATH_BYTES: u64 = 48;

/// The length of the footer with what stands behind it.
pub(super) fn len(source: &Source) -> Result<u64, Failure> {
    let broken = Failure::Data(Reason::BrokenFooter);
    if source.len() < 12 {
        return Err(broken);
    }
    let tail = source.read(source.len() - 8, 8)?;
    let (len, magic) = tail.split_at(4);
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err(Failure::Data(Reason::Unsupported)),
        _ => return Err(broken),
    }
    let Ok(len) = <[u8; 4]>::try_from(len) else { return Err(broken) };
    let len = u64::from(u32::from_le_bytes(len));
    if len + 12 > source.len() { Err(broken) } else { Ok(len + 8) }
}

/// Reads the metadata of a file within `memory` bytes.
pub(super) fn read(source: &Source, memory: u64) -> Result<ParquetMetaData, Failure> {
    let len = len(source)? - 8;
    if len > memory / 2 {
        return Err(Failure::Data(Reason::TooManyColumns));
    }
    let bytes = source.read(source.len() - 8 - len, len as usize)?;
    let mut seen = Survey::default();
    if survey(&bytes, &mut seen).is_err() {
        let reason = if seen.depth > DEPTH { Reason::TooDeep } else { Reason::BrokenFooter };
        return Err(Failure::Data(reason));
    }
    if seen.encrypted || seen.elsewhere {
        return Err(Failure::Data(Reason::Unsupported));
    }
    let estimate = seen.chunks * CHUNK_BYTES + seen.elements * ELEMENT_BYTES + seen.steps * PATH_BYTES;
    // Input and output each hold it once.
    if (estimate + len).saturating_mul(2) > memory {
        return Err(Failure::Data(Reason::TooManyColumns));
    }
    let decode = |options: &ParquetMetaDataOptions| {
        fenced(|| {
            ParquetMetaDataReader::decode_metadata_with_options(&bytes, Some(options))
                .map_err(|_| Failure::Data(Reason::BrokenFooter))
        })
    };
    // Some writers' size statistics are not what the library expects; a file can be read without them.
    let spare = ParquetMetaDataOptions::new()
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll);
    let metadata = decode(&ParquetMetaDataOptions::new()).or_else(|_| decode(&spare))?;
    check(&metadata)?;
    Ok(metadata)
}

/// What the library takes on trust and others build on.
fn check(metadata: &ParquetMetaData) -> Result<(), Failure> {
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    for group in metadata.row_groups() {
        if group.num_columns() != leaves || !(0..=i64::from(u32::MAX)).contains(&group.num_rows()) {
            return Err(Failure::Data(Reason::BrokenFooter));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Survey {
    depth: usize,
    elements: u64,
    /// Ancestors of all elements, added up.
    steps: u64,
    chunks: u64,
    encrypted: bool,
    elsewhere: bool,
}

fn survey(bytes: &[u8], seen: &mut Survey) -> Result<(), Bad> {
    let mut input = Compact::new(bytes);
    let mut last = 0;
    while let Some((id, kind)) = input.field(&mut last)? {
        match (id, kind) {
            (2, kind::LIST) => schema(&mut input, seen)?,
            (4, kind::LIST) => row_groups(&mut input, seen)?,
            (8, kind::STRUCT) => {
                seen.encrypted = true;
                input.skip(kind)?;
            }
            _ => input.skip(kind)?,
        }
    }
    Ok(())
}

fn schema(input: &mut Compact<'_>, seen: &mut Survey) -> Result<(), Bad> {
    let (inner, len) = input.list()?;
    // Children still to come, for each open group.
    let mut open: Vec<u64> = Vec::new();
    for _ in 0..len {
        if inner != kind::STRUCT {
            return Err(Bad::Form);
        }
        let mut children = 0;
        let mut last = 0;
        while let Some((id, kind)) = input.field(&mut last)? {
            if (id, kind) == (5, kind::I32) {
                children = u64::try_from(input.i32()?).map_err(|_| Bad::Form)?;
            } else {
                input.skip(kind)?;
            }
        }
        if children > len as u64 {
            return Err(Bad::Form);
        }
        seen.elements += 1;
        seen.steps += open.len() as u64;
        while let Some(left) = open.last_mut() {
            if *left > 0 {
                *left -= 1;
                break;
            }
            open.pop();
        }
        if children > 0 {
            open.push(children);
            seen.depth = seen.depth.max(open.len());
            if seen.depth > DEPTH {
                return Err(Bad::Form);
            }
        }
    }
    Ok(())
}

fn row_groups(input: &mut Compact<'_>, seen: &mut Survey) -> Result<(), Bad> {
    let (inner, len) = input.list()?;
    for _ in 0..len {
        if inner != kind::STRUCT {
            return Err(Bad::Form);
        }
        let mut last = 0;
        while let Some((id, kind)) = input.field(&mut last)? {
            if (id, kind) == (1, kind::LIST) {
                let (inner, columns) = input.list()?;
                for _ in 0..columns {
                    if inner != kind::STRUCT {
                        return Err(Bad::Form);
                    }
                    chunk(input, seen)?;
                }
            } else {
                input.skip(kind)?;
            }
        }
    }
    Ok(())
}

fn chunk(input: &mut Compact<'_>, seen: &mut Survey) -> Result<(), Bad> {
    seen.chunks += 1;
    let mut last = 0;
    while let Some((id, kind)) = input.field(&mut last)? {
        match id {
            1 if kind == kind::BINARY => seen.elsewhere |= !input.binary()?.is_empty(),
            8 | 9 => {
                seen.encrypted = true;
                input.skip(kind)?;
            }
            _ => input.skip(kind)?,
        }
    }
    Ok(())
}
