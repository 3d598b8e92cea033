//! Numbers of United States agencies, and device identifiers that the FDA accredits.

use crate::detect::check::{digits, exactly, registry, whole};

/// Prefixes of employer numbers that no campus assigns.
const UNUSED_EIN: &[u32] = &[0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];

/// Adoption number: area 9xx, group 93.
pub(super) fn atin(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, found.first() == Some(&9) && found.get(3..5) == Some(&[9, 3]))
}

/// Drug Enforcement Administration: the sum's last digit is the seventh.
pub(super) fn dea(value: &[u8]) -> Option<usize> {
    let found = exactly::<7>(value.get(2..)?)?;
    let (check, body) = found.split_last()?;
    let sum: u8 = body.iter().zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    whole(value, sum % 10 == *check)
}

/// Employer number.
pub(super) fn ein(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let prefix = found.iter().take(2).fold(0, |n, d| n * 10 + u32::from(*d));
    whole(value, !UNUSED_EIN.contains(&prefix) && found.iter().any(|d| found.first() != Some(d)))
}

/// Medicare claim number: a social security number before letters.
pub(super) fn hicn(value: &[u8]) -> Option<usize> {
    let end = value.iter().position(u8::is_ascii_alphabetic)?;
    registry::ssn(value.get(..end)?)?;
    Some(value.len())
}

/// GS1 application identifier 01: a trade item of 14 digits.
pub(super) fn gs1(value: &[u8]) -> Option<usize> {
    let body = value.strip_prefix(b"(01)").or_else(|| value.strip_prefix(b"01"))?;
    let (found, count) = digits::<14>(body.get(..14)?)?;
    let sum: u32 = found.iter().zip([3, 1].into_iter().cycle()).map(|(d, w)| u32::from(*d) * w).sum();
    whole(value, count == 14 && sum.is_multiple_of(10))
}

/// Health Industry Bar Code: values of all characters but the last sum up to the last, mod 43.
pub(super) fn hibc(value: &[u8]) -> Option<usize> {
    const SET: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
    let (last, body) = value.split_last()?;
    let mut sum = 0;
    for byte in body {
        sum += SET.iter().position(|b| b == byte)?;
    }
    whole(value, SET.get(sum % 43) == Some(last))
}
