//! Banks, securities and cards: BIC, LEI, ISIN, CUSIP, FIGI, creditor references, magnetic tracks.

use crate::detect::check::sums::{base36, mod97_10};
use crate::detect::check::{luhn, payment_card, whole};

/// Countries of ISO 3166-1 alpha-2 and XK, which SWIFT uses for Kosovo.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH \
GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB \
LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM \
PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// The letters and digits of a value, upper case; nothing where there are more than `N`.
fn characters<const N: usize>(value: &[u8]) -> Option<([u8; N], usize)> {
    let mut found = [0; N];
    let mut count = 0;
    for byte in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *found.get_mut(count)? = byte.to_ascii_uppercase();
        count += 1;
    }
    Some((found, count))
}

/// ISO 9362.
pub(super) fn bic(value: &[u8]) -> Option<usize> {
    let (found, count) = characters::<11>(value)?;
    let country = found.get(4..6)?;
    let known = COUNTRIES.split_ascii_whitespace().any(|c| c.as_bytes() == country);
    whole(value, matches!(count, 8 | 11) && known)
}

/// ISO 17442.
pub(super) fn lei(value: &[u8]) -> Option<usize> {
    let (found, count) = characters::<20>(value)?;
    whole(value, count == 20 && mod97_10(found.into_iter()))
}

/// ISO 11649: the four first characters go to the end.
pub(super) fn reference(value: &[u8]) -> Option<usize> {
    let (found, count) = characters::<25>(value)?;
    let (head, body) = found.get(..count)?.split_at_checked(4)?;
    whole(value, !body.is_empty() && mod97_10(body.iter().chain(head).copied()))
}

/// ISO 6166: Luhn over the digits of each character's value.
pub(super) fn isin(value: &[u8]) -> Option<usize> {
    let mut digits = [0_u8; 24];
    let mut count = 0;
    for byte in value {
        let number = base36(*byte)? as u8;
        for digit in [number / 10, number % 10].into_iter().skip(usize::from(number < 10)) {
            *digits.get_mut(count)? = digit;
            count += 1;
        }
    }
    whole(value, value.len() == 12 && luhn::passes(digits.get(..count)?))
}

/// The sum of each character's value, the second, fourth … doubled, digit by digit.
fn double_add_double(body: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let mut sum = 0;
    for (at, number) in body.enumerate() {
        let number = number? << (at & 1);
        sum += number / 10 + number % 10;
    }
    Some((10 - sum % 10) % 10)
}

/// ANSI X9.6: nine characters, the last the check digit.
pub(super) fn cusip(value: &[u8]) -> Option<usize> {
    let (last, body) = value.split_last()?;
    let number = |byte: &u8| match byte {
        b'*' => Some(36),
        b'@' => Some(37),
        b'#' => Some(38),
        _ => base36(*byte),
    };
    let check = double_add_double(body.iter().map(number))?;
    let varied = body.iter().any(|b| Some(b) != body.first());
    whole(value, body.len() == 8 && varied && base36(*last) == Some(check))
}

/// Twelve characters without vowels, the last the check digit.
pub(super) fn figi(value: &[u8]) -> Option<usize> {
    let (last, body) = value.split_last()?;
    let check = double_add_double(body.iter().map(|b| base36(*b)))?;
    whole(value, body.len() == 11 && base36(*last) == Some(check))
}

/// ISO/IEC 7813: the first run of digits is a card number.
pub(super) fn track(value: &[u8]) -> Option<usize> {
    let start = value.iter().position(u8::is_ascii_digit)?;
    let rest = value.get(start..)?;
    let end = rest.iter().position(|b| !b.is_ascii_digit() && *b != b' ')?;
    let number = rest.get(..end)?;
    payment_card::payment_card(number).filter(|n| *n == number.len())?;
    Some(value.len())
}
