//! Portugal and Spain.

use super::super::{digits, exactly, sums::base36, sums::number, sums::rest, sums::weighted, whole};
use super::{all_digits, alnum, varied};

/// The control letters of Spain by the rest of 23.
const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn letter(rest: u64) -> Option<u8> {
    LETTERS.get(usize::try_from(rest).ok()?).copied()
}

/// Real Decreto 1553/2005: DNI of eight digits (numbers below ten million are written with seven, too), NIE with X, Y or Z for 0, 1 or 2, and K, L or M before seven digits.
pub(super) fn es_nif(value: &[u8]) -> Option<usize> {
    let short = || {
        let mut text = [b'0'; 9];
        let [_, rest @ ..] = &mut text;
        *rest = alnum::<8>(value, b"").filter(|t| t.first().is_some_and(u8::is_ascii_digit))?;
        Some(text)
    };
    let [first, body @ .., check] = alnum::<9>(value, b"ES").or_else(short)?;
    let body = number(&all_digits::<7>(&body)?)?;
    let lead = match first {
        b'0'..=b'9' => u64::from(first - b'0'),
        b'X'..=b'Z' => u64::from(first - b'X'),
        b'K'..=b'M' => 0,
        _ => return None,
    };
    whole(value, letter((lead * 10_000_000 + body) % 23) == Some(check))
}

/// Orden EHA/451/2008: the letter of the legal form decides between digit and letter.
pub(super) fn es_cif(value: &[u8]) -> Option<usize> {
    let [form, body @ .., check] = alnum::<9>(value, b"ES")?;
    let body = all_digits::<7>(&body)?;
    let sum: u32 = body.iter().enumerate().map(|(i, d)| u32::from(*d) << (1 - (i & 1))).map(|n| n / 10 + n % 10).sum();
    let digit = (10 - sum % 10) % 10;
    let as_letter = b"JABCDEFGHI".get(usize::try_from(digit).ok()?) == Some(&check);
    let as_digit = base36(check) == Some(digit);
    let right = match form {
        b'K' | b'P' | b'Q' | b'R' | b'S' | b'N' | b'W' => as_letter,
        b'A' | b'B' | b'E' | b'H' => as_digit,
        b'C' | b'D' | b'F' | b'G' | b'J' | b'U' | b'V' => as_letter || as_digit,
        _ => false,
    };
    whole(value, right)
}

pub(super) fn es_vat(value: &[u8]) -> Option<usize> {
    es_nif(value).or_else(|| es_cif(value))
}

/// Tesorería General de la Seguridad Social: province, number, rest of 97; numbers below ten million count without their zero.
pub(super) fn es_nuss(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let part = |from: usize, to: usize| found.get(from..to).and_then(number);
    let (province, serial, check) = (part(0, 2)?, part(2, 10)?, part(10, 12)?);
    let body = if serial < 10_000_000 { province * 10_000_000 } else { province * 100_000_000 } + serial;
    whole(value, matches!(province, 1..=53 | 66) && serial > 0 && body % 97 == check)
}

/// Código cuenta cliente: a digit over bank and branch, one over the account.
pub(super) fn es_ccc(value: &[u8]) -> Option<usize> {
    const WEIGHTS: [u32; 10] = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
    let found = exactly::<20>(value)?;
    let digit = |sum: u32| match 11 - sum % 11 {
        11 => 0,
        10 => 1,
        check => check,
    };
    let bank = digit(weighted(found.get(..8)?, WEIGHTS.get(2..)?));
    let account = digit(weighted(found.get(10..)?, &WEIGHTS));
    let written = u32::from(*found.get(8)?) * 10 + u32::from(*found.get(9)?);
    whole(value, bank * 10 + account == written && varied(&found))
}

/// Código universal del punto de suministro: rest of 529 as two letters, then two characters of the point.
pub(super) fn es_cups(value: &[u8]) -> Option<usize> {
    let text = alnum::<22>(value, b"").map(|t| t.to_vec()).or_else(|| alnum::<20>(value, b"").map(|t| t.to_vec()))?;
    let found = all_digits::<16>(text.get(2..18)?)?;
    let r = u64::from(rest(&found, 529));
    let right = text.get(18).copied() == letter(r / 23) && text.get(19).copied() == letter(r % 23);
    whole(value, text.starts_with(b"ES") && right)
}

/// Autoridade Tributária: first digits in use; 10 and 11 are written 0.
pub(super) fn pt_nif(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = match weighted(&found, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        r => 11 - r,
    };
    let begins = matches!(found, [1 | 2 | 3 | 5 | 6 | 8 | 9, ..] | [4, 5, ..] | [7, 0 | 1 | 2 | 4 | 5 | 7 | 8 | 9, ..]);
    whole(value, begins && found.last().is_some_and(|d| u32::from(*d) == check) && varied(&found))
}

/// Segurança Social.
pub(super) fn pt_niss(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let check = 9 - weighted(&found, &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2]) % 10;
    whole(value, matches!(found.first(), Some(1 | 2)) && found.last().is_some_and(|d| u32::from(*d) == check))
}

/// Portaria 203/2007, cartão de cidadão: number, digit, two characters of the issue, digit.
pub(super) fn pt_cc(value: &[u8]) -> Option<usize> {
    let text = alnum::<12>(value, b"")?;
    let sum: u32 = text
        .iter()
        .enumerate()
        .filter_map(|(i, b)| base36(*b).map(|v| v << (1 - (i & 1))).map(|v| if i & 1 == 0 && v > 9 { v - 9 } else { v }))
        .sum();
    whole(value, sum.is_multiple_of(10))
}

/// Banco de Portugal, NIB: ISO 7064 MOD 97-10 over 21 digits.
pub(super) fn pt_nib(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<21>(value)?;
    whole(value, count == 21 && rest(&found, 97) == 1 && varied(&found))
}
