//! Luhn (ISO/IEC 7812-1 annex B) and the numbers that use it.

use super::{digits, exactly, whole};

/// True where the digits, check digit included, pass Luhn.
pub(super) fn passes(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let d = u32::from(*d) << (i & 1);
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

pub(super) fn luhn(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<32>(value)?;
    whole(value, count > 1 && passes(found.get(..count)?))
}

/// 3GPP TS 23.003: 14 digits and a Luhn digit; 00 is a test code.
pub(super) fn imei(value: &[u8]) -> Option<usize> {
    let found = exactly::<15>(value)?;
    whole(value, passes(&found) && found.iter().any(|d| *d != 0))
}

/// Canadian social insurance number: 0 and 8 are not issued to persons.
pub(super) fn sin(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, passes(&found) && !matches!(found.first(), Some(0 | 8)))
}

/// US national provider identifier: the card issuer prefix 80840 goes in front before Luhn (45 CFR 162.406).
pub(super) fn npi(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let mut long = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    long.iter_mut().skip(5).zip(found).for_each(|(to, from)| *to = from);
    whole(value, passes(&long) && matches!(found.first(), Some(1 | 2)))
}
