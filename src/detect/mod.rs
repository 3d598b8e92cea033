//! Text in, findings out; pure.
//!
//! ```text
//! packs ── Catalogue ── Selection ── Rules ─┬─ Scanner     candidates by prefix sets and lazy automata, a block at a time
//!                                           └─ reference   candidates by one plain regex after the other, a cell at a time
//! candidate ── check ── context ── column ── confidence ── extend ── overlap ── Finding
//! ```
//! Both scanners share every judgement behind the candidate; the tests demand that they agree.

mod asked;
mod automaton;
pub mod catalogue;
pub mod check;
mod column;
mod context;
mod escaped;
mod examples;
mod extend;
mod judge;
mod overlap;
mod own;
pub mod pack;
mod prefix;
mod reading;
mod recall;
pub mod reference;
mod scan;
pub mod select;
mod shape;
mod starts;
mod ways;
mod widen;

pub use catalogue::{Catalogue, Detector, Edges, Example, Explanation, Severity};
pub use column::View;
pub use own::{is_masked_cell, is_tag, token_body, token_bytes};
pub(crate) use reading::plain;
pub use scan::{Scanner, Scratch};
pub use select::{AllowList, Profile, Selection};

include!(concat!(env!("OUT_DIR"), "/packs.rs"));
