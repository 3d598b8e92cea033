//! Payment card numbers (ISO/IEC 7812-1): issuer prefix, the lengths that issuer uses, Luhn.

use super::{digits, luhn};

/// Issuer prefixes as ranges of the first six digits, and the lengths in use.
const ISSUERS: &[(u32, u32, &[usize])] = &[
    (180_000, 180_099, &[15]),
    (213_100, 213_199, &[15]),
    (220_000, 220_499, &[16, 17, 18, 19]),
    (222_100, 272_099, &[16]),
    (300_000, 305_999, &[14, 16]),
    (309_500, 309_599, &[14, 16]),
    (340_000, 349_999, &[15]),
    (352_800, 358_999, &[16, 17, 18, 19]),
    (360_000, 369_999, &[14, 16]),
    (370_000, 379_999, &[15]),
    (380_000, 399_999, &[14, 16]),
    (400_000, 499_999, &[13, 16, 19]),
    (500_000, 509_999, &[16, 18, 19]),
    (510_000, 559_999, &[16]),
    (560_000, 589_999, &[16, 18, 19]),
    (600_000, 619_999, &[16, 18, 19]),
    (620_000, 629_999, &[16, 17, 18, 19]),
    (630_000, 659_999, &[16, 17, 18, 19]),
    (670_000, 679_999, &[16, 18, 19]),
    (810_000, 819_999, &[16, 17, 18, 19]),
];

fn issued(card: &[u8]) -> bool {
    let prefix = card.iter().take(6).fold(0, |n, d| n * 10 + u32::from(*d));
    let known = ISSUERS.iter().any(|(low, high, lengths)| (low..=high).contains(&&prefix) && lengths.contains(&card.len()));
    known && luhn::passes(card) && card.iter().any(|d| card.first() != Some(d))
}

/// Accepts the whole value, or its first 16 digits where a separator follows them (a number behind a number).
pub(super) fn payment_card(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<19>(value)?;
    if issued(found.get(..count)?) {
        return Some(value.len());
    }
    let mut seen = 0;
    let end = value.iter().position(|b| {
        seen += usize::from(b.is_ascii_digit());
        seen == 16
    })? + 1;
    (count > 16 && value.get(end).is_some_and(|b| !b.is_ascii_alphanumeric()) && issued(found.get(..16)?)).then_some(end)
}
