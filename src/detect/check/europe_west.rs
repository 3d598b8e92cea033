//! Numbers of northern, western and southern Europe: the table, and what its files share.

mod benelux;
mod british;
mod france;
mod german;
mod greek;
mod iberia;
mod italy;
mod nordic;

use super::{Check, all};

/// A row whose form is all that the pattern matches.
const fn row(name: &'static str, chance: f64, demands: &'static str, run: fn(&[u8]) -> Option<usize>) -> Check {
    Check { name, chance, demands, run, form: all }
}

pub(super) static CHECKS: &[Check] = &[
    row("at-svnr", 0.0042, "weights 3-7-9-5-8-4-2-1-6 mod 11 at position 4, day of birth", german::at_svnr),
    row("at-uid", 0.1, "96 minus a Luhn-like sum, mod 10", german::at_uid),
    row("be-eid", 0.01, "the last two digits are the first ten mod 97", benelux::be_eid),
    row("be-nn", 0.0028, "97 minus the first nine mod 97, day of birth", benelux::be_nn),
    row("be-vat", 0.01, "97 minus the first eight mod 97", benelux::be_vat),
    row("ch-ahv", 0.1, "EAN-13 check digit, country 756", german::ch_ahv),
    row("ch-uid", 0.091, "weights 5-4-3-2-7-6-5-4 mod 11", german::ch_uid),
    row("cy-tic", 0.038, "odd places by table, the sum mod 26 is the letter", greek::cy_tic),
    row("de-id-card", 0.1, "weights 7-3-1 mod 10 where the check digit is there", german::de_id_card),
    row("de-kvnr", 0.1, "letter as two digits, weights 1-2, digit sums mod 10", german::de_kvnr),
    row("de-lanr", 0.1, "weights 4-9 mod 10 at position 7", german::de_lanr),
    row("de-rvnr", 0.0055, "weights 2-1-2-5-7-1, digit sums mod 10, day of birth", german::de_rvnr),
    row("de-vat", 0.1, "ISO 7064 MOD 11,10", german::de_vat),
    Check {
        name: "dk-cpr",
        chance: 0.0032,
        demands: "a day of birth, weights 4-3-2-7-6-5-4-3-2-1 mod 11 but for first days of January since 1960",
        run: nordic::dk_cpr,
        form: nordic::dk_cpr_form,
    },
    row("dk-cvr", 0.091, "weights 2-7-6-5-4-3-2-1, 0 mod 11", nordic::dk_cvr),
    row("es-ccc", 0.0083, "two digits, weights 1-2-4-8-5-10-9-7-3-6 mod 11", iberia::es_ccc),
    row("es-cif", 0.1, "Luhn-like sum as the digit or letter that the first letter asks for", iberia::es_cif),
    row("es-cups", 0.0019, "sixteen digits mod 529 as two letters", iberia::es_cups),
    row("es-nif", 0.044, "number mod 23 as a letter", iberia::es_nif),
    row("es-nuss", 0.0054, "province, the rest mod 97 in the last two digits", iberia::es_nuss),
    row("es-vat", 0.1, "that of a NIF or CIF", iberia::es_vat),
    row("fi-business-id", 0.091, "weights 7-9-10-5-8-4-2 mod 11", nordic::fi_business_id),
    row("fi-hetu", 0.0012, "nine digits mod 31 as a letter or digit, day of birth", nordic::fi_hetu),
    row("fr-cni", 0.9, "twelve digits, or nine characters with letters and digits", france::cni),
    row("fr-rib", 0.01, "97 minus the weighted parts mod 97", france::rib),
    row("fr-spi", 0.001, "the last three digits are the first ten mod 511", france::spi),
    row("fr-tva", 0.001, "key of the SIREN, which passes Luhn", france::tva),
    row("gb-chi", 0.0033, "day of birth, weights 10 to 2 mod 11", british::gb_chi),
    row("gb-driving-licence", 0.35, "month and day of birth, no digit 9 before a letter", british::gb_driving_licence),
    row("gb-utr", 0.1, "weights 6-7-8-9-10-5-4-3-2 mod 11 at position 1", british::gb_utr),
    row("gb-vat", 0.021, "weights 8 to 2 and the last two digits, 0 or 42 mod 97", british::gb_vat),
    row("gr-afm", 0.1, "powers of two, mod 11, mod 10", greek::gr_afm),
    row("gr-amka", 0.0037, "day of birth, Luhn", greek::gr_amka),
    row("ie-pps", 0.043, "weights 8 to 2 (9 for the second letter), mod 23 as a letter", british::ie_pps),
    row("ie-vat", 0.043, "that of a PPS number, or of the old form with a sign in second place", british::ie_vat),
    row("is-kennitala", 0.0014, "weights 3-2-7-6-5-4-3-2 mod 11, day of birth, century 8, 9 or 0", nordic::is_kennitala),
    row("it-bban", 0.038, "odd and even places by table, mod 26 as the first letter", italy::bban),
    row("it-fiscal-code", 0.026, "odd and even places by table, mod 26 as the last letter, day of birth", italy::fiscal_code),
    row("lu-id", 0.0004, "day of birth, Luhn and Verhoeff", benelux::lu_id),
    row("lu-vat", 0.01, "the last two digits are the first six mod 89", benelux::lu_vat),
    row("mt-vat", 0.027, "weights 3-4-6-7-8-9-10-1, 0 mod 37", greek::mt_vat),
    row("nl-bsn", 0.091, "weights 9 to 2 and -1, 0 mod 11", benelux::nl_bsn),
    row("nl-btw", 0.1, "that of a BSN, or ISO 7064 MOD 97-10", benelux::nl_btw),
    row("nl-onderwijsnummer", 0.091, "begins with 10, weights 9 to 2 and -1, 5 mod 11", benelux::nl_onderwijsnummer),
    row("no-account", 0.091, "weights 5-4-3-2-7-6-5-4-3-2 mod 11; Luhn for old giro accounts", nordic::no_account),
    row("no-fnr", 0.0006, "day of birth, two digits mod 11", nordic::no_fnr),
    row("no-orgnr", 0.091, "weights 3-2-7-6-5-4-3-2 mod 11", nordic::no_orgnr),
    row("pt-cc", 0.1, "Luhn over digits and letters", iberia::pt_cc),
    row("pt-nib", 0.01, "1 mod 97", iberia::pt_nib),
    row("pt-nif", 0.1, "weights 9 to 2 mod 11, first digits in use", iberia::pt_nif),
    row("pt-niss", 0.1, "weights 29-23-19-17-13-11-7-5-3-2, 9 minus the sum mod 10", iberia::pt_niss),
    row("se-orgnr", 0.08, "Luhn, third digit from 2 on", nordic::se_orgnr),
    row("se-personnummer", 0.0074, "day of birth or that plus 60, Luhn", nordic::se_personnummer),
    row("se-vat", 0.001, "Luhn over ten digits, then 01", nordic::se_vat),
];

/// The letters and digits of a value in upper case, a country's letters before them left out; nothing where it is not `N` of them.
fn alnum<const N: usize>(value: &[u8], prefix: &[u8]) -> Option<[u8; N]> {
    let mut found = [0_u8; 40];
    let mut count = 0;
    for b in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *found.get_mut(count)? = b.to_ascii_uppercase();
        count += 1;
    }
    let text = found.get(..count)?;
    let text = if count > N { text.strip_prefix(prefix)? } else { text };
    text.try_into().ok()
}

/// The digits of `N` bytes that must all be such.
fn all_digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let text: [u8; N] = text.try_into().ok()?;
    text.iter().all(u8::is_ascii_digit).then(|| text.map(|b| b - b'0'))
}

/// Two digits as a number.
fn two(tens: u8, ones: u8) -> u8 {
    tens * 10 + ones
}

/// True for a day that some year has.
fn is_day(day: u8, month: u8) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// The check digit of a sum mod 11 that is taken from 11: 11 is written 0, 10 is not issued.
fn from_eleven(sum: u32) -> Option<u8> {
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => u8::try_from(check).ok(),
    }
}

/// True where not all digits are alike.
fn varied(digits: &[u8]) -> bool {
    digits.iter().any(|d| digits.first() != Some(d))
}

#[cfg(test)]
mod tests;
