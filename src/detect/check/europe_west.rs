//! Numbers of northern, western and southern Europe.

use super::Check;

pub(super) static CHECKS: &[Check] = &[];
