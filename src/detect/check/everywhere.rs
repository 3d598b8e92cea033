//! Numbers that belong to no one country.

use super::Check;

pub(super) static CHECKS: &[Check] = &[];
