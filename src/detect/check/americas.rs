//! Numbers of the Americas.

use super::Check;

pub(super) static CHECKS: &[Check] = &[];
