//! Numbers of eastern Europe and of its neighbours.

use super::Check;

pub(super) static CHECKS: &[Check] = &[];
