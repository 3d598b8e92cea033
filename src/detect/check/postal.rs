//! Postal codes whose letters are limited: British postcodes (BS 7666, Royal Mail).

use super::whole;

/// No Q, V, X first, no I, J, Z second; the inward letters leave out C, I, K, M, O, V.
pub(super) fn gb(value: &[u8]) -> Option<usize> {
    let letter = |b: &u8| b.to_ascii_uppercase();
    let first = value.first().map(letter)?;
    let second = value.get(1).map(letter)?;
    let inward = value.iter().rev().take(2).all(|b| !b"CIKMOV".contains(&letter(b)));
    whole(value, !b"QVX".contains(&first) && !b"IJZ".contains(&second) && inward)
}
