//! France and Monaco.

use super::super::{exactly, luhn, sums::number, sums::rest, whole};
use super::{all_digits, alnum};

/// Carte nationale d'identité: twelve digits until 2021, then nine characters; a word of nine letters is none, nor are nine digits.
pub(super) fn cni(value: &[u8]) -> Option<usize> {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    whole(value, value.len() == 12 && digits == 12 || digits > 0 && letters > 0 && digits + letters == 9)
}

/// Direction générale des finances publiques, numéro fiscal de référence (SPI).
pub(super) fn spi(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let (body, key) = (number(found.get(..10)?)?, number(found.get(10..)?)?);
    whole(value, found.first() < Some(&4) && body > 0 && body % 511 == key)
}

/// The digit that a letter of an account number stands for: A and J are 1, B, K and S are 2, and so on.
fn account_digit(byte: u8) -> u8 {
    match byte {
        b'A'..=b'I' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => byte.wrapping_sub(b'0'),
    }
}

/// CFONB, relevé d'identité bancaire: bank, branch, account and key.
pub(super) fn rib(value: &[u8]) -> Option<usize> {
    let text = alnum::<23>(value, b"")?;
    let found = text.map(account_digit);
    let part = |from: usize, to: usize| found.get(from..to).and_then(number);
    let sum = 89 * part(0, 5)? + 15 * part(5, 10)? + 3 * part(10, 21)?;
    whole(value, 97 - sum % 97 == part(21, 23)? && sum > 0)
}

/// The value of a key character of the newer keys: no I and no O.
fn key_value(byte: u8) -> Option<u64> {
    let place = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".iter().position(|b| *b == byte)?;
    u64::try_from(place).ok()
}

/// Code général des impôts, TVA: two characters of key and the SIREN; Monaco's numbers have 000 there and no Luhn.
pub(super) fn tva(value: &[u8]) -> Option<usize> {
    let [k1, k2, siren @ ..] = alnum::<11>(value, b"FR")?;
    let siren = all_digits::<9>(&siren)?;
    let n = number(&siren)?;
    let (first, second) = (key_value(k1)?, key_value(k2)?);
    let right = if k1.is_ascii_digit() && k2.is_ascii_digit() {
        u64::from(rest(&siren, 97) * 3 + 12) % 97 == first * 10 + second
    } else {
        let key = if k1.is_ascii_digit() { first * 24 + second - 10 } else { first * 34 + second - 100 };
        (n + 1 + key / 11) % 11 == key % 11
    };
    whole(value, right && n > 0 && (siren.starts_with(&[0, 0, 0]) || luhn::passes(&siren)))
}
