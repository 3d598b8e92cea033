//! Numbers without a check digit whose parts come from a registry: US SSN and ITIN, British NINO, Indian PAN.

use super::{exactly, whole};

fn parts(value: &[u8]) -> Option<(u32, u32, u32)> {
    let n = exactly::<9>(value)?.iter().fold(0_u32, |n, d| n * 10 + u32::from(*d));
    Some((n / 1_000_000, n / 10_000 % 100, n % 10_000))
}

/// Social Security Administration, RM 10201.035: areas 000, 666 and 900-999, group 00 and serial 0000 are never issued.
pub(super) fn ssn(value: &[u8]) -> Option<usize> {
    let (area, group, serial) = parts(value)?;
    whole(value, area != 0 && area != 666 && area < 900 && group != 0 && serial != 0)
}

/// IRS: areas 900-999, groups 50-65, 70-88, 90-92, 94-99.
pub(super) fn itin(value: &[u8]) -> Option<usize> {
    let (area, group, _) = parts(value)?;
    whole(value, area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// HMRC NIM39110: letters not used in the first and second place, and prefixes not allocated.
pub(super) fn nino(value: &[u8]) -> Option<usize> {
    let prefix = [value.first()?.to_ascii_uppercase(), value.get(1)?.to_ascii_uppercase()];
    let [first, second] = prefix;
    let unused = b"DFIQUV".contains(&first) || b"DFIOQUV".contains(&second);
    let withheld = [*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"].contains(&prefix);
    whole(value, !unused && !withheld)
}

/// Income Tax Department, Rule 114: the fourth letter is the holder's type; serials run from 0001.
pub(super) fn in_pan(value: &[u8]) -> Option<usize> {
    let begun = value.iter().any(|b| matches!(b, b'1'..=b'9'));
    whole(value, begun && b"ABCFGHJLPTE".contains(&value.get(3)?.to_ascii_uppercase()))
}
