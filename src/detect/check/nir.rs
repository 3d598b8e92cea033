//! French social security number (numéro de sécurité sociale, NIR): sex, month, key.

use super::whole;

/// Fifteen positions; Corsica's 2A and 2B count as 19 and 18. The month is 1 to 12, 20 to 42 or 50 to 99 where it is unknown.
pub(super) fn nir(value: &[u8]) -> Option<usize> {
    let mut number = 0_u64;
    let mut key = 0_u64;
    let mut month = 0_u64;
    let mut count = 0;
    let mut corsica = 0_u64;
    for b in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        count += 1;
        let digit = match (b, count) {
            (b'0'..=b'9', _) => u64::from(b - b'0'),
            (b'A' | b'a', 7) => {
                corsica = 1_000_000;
                0
            }
            (b'B' | b'b', 7) => {
                corsica = 2_000_000;
                0
            }
            _ => return None,
        };
        match count {
            1 if !(1..=4).contains(&digit) && digit < 7 => return None,
            4 | 5 => month = month * 10 + digit,
            _ => {}
        }
        if count <= 13 {
            number = number * 10 + digit;
        } else {
            key = key * 10 + digit;
        }
        if count > 15 {
            return None;
        }
    }
    let in_year = (1..=12).contains(&month) || (20..=42).contains(&month) || (50..=99).contains(&month);
    whole(value, count == 15 && in_year && 97 - (number.wrapping_sub(corsica)) % 97 == key)
}
