//! Sums that many check digits are made of.

/// The sum of digits times weights, as far as both go.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// The number that decimal digits spell; nothing where it has more than 19.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    (digits.len() <= 19).then(|| digits.iter().fold(0, |n, digit| n * 10 + u64::from(*digit)))
}

/// The rest of the number that decimal digits of any count spell.
pub(super) fn rest(digits: &[u8], modulus: u32) -> u32 {
    digits.iter().fold(0, |rest, digit| (rest * 10 + u32::from(*digit)) % modulus)
}

/// The value of a letter or digit in base 36: 0 to 9, then A is 10; nothing for other bytes.
pub(super) fn base36(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// ISO 7064 MOD 97-10 over letters and digits, a letter as its two digits: true where the rest is 1.
pub(super) fn mod97_10(text: impl Iterator<Item = u8>) -> bool {
    let rest = text.filter_map(base36).fold(0, |rest, value| (rest * if value > 9 { 100 } else { 10 } + value) % 97);
    rest == 1
}

/// ISO 7064 MOD 11-2 over values below 11, the check value included: true where the rest is 1.
pub(super) fn mod11_2(values: impl Iterator<Item = u32>) -> bool {
    values.fold(0, |sum, value| (sum + value) * 2 % 11) == 2
}

/// Damm's quasigroup: true where the digits, check digit included, end in 0.
pub(super) fn damm(digits: &[u8]) -> bool {
    const TABLE: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    let step = |at: u8, digit: &u8| TABLE.get(usize::from(at)).and_then(|row| row.get(usize::from(*digit))).copied();
    !digits.is_empty() && digits.iter().try_fold(0, step) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_published_examples() {
        assert_eq!((weighted(&[1, 2, 3], &[3, 2, 1]), number(&[0, 4, 2]), rest(&[1, 0, 0], 97)), (10, Some(42), 3));
        assert!(mod97_10(b"79444".iter().copied()) && !mod97_10(b"79445".iter().copied()), "794 with 44");
        assert!(mod11_2([0, 7, 9, 4, 0].into_iter()) && !mod11_2([0, 7, 9, 4, 1].into_iter()), "0794 with 0");
        assert!(damm(&[5, 7, 2, 4]) && !damm(&[5, 7, 2, 7]), "Damm's thesis: 572 with digit 4");
    }
}
