//! International bank account numbers (ISO 13616): the country's length and ISO 7064 MOD 97-10.

/// Country and total length, sorted by country: the SWIFT IBAN registry, French overseas parts, and countries that use the
/// form without being registered.
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AO", 25), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16),
    (b"BF", 28), (b"BG", 22), (b"BH", 22), (b"BI", 27), (b"BJ", 28), (b"BL", 27), (b"BR", 29), (b"BY", 28),
    (b"CF", 27), (b"CG", 27), (b"CH", 21), (b"CI", 28), (b"CM", 27), (b"CR", 22), (b"CV", 25), (b"CY", 28),
    (b"CZ", 24), (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"DZ", 26), (b"EE", 20), (b"EG", 29),
    (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GA", 27), (b"GB", 22), (b"GE", 22),
    (b"GF", 27), (b"GI", 23), (b"GL", 18), (b"GP", 27), (b"GQ", 27), (b"GR", 27), (b"GT", 28), (b"GW", 25),
    (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IR", 26), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KM", 27), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21),
    (b"LT", 20), (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MA", 28), (b"MC", 27), (b"MD", 24), (b"ME", 22),
    (b"MF", 27), (b"MG", 27), (b"MK", 19), (b"ML", 28), (b"MN", 20), (b"MQ", 27), (b"MR", 27), (b"MT", 31),
    (b"MU", 30), (b"MZ", 25), (b"NC", 27), (b"NE", 28), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PF", 27), (b"PK", 24), (b"PL", 28), (b"PM", 27), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RE", 27),
    (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19),
    (b"SK", 24), (b"SM", 27), (b"SN", 28), (b"SO", 23), (b"ST", 25), (b"SV", 28), (b"TD", 27), (b"TF", 27),
    (b"TG", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"WF", 27),
    (b"XK", 20), (b"YE", 30), (b"YT", 27),
];

/// As many letters and digits as the country has, separators between them; what follows is not the number.
pub(super) fn form(value: &[u8]) -> Option<usize> {
    let country = [value.first()?.to_ascii_uppercase(), value.get(1)?.to_ascii_uppercase()];
    let at = LENGTHS.binary_search_by(|(c, _)| (*c).cmp(&country)).ok()?;
    let length = LENGTHS.get(at)?.1;
    let mut seen = 0;
    let end = value.iter().position(|b| {
        seen += usize::from(b.is_ascii_alphanumeric());
        seen == length
    })? + 1;
    value.get(end).is_none_or(|b| !b.is_ascii_alphanumeric()).then_some(end)
}

/// The form, and 1 mod 97.
pub(super) fn iban(value: &[u8]) -> Option<usize> {
    let end = form(value)?;
    let number = value.get(..end)?;
    let letters = || number.iter().filter(|b| b.is_ascii_alphanumeric());
    let rest = letters().skip(4).chain(letters().take(4)).fold(0_u32, |n, b| match b {
        b'0'..=b'9' => (n * 10 + u32::from(b - b'0')) % 97,
        _ => (n * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    (rest == 1).then_some(end)
}
