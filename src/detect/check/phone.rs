//! Telephone numbers: the international plan (ITU-T E.164) and the North American one.

use super::{digits, whole};

/// Country codes in use begin with any digit but 0; the families 28, 83 and 89 are spare (ITU-T E.164 list).
fn country_code(first: u8, second: u8) -> bool {
    match first {
        0 => false,
        2 => second != 8,
        8 => second != 3 && second != 9,
        _ => true,
    }
}

/// The number without `x123` or `ext. 123`.
fn before_extension(value: &[u8]) -> &[u8] {
    value.split(u8::is_ascii_alphabetic).next().unwrap_or_default()
}

/// `+` and 8 to 15 digits with a country code; a number of one repeated digit is none.
pub(super) fn international(value: &[u8]) -> Option<usize> {
    let spelled = before_extension(value);
    let dialled = spelled.strip_prefix(b"00");
    let (found, count) = digits::<15>(dialled.unwrap_or(spelled))?;
    let found = found.get(..count)?;
    let (first, second) = (*found.first()?, *found.get(1)?);
    // Behind 00 the country code stands apart: numbers filled up with zeros begin like that, too.
    let code = dialled.map_or(1, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
    // Made-up numbers of the North American plan count: people write what never rings.
    let plan = if first == 1 { count == 11 && code == 1 } else { code <= 3 };
    whole(
        value,
        (8..=15).contains(&count) && plan && country_code(first, second) && found.iter().skip(2).any(|d| found.get(2) != Some(d)),
    )
}

fn us_plan(found: &[u8]) -> bool {
    let at = |i: usize| found.get(i).copied().unwrap_or(0);
    let service = |i: usize| at(i) == 1 && at(i + 1) == 1;
    found.len() == 10 && at(0) > 1 && at(3) > 1 && !service(1) && !service(4)
}

/// North American numbering plan: area and exchange begin with 2 to 9 and are no service code (N11).
pub(super) fn us(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<11>(before_extension(value))?;
    let found = found.get(..count)?;
    let national = match (found.first(), count) {
        (Some(1), 11) => found.get(1..)?,
        _ => found,
    };
    whole(value, us_plan(national) && national.iter().any(|d| national.first() != Some(d)))
}

/// 7 to 13 digits before an extension, not a date and not one digit repeated.
pub(super) fn national(value: &[u8]) -> Option<usize> {
    let number = before_extension(value);
    let (found, count) = digits::<13>(number)?;
    let found = found.get(..count)?;
    whole(value, count >= 7 && super::date::birth(number).is_none() && found.iter().any(|d| found.first() != Some(d)))
}
