//! Mathematics without a domain word: integer sketches whose merge is exact, so that any merge tree gives the same bytes.

pub mod count_min;
pub mod hll;
pub mod lengths;
pub mod magnitudes;
pub mod texts;
