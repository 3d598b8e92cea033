//! International bank account numbers (ISO 13616): the country's structure and ISO 7064 MOD 97-10.

/// Country and the structure behind country and check digits, sorted by country: digits (n), letters (a), either (c). The SWIFT
/// IBAN registry, French overseas parts, and countries that use the form without being registered.
#[rustfmt::skip]
const STRUCTURES: &[(&[u8; 2], &str)] = &[
    (b"AD", "n8c12"), (b"AE", "n19"), (b"AL", "n8c16"), (b"AO", "c21"), (b"AT", "n16"), (b"AZ", "a4c20"), (b"BA", "n16"),
    (b"BE", "n12"), (b"BF", "c24"), (b"BG", "a4n6c8"), (b"BH", "a4c14"), (b"BI", "n23"), (b"BJ", "c24"), (b"BL", "n10c11n2"),
    (b"BR", "n23a1c1"), (b"BY", "c4n4c16"), (b"CF", "c23"), (b"CG", "c23"), (b"CH", "n5c12"), (b"CI", "c24"), (b"CM", "c23"),
    (b"CR", "n18"), (b"CV", "c21"), (b"CY", "n8c16"), (b"CZ", "n20"), (b"DE", "n18"), (b"DJ", "n23"), (b"DK", "n14"),
    (b"DO", "c4n20"), (b"DZ", "c22"), (b"EE", "n16"), (b"EG", "n25"), (b"ES", "n20"), (b"FI", "n14"), (b"FK", "a2n12"),
    (b"FO", "n14"), (b"FR", "n10c11n2"), (b"GA", "c23"), (b"GB", "a4n14"), (b"GE", "a2n16"), (b"GF", "n10c11n2"),
    (b"GI", "a4c15"), (b"GL", "n14"), (b"GP", "n10c11n2"), (b"GQ", "c23"), (b"GR", "n7c16"), (b"GT", "c24"), (b"GW", "c21"),
    (b"HN", "a4n20"), (b"HR", "n17"), (b"HU", "n24"), (b"IE", "a4n14"), (b"IL", "n19"), (b"IQ", "a4n15"), (b"IR", "c22"),
    (b"IS", "n22"), (b"IT", "a1n10c12"), (b"JO", "a4n4c18"), (b"KM", "c23"), (b"KW", "a4c22"), (b"KZ", "n3c13"),
    (b"LB", "n4c20"), (b"LC", "a4c24"), (b"LI", "n5c12"), (b"LT", "n16"), (b"LU", "n3c13"), (b"LV", "a4c13"), (b"LY", "n21"),
    (b"MA", "c24"), (b"MC", "n10c11n2"), (b"MD", "c20"), (b"ME", "n18"), (b"MF", "n10c11n2"), (b"MG", "c23"),
    (b"MK", "n3c10n2"), (b"ML", "c24"), (b"MN", "n16"), (b"MQ", "n10c11n2"), (b"MR", "n23"), (b"MT", "a4n5c18"),
    (b"MU", "a4n19a3"), (b"MZ", "c21"), (b"NC", "n10c11n2"), (b"NE", "c24"), (b"NI", "a4n20"), (b"NL", "a4n10"),
    (b"NO", "n11"), (b"OM", "n3c16"), (b"PF", "n10c11n2"), (b"PK", "a4c16"), (b"PL", "n24"), (b"PM", "n10c11n2"),
    (b"PS", "a4c21"), (b"PT", "n21"), (b"QA", "a4c21"), (b"RE", "n10c11n2"), (b"RO", "a4c16"), (b"RS", "n18"),
    (b"RU", "n14c15"), (b"SA", "n2c18"), (b"SC", "a4n20a3"), (b"SD", "n14"), (b"SE", "n20"), (b"SI", "n15"), (b"SK", "n20"),
    (b"SM", "a1n10c12"), (b"SN", "c24"), (b"SO", "n19"), (b"ST", "n21"), (b"SV", "a4n20"), (b"TD", "c23"),
    (b"TF", "n10c11n2"), (b"TG", "c24"), (b"TL", "n19"), (b"TN", "n20"), (b"TR", "n6c16"), (b"UA", "n6c19"), (b"VA", "n18"),
    (b"VG", "a4n16"), (b"WF", "n10c11n2"), (b"XK", "n16"), (b"YE", "a4n4c18"), (b"YT", "n10c11n2"),
];

/// The parts of a structure: a class and how many.
fn parts(structure: &str) -> impl Iterator<Item = (u8, usize)> {
    structure.match_indices(char::is_alphabetic).map(|(at, c)| {
        let count = structure.get(at + 1..).and_then(|rest| rest.split(char::is_alphabetic).next()).and_then(|n| n.parse().ok());
        (c.bytes().next().unwrap_or(b'c'), count.unwrap_or(0))
    })
}

fn structure(value: &[u8]) -> Option<&'static str> {
    let country = [value.first()?.to_ascii_uppercase(), value.get(1)?.to_ascii_uppercase()];
    let at = STRUCTURES.binary_search_by(|(c, _)| (*c).cmp(&country)).ok()?;
    STRUCTURES.get(at).map(|row| row.1)
}

/// As many letters and digits as the country has, separators between them; what follows is not the number.
pub(super) fn form(value: &[u8]) -> Option<usize> {
    let length = 4 + parts(structure(value)?).map(|part| part.1).sum::<usize>();
    let mut seen = 0;
    let end = value.iter().position(|b| {
        seen += usize::from(b.is_ascii_alphanumeric());
        seen == length
    })? + 1;
    value.get(end).is_none_or(|b| !b.is_ascii_alphanumeric()).then_some(end)
}

/// The form, letters and digits where the country has them, and 1 mod 97.
pub(super) fn iban(value: &[u8]) -> Option<usize> {
    let end = form(value)?;
    let number = value.get(..end)?;
    let letters = || number.iter().filter(|b| b.is_ascii_alphanumeric());
    let rest = letters().skip(4).chain(letters().take(4)).fold(0_u32, |n, b| match b {
        b'0'..=b'9' => (n * 10 + u32::from(b - b'0')) % 97,
        _ => (n * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    let mut body = letters().skip(4);
    let fits = parts(structure(number)?).all(|(class, count)| {
        body.by_ref().take(count).all(|b| match class {
            b'n' => b.is_ascii_digit(),
            b'a' => b.is_ascii_alphabetic(),
            _ => true,
        })
    });
    (rest == 1 && fits).then_some(end)
}
