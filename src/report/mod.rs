//! Numbers in, text out: the report of a run in every format, and the side files that go with it.

mod findings;
mod names;
mod rejected;
mod side;
mod suspects;

pub use findings::{FindingBatch, FindingIds, FindingRow, FindingsWriter};
pub use names::{NAME_BYTES, Names};
pub use rejected::RejectedWriter;
pub use suspects::{SuspectRow, SuspectsWriter, fate_name};
