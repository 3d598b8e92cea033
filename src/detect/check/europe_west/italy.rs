//! Italy.

use super::super::whole;
use super::{all_digits, alnum, is_day};

/// Values in odd places, for 0 to 9 and for A to J alike, then K to Z.
const ODD: [u32; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The control letter: odd places by table, even places by place in the alphabet or by digit.
fn control(text: &[u8]) -> Option<u8> {
    let mut sum = 0_u32;
    for (i, b) in text.iter().enumerate() {
        let place = match b {
            b'0'..=b'9' => b - b'0',
            b'A'..=b'Z' => b - b'A',
            _ => return None,
        };
        sum += if i % 2 == 0 { *ODD.get(usize::from(place))? } else { u32::from(place) };
    }
    u8::try_from(sum % 26).ok().map(|n| n + b'A')
}

/// The digit behind a letter that stands for it where two persons would have the same code (omocodia).
fn plain_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte),
        _ => b"LMNPQRSTUV".iter().position(|b| *b == byte).and_then(|n| u8::try_from(n).ok()).map(|n| n + b'0'),
    }
}

/// Decreto MEF 12 March 1974: name, year, month letter, day (plus 40 for women), municipality, control letter.
pub(super) fn fiscal_code(value: &[u8]) -> Option<usize> {
    let text = alnum::<16>(value, b"")?;
    let [body @ .., check] = text;
    let [_, _, _, _, _, _, y1, y2, m, d1, d2, _, c1, c2, c3, _] = text;
    let [_, _, d1, d2, _, _, _] = all_digits::<7>(&[
        plain_digit(y1)?,
        plain_digit(y2)?,
        plain_digit(d1)?,
        plain_digit(d2)?,
        plain_digit(c1)?,
        plain_digit(c2)?,
        plain_digit(c3)?,
    ])?;
    let month = b"ABCDEHLMPRST".iter().position(|b| *b == m).and_then(|n| u8::try_from(n).ok())? + 1;
    let day = d1 * 10 + d2;
    whole(value, is_day(if day > 40 { day - 40 } else { day }, month) && control(&body) == Some(check))
}

/// ABI: control letter (CIN), bank, branch, account.
pub(super) fn bban(value: &[u8]) -> Option<usize> {
    let [cin, body @ ..] = alnum::<23>(value, b"")?;
    whole(value, control(&body) == Some(cin))
}
