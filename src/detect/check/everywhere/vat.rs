//! VAT numbers of all countries: how many digits and letters each has, and which check its digits must pass.

use crate::detect::check::{Check, find, whole};
use std::sync::LazyLock;

/// Letters before the number, layouts of what follows (`9` a digit, `@` a letter, `*` either, others themselves), and the
/// check of the digits where the country publishes one. European Commission, structure of VAT identification numbers; tax
/// authorities of the others, as the OECD lists them.
#[rustfmt::skip]
const COUNTRIES: &[(&str, &[&str], &str)] = &[
    ("AL", &["@99999999@"], ""),
    ("AR", &["99999999999"], "ar-cuit"),
    ("AT", &["U99999999"], "at-uid"),
    ("AU", &["99999999999"], "au-abn"),
    ("BE", &["9999999999", "999999999"], "be-vat"),
    ("BG", &["999999999", "9999999999"], "bg-vat"),
    ("BO", &["9999999", "99999999", "999999999", "9999999999"], ""),
    ("BR", &["99999999999"], "br-cpf"),
    ("BR", &["************99"], "br-cnpj"),
    ("BY", &["999999999", "@@9999999"], "by-unp"),
    ("CA", &["999999999"], "ca-bn"),
    ("CHE", &["999999999", "999999999MWST", "999999999TVA", "999999999IVA"], "ch-uid"),
    ("CL", &["99999999*", "9999999*"], "cl-rut"),
    ("CO", &["9999999999", "999999999"], "co-nit"),
    ("CR", &["999999999", "9999999999", "99999999999", "999999999999"], ""),
    ("CY", &["99999999@"], "cy-tic"),
    ("CZ", &["99999999", "999999999", "9999999999"], "cz-vat"),
    ("DE", &["999999999"], "de-vat"),
    ("DK", &["99999999"], "dk-cvr"),
    ("DO", &["999999999"], "do-rnc"),
    ("DO", &["99999999999"], "luhn"),
    ("EC", &["9999999999999"], "ec-ruc"),
    ("EE", &["999999999"], "ee-kmkr"),
    ("EL", &["999999999"], "gr-afm"),
    ("ES", &["*9999999*"], "es-vat"),
    ("FI", &["99999999"], "fi-business-id"),
    ("FR", &["**999999999"], "fr-tva"),
    ("GB", &["999999999", "999999999999"], "gb-vat"),
    ("GB", &["GD999", "HA999"], ""),
    ("GR", &["999999999"], "gr-afm"),
    ("GT", &["9999999*", "999999*"], "gt-nit"),
    ("HR", &["99999999999"], "hr-oib"),
    ("HU", &["99999999"], "hu-vat"),
    ("ID", &["999999999999999"], "id-npwp"),
    ("ID", &["9999999999999999"], ""),
    ("IE", &["9*99999@", "9999999@@"], "ie-vat"),
    ("IL", &["999999999"], "il-id"),
    ("IN", &["99@@@@@9999@***"], "in-gstin"),
    ("IS", &["99999", "999999"], ""),
    ("IT", &["99999999999"], "luhn"),
    ("KZ", &["999999999999"], ""),
    ("LT", &["999999999", "999999999999"], "lt-vat"),
    ("LU", &["99999999"], "lu-vat"),
    ("LV", &["99999999999"], "lv-vat"),
    ("MK", &["9999999999999"], "mk-edb"),
    ("MT", &["99999999"], "mt-vat"),
    ("MX", &["@@@@999999***", "@@@999999***"], "mx-rfc"),
    ("NG", &["999999999999"], ""),
    ("NI", &["9999999999999@"], ""),
    ("NL", &["999999999B99"], "nl-btw"),
    ("NO", &["999999999MVA", "999999999"], "no-orgnr"),
    ("NZ", &["99999999", "999999999"], "nz-ird"),
    ("PE", &["99999999999"], "pe-ruc"),
    ("PH", &["999999999", "999999999999", "99999999999999"], ""),
    ("PL", &["9999999999"], "pl-nip"),
    ("PT", &["999999999"], "pt-nif"),
    ("PY", &["9999999", "99999999", "999999999"], "py-ruc"),
    ("RO", &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"], "ro-cui"),
    ("RS", &["999999999"], "rs-pib"),
    ("RU", &["9999999999"], "ru-inn-company"),
    ("RU", &["999999999999"], "ru-inn"),
    ("SA", &["399999999999999"], ""),
    ("SE", &["999999999999"], "se-vat"),
    ("SI", &["99999999"], "si-tax"),
    ("SK", &["9999999999"], "sk-vat"),
    ("SM", &["99999"], ""),
    ("SV", &["99999999999999"], "sv-nit"),
    ("TR", &["9999999999"], "tr-vkn"),
    ("UA", &["99999999"], "ua-edrpou"),
    ("UA", &["9999999999"], "ua-rntrc"),
    ("UA", &["999999999999"], ""),
    ("UY", &["999999999999"], "uy-rut"),
    ("UZ", &["999999999"], ""),
    ("VE", &["@999999999"], "ve-rif"),
    ("XI", &["999999999", "999999999999"], "gb-vat"),
];

/// A row of the table with its check looked up.
struct Country {
    letters: &'static str,
    layouts: &'static [&'static str],
    check: Option<&'static Check>,
}

static RULES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    COUNTRIES.iter().map(|(letters, layouts, check)| Country { letters, layouts, check: find(check) }).collect()
});

fn fits(layout: &str, text: &[u8]) -> bool {
    let one = |(want, b): (u8, &u8)| match want {
        b'9' => b.is_ascii_digit(),
        b'@' => b.is_ascii_uppercase(),
        b'*' => b.is_ascii_uppercase() || b.is_ascii_digit(),
        _ => want == *b,
    };
    layout.len() == text.len() && layout.bytes().zip(text).all(one)
}

impl Country {
    fn has(&self, number: &[u8]) -> bool {
        self.layouts.iter().any(|layout| fits(layout, number)) && number.iter().any(|b| number.first() != Some(b))
    }
}

/// The longest number with its country's letters, in letters and digits.
const MOST: usize = 20;

/// The letters and digits of a value; nothing where there are more than any country has.
fn compact<'a>(value: &[u8], into: &'a mut [u8; MOST]) -> Option<&'a [u8]> {
    let mut count = 0;
    for byte in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *into.get_mut(count)? = *byte;
        count += 1;
    }
    into.get(..count)
}

/// A country's letters, its layout, and its check where it has one.
pub(super) fn with_letters(value: &[u8]) -> Option<usize> {
    let mut room = [0; MOST];
    let text = compact(value, &mut room)?;
    let holds = RULES.iter().any(|country| {
        let number = text.strip_prefix(country.letters.as_bytes()).filter(|number| country.has(number));
        number.is_some_and(|number| country.check.is_none_or(|check| (check.run)(number).is_some()))
    });
    whole(value, holds)
}

/// The layout and the check of any country that has one.
pub(super) fn bare(value: &[u8]) -> Option<usize> {
    let mut room = [0; MOST];
    let number = compact(value, &mut room)?;
    let passes = |country: &Country| country.check.is_some_and(|check| country.has(number) && (check.run)(number).is_some());
    whole(value, RULES.iter().any(passes))
}

/// Not an amount of money, a rate or a date: no digits after a point at the end, more than one digit in use.
pub(super) fn bare_form(value: &[u8]) -> Option<usize> {
    let digits = || value.iter().filter(|b| b.is_ascii_digit());
    let amount = value.iter().rposition(|b| *b == b'.').is_some_and(|at| value.len() - at <= 3);
    whole(value, !amount && digits().any(|d| digits().next() != Some(d)) && super::super::date::birth(value).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_check_that_is_there() {
        for (letters, layouts, check) in COUNTRIES {
            assert!(check.is_empty() || find(check).is_some(), "{letters}: {check}");
            assert!(layouts.iter().all(|layout| letters.len() + layout.len() <= MOST), "{letters}");
        }
    }

    #[test]
    fn countries_have_their_own_numbers() {
        let table: &[(&str, bool, bool, &str)] = &[
            ("ATU13585627", true, false, "Austria"),
            ("ATU13585628", false, false, "check digit"),
            ("U13585627", false, true, "Austria without its letters"),
            ("BE 0428.759.497", true, false, "Belgium in groups"),
            ("CY10259033P", true, false, "Cyprus"),
            ("ESJ99216582", true, false, "Spain"),
            ("FR40303265045", true, false, "France"),
            ("IE6433435F", true, false, "Ireland"),
            ("NL004495445B01", true, false, "Netherlands"),
            ("NO988077917MVA", true, false, "Norway"),
            ("SE123456789701", true, false, "Sweden"),
            ("IN27AAPFU0939F1ZV", true, false, "India"),
            ("CHE-107.787.577 IVA", true, false, "Switzerland"),
            ("BR 16.727.230/0001-97", true, false, "Brazil"),
            ("AL J91402501L", true, false, "Albania: a layout alone"),
            ("IT 123456789101", false, false, "Italy has eleven digits"),
            ("DE12345678", false, false, "Germany has nine"),
            ("XX123456789", false, false, "no such country"),
            ("988077917", false, true, "Norway, bare"),
            ("1234567890123", false, false, "thirteen digits of no country"),
            ("DE000000000", false, false, "one digit repeated"),
            ("00000000000000000000000", false, false, "longer than any"),
        ];
        for (value, lettered, plain, why) in table {
            assert_eq!(with_letters(value.as_bytes()).is_some(), *lettered, "{value}: {why}");
            assert_eq!(bare(value.as_bytes()).is_some(), *plain, "bare {value}: {why}");
        }
    }

    #[test]
    fn amounts_and_dates_have_no_form() {
        let table = [("12345.67", false), ("12.345.678", true), ("2024-01-02", false), ("11111111", false), ("12345678", true)];
        for (value, has) in table {
            assert_eq!(bare_form(value.as_bytes()).is_some(), has, "{value}");
        }
    }
}
