//! Keeps what the source says about the order behind its statistics.
//!
//! The library writes its own newest column orders. They would lend old statistics a meaning that their writer did not give
//! them, and readers that do not know an order leave the column's statistics alone.

use super::failure::Failure;
use super::input::ParquetInput;
use super::plan::OutputPlan;
use super::thrift::{Bad, Compact, kind};
use crate::batch::Reason;
use parquet::basic::ColumnOrder;

/// The field of `FileMetaData` that holds the column orders: a list of unions of empty structures.
const ORDERS: i16 = 7;

/// The end of a file (indexes, footer, its length, magic) with the source's column orders.
pub(super) fn kept(input: &ParquetInput, plan: &OutputPlan, tail: &[u8]) -> Result<Vec<u8>, Failure> {
    let fault = || Failure::Data(Reason::DecoderFault);
    let (rest, _magic) = tail.split_last_chunk::<4>().ok_or_else(fault)?;
    let (rest, len) = rest.split_last_chunk::<4>().ok_or_else(fault)?;
    let cut = rest.len().checked_sub(u32::from_le_bytes(*len) as usize).ok_or_else(fault)?;
    let (indexes, footer) = rest.split_at(cut);
    let (before, after) = around(footer).map_err(|_| fault())?;
    let (before, orders) = match input.metadata.file_metadata().column_orders() {
        Some(orders) => (before, encoded(orders, plan)),
        // The field is the last one, so that it can go with its head of one byte. Without orders only statistics of the
        // oldest kind may be used, and so it stays.
        None => (before - 1, Vec::new()),
    };
    let mut out = indexes.to_vec();
    let start = out.len();
    out.extend_from_slice(footer.get(..before).unwrap_or_default());
    out.extend_from_slice(&orders);
    out.extend_from_slice(footer.get(after..).unwrap_or_default());
    let len = u32::try_from(out.len() - start).map_err(|_| fault())?;
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(b"PAR1");
    Ok(out)
}

/// Where the list of column orders begins and ends in a footer.
fn around(footer: &[u8]) -> Result<(usize, usize), Bad> {
    let mut input = Compact::new(footer);
    let mut last = 0;
    while let Some((id, of)) = input.field(&mut last)? {
        let before = input.position();
        input.skip(of)?;
        if (id, of) == (ORDERS, kind::LIST) {
            return Ok((before, input.position()));
        }
    }
    Err(Bad::Form)
}

/// The list for the leaves that stay, encoded.
fn encoded(orders: &[ColumnOrder], plan: &OutputPlan) -> Vec<u8> {
    let kept = plan.to.iter().enumerate().filter(|(_, to)| to.is_some());
    let codes: Vec<u8> = kept
        .map(|(leaf, _)| match orders.get(leaf) {
            Some(ColumnOrder::IEEE_754_TOTAL_ORDER) => 2,
            Some(ColumnOrder::INT96_TIMESTAMP_ORDER) => 3,
            _ => 1,
        })
        .collect();
    let mut out = Vec::with_capacity(codes.len() * 3 + 6);
    if codes.len() < 15 {
        out.push((codes.len() as u8) << 4 | kind::STRUCT);
    } else {
        out.push(0xf0 | kind::STRUCT);
        let mut len = codes.len();
        while len >= 0x80 {
            out.push(len as u8 | 0x80);
            len >>= 7;
        }
        out.push(len as u8);
    }
    for code in codes {
        out.extend_from_slice(&[code << 4 | kind::STRUCT, 0, 0]);
    }
    out
}
