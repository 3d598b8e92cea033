//! Vehicle identification numbers (ISO 3779, 49 CFR 565): position 9 is a check digit in North America and where makers follow.

/// Weights of the positions; position 9 itself has none.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

fn value_of(letter: u8) -> Option<u32> {
    Some(match letter {
        b'0'..=b'9' => u32::from(letter - b'0'),
        b'A'..=b'H' => u32::from(letter - b'A') + 1,
        b'J'..=b'N' => u32::from(letter - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(letter - b'S') + 2,
        _ => return None,
    })
}

pub(super) fn vin(value: &[u8]) -> Option<usize> {
    let mut sum = 0;
    for (letter, weight) in value.iter().zip(WEIGHTS) {
        sum += value_of(letter.to_ascii_uppercase())? * weight;
    }
    let check = value.get(8)?.to_ascii_uppercase();
    let want = if check == b'X' { 10 } else { u32::from(check.checked_sub(b'0')?) };
    let both = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    (value.len() == 17 && sum % 11 == want && both).then_some(17)
}
