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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_published_examples() {
        assert_eq!((weighted(&[1, 2, 3], &[3, 2, 1]), number(&[0, 4, 2]), rest(&[1, 0, 0], 97)), (10, Some(42), 3));
        assert!(mod97_10(b"79444".iter().copied()) && !mod97_10(b"79445".iter().copied()), "794 with 44");
        assert!(mod11_2([0, 7, 9, 4, 0].into_iter()) && !mod11_2([0, 7, 9, 4, 1].into_iter()), "0794 with 0");
    }
}
