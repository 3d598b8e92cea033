//! Parquet: column chunks are looked at one by one; a chunk without an edit goes over byte for byte.
//!
//! ```text
//! ParquetInput ── examine(group, leaf, visitor) ── Chunk ─┐
//!              └─ untouched(group, leaf) ───────── Chunk ─┴─ ParquetOutput (row groups in order)
//! ```
//!
//! Pages are read in order with every size checked first; indexes and statistics are never believed. Decoding works on
//! physical values with their levels, not on Arrow arrays, so that schema, types and nullness stay exactly what they are.

mod arrow_schema;
mod chunk;
mod codec;
mod data_page;
mod delta;
mod dictionary;
mod entries;
mod examine;
mod failure;
mod footer;
mod hybrid;
mod input;
mod key_values;
mod leaf;
mod orders;
mod output;
mod pages;
mod plain;
mod plan;
mod reader;
mod reindex;
mod source;
mod summary;
mod thrift;
mod value;
mod values;
mod visit;
mod writer;

pub use chunk::{Chunk, Spill};
pub use examine::{Mode, Pick};
pub use failure::Failure;
pub use input::{Limits, ParquetInput};
pub use leaf::{Kind, Leaf};
pub use output::ParquetOutput;
pub use plan::{Masker, OutputPlan};
pub use visit::{Answer, Batch, Change, Occurrence, Rejected, Visitor, Wish};

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
