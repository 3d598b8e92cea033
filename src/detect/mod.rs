//! Text in, findings out; pure.
//!
//! ```text
//! packs ── Catalogue ── Selection ── Rules ─┬─ Scanner     candidates by prefix sets and lazy automata, a block at a time
//!                                           └─ reference   candidates by one plain regex after the other, a cell at a time
//! candidate ── check ── context ── column ── confidence ── extend ── overlap ── Finding
//! ```
//! Both scanners share every judgement behind the candidate; the tests demand that they agree.

mod again;
mod anchor;
mod asked;
mod automaton;
mod by_view;
pub mod canary;
mod catalogue;
mod cells;
pub mod check;
mod column;
mod context;
mod escaped;
mod examples;
mod extend;
mod judge;
mod known;
mod needles;
mod overlap;
mod own;
pub mod pack;
mod prefix;
mod rank;
mod reading;
mod recall;
pub mod reference;
mod scan;
pub mod select;
mod shape;
mod sieve;
mod starts;
mod ways;
mod widen;

pub use again::is_prose;
pub use canary::Canary;
pub use catalogue::{Catalogue, Detector, Edges, Example, Explanation, Severity, Spread};
pub use column::View;
pub use known::{Hearsay, MOST as MOST_KNOWN};
pub use needles::{MOST as MOST_NEEDLES, Needles, Told};
pub use own::{is_masked_cell, is_tag, token_body, token_bytes, token_spans};
pub use scan::{Scanner, Scratch};
pub use select::{AllowList, Profile, Selection};

include!(concat!(env!("OUT_DIR"), "/packs.rs"));
