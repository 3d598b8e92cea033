//! Numbers of Asia, Oceania and Africa.

use super::Check;

pub(super) static CHECKS: &[Check] = &[];
