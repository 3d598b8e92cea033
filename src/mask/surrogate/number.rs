//! Made-up numbers: cards, accounts, ids of any kind.

use super::draw::Draw;

/// The text with its digits, in order, replaced by these.
pub(super) fn with_digits(text: &str, digits: &[u8]) -> String {
    let mut digits = digits.iter();
    let next = |c: char| if c.is_ascii_digit() { digits.next().map_or(c, |d| char::from(*d)) } else { c };
    text.chars().map(next).collect()
}

/// The digits of a text.
pub(super) fn digits_of(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// The digits of a text without letters.
fn digits_alone_of(text: &str) -> Option<Vec<u8>> {
    (!text.contains(char::is_alphabetic)).then(|| digits_of(text))
}

/// The same shape: other digits and letters where digits and letters stand.
pub(super) fn shape(value: &str, draw: &mut Draw) -> String {
    value.chars().map(|c| draw.like(c)).collect()
}

/// The same letters among other digits: ids whose letters tell a kind or a place.
pub(super) fn digits_alone(value: &str, draw: &mut Draw) -> String {
    value.chars().map(|c| if c.is_numeric() { char::from(draw.digit()) } else { c }).collect()
}

/// The numbers by which issuers' test cards begin, by what cards of that issuer begin with.
const TEST_CARDS: &[(&str, &str)] = &[
    ("34", "378282"),
    ("35", "353011"),
    ("37", "378282"),
    ("30", "305693"),
    ("36", "305693"),
    ("38", "305693"),
    ("39", "305693"),
    ("4", "411111"),
    ("2", "555555"),
    ("5", "555555"),
    ("6", "601111"),
];

/// A card that begins as its issuer's test cards do, with a right check digit; nothing of an issuer that has none.
pub(super) fn card(value: &str, draw: &mut Draw) -> Option<String> {
    let old = digits_alone_of(value)?;
    let start = TEST_CARDS.iter().find(|(issuer, _)| old.starts_with(issuer.as_bytes()))?.1;
    if old.len() < 12 {
        return None;
    }
    let mut new: Vec<u8> = start.bytes().collect();
    while new.len() + 1 < old.len() {
        new.push(draw.digit());
    }
    new.push(b'0' + luhn_digit(&new));
    Some(with_digits(value, &new))
}

/// The digit that makes a number pass the check of ISO/IEC 7812-1.
fn luhn_digit(body: &[u8]) -> u8 {
    let weighed = body.iter().rev().enumerate().map(|(at, d)| {
        let digit = u32::from(d - b'0');
        if at % 2 == 1 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
    });
    ((10 - weighed.sum::<u32>() % 10) % 10) as u8
}

/// Letters and digits of the shortest IBAN.
const IBAN_LEAST: usize = 15;

/// Signs at the start of an account number that name the bank; 9999 and XXXX name none.
const BANK_SIGNS: usize = 4;

/// An IBAN of the same country and shape at a bank that there is not, with right check digits.
pub(super) fn iban(value: &str, draw: &mut Draw) -> Option<String> {
    let head: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).take(IBAN_LEAST).collect();
    let known = head.len() == IBAN_LEAST
        && matches!(head.as_slice(), [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
    if !known {
        return None;
    }
    let mut seen = 0;
    let mut made: Vec<u8> = Vec::with_capacity(value.len());
    for c in value.chars() {
        let sign = u8::try_from(c).ok().filter(u8::is_ascii)?;
        if !sign.is_ascii_alphanumeric() {
            made.push(sign);
            continue;
        }
        seen += 1;
        made.push(match (seen, sign) {
            (..=2, _) => sign,
            (..=4, _) => b'0',
            (n, b'0'..=b'9') if n <= 4 + BANK_SIGNS => b'9',
            (n, b'a'..=b'z') if n <= 4 + BANK_SIGNS => b'x',
            (n, _) if n <= 4 + BANK_SIGNS => b'X',
            _ => draw.like(c) as u8,
        });
    }
    let rest = || made.iter().filter(|b| b.is_ascii_alphanumeric());
    // ISO 7064 MOD 97-10 over the number with country and check digits behind it.
    let sum = rest().skip(4).chain(rest().take(4)).fold(0_u32, |n, b| match b {
        b'0'..=b'9' => (n * 10 + u32::from(b - b'0')) % 97,
        _ => (n * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    let check = 98 - sum;
    let mut places = made.iter_mut().filter(|b| b.is_ascii_alphanumeric()).skip(2);
    *places.next()? = b'0' + (check / 10) as u8;
    *places.next()? = b'0' + (check % 10) as u8;
    String::from_utf8(made).ok()
}

/// A number of the Social Security Administration's spare area 9xx, in groups that the tax authority does not use either.
pub(super) fn ssn(value: &str, draw: &mut Draw) -> Option<String> {
    if digits_alone_of(value)?.len() != 9 {
        return None;
    }
    let (area, group, serial) = (900 + draw.below(100), 1 + draw.below(49), 1 + draw.below(9999));
    Some(with_digits(value, format!("{area}{group:02}{serial:04}").as_bytes()))
}
