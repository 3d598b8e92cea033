//! Numbers of the Americas: the table, and the rules of the north and the middle; the south has a file of its own.

mod south;

use super::date::short_date;
use super::sums::weighted;
use super::{Check, all, digits, exactly, luhn, whole};

pub(super) static CHECKS: &[Check] = &[
    row("ar-cbu", 0.01, "weights 7-1-3-9 mod 10 in both blocks", south::ar_cbu),
    row("ar-cuit", 0.1, "weights 5432765432, mod 11", south::ar_cuit),
    row("br-cnpj", 0.0083, "two digits, weights 2 to 9, mod 11; letters by ASCII code", south::br_cnpj),
    row("br-cpf", 0.01, "two digits, weights 2 to 11, mod 11; not one digit only", south::br_cpf),
    row("ca-bc-phn", 0.1, "first digit 9, weights 2-4-8-5-10-9-7-3, mod 11", ca_bc_phn),
    row("ca-bn", 0.1, "Luhn over the first nine digits", ca_bn),
    row("ca-ramq", 0.073, "a day of birth, the month plus 50 for women", ca_ramq),
    row("cl-rut", 0.09, "weights 2 to 7 from the right, mod 11, K for 10", south::cl_rut),
    row("co-nit", 0.1, "prime weights 3 to 43 from the right, mod 11", south::co_nit),
    row("cu-ni", 0.036, "a day of birth in the first six digits", cu_ni),
    row("do-rnc", 0.1, "weights 7-9-8-6-5-4-3-2, mod 11 and mod 9", do_rnc),
    row("ec-ci", 0.015, "province 01 to 24 or 30, third digit below 6, Luhn", south::ec_ci),
    row("ec-ruc", 0.02, "the rule of the holder's kind: cédula, company or authority; an establishment number", south::ec_ruc),
    row("gt-nit", 0.09, "weights from 2 rising from the right, mod 11, K for 10", gt_nit),
    row("mx-clabe", 0.1, "weights 3-7-1, mod 10", mx_clabe),
    row("mx-curp", 0.004, "a day of birth; base 37, weights 18 to 2, mod 10", mx_curp),
    Check { name: "mx-rfc", chance: 0.0033, demands: "a date; base 39, weights 13 to 2, mod 11", run: mx_rfc, form: mx_rfc_form },
    row("pe-cui", 0.1, "weights 3-2-7-6-5-4-3-2, mod 11, the digit or the letter of it", south::pe_cui),
    row("pe-ruc", 0.1, "weights 5432765432, mod 11", south::pe_ruc),
    row("py-ruc", 0.1, "weights from 2 rising from the right, mod 11", south::py_ruc),
    row("sv-nit", 0.03, "weights 14 to 2 or 276543 by the serial, mod 11", sv_nit),
    row("uy-ci", 0.1, "weights 2-9-8-7-6-3-4, mod 10", south::uy_ci),
    row("uy-rut", 0.018, "registry 01 to 22, weights 4-3-2-9 to 2, mod 11", south::uy_rut),
    row("ve-rif", 0.1, "the letter's weight and 3-2-7-6-5-4-3-2, mod 11", south::ve_rif),
];

/// A row whose form is the whole match.
const fn row(name: &'static str, chance: f64, demands: &'static str, run: fn(&[u8]) -> Option<usize>) -> Check {
    Check { name, chance, demands, run, form: all }
}

/// British Columbia personal health number: 9, eight digits, a check digit; a rest of 0 or 1 is not issued.
fn ca_bc_phn(value: &[u8]) -> Option<usize> {
    let [nine, body @ .., check] = exactly::<10>(value)?;
    let left = 11 - weighted(&body, &[2, 4, 8, 5, 10, 9, 7, 3]) % 11;
    whole(value, nine == 9 && left == u32::from(check))
}

/// Canadian business number: nine digits, then a programme account that has no check.
fn ca_bn(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<13>(value)?;
    whole(value, matches!(count, 9 | 13) && luhn::passes(found.get(..9)?))
}

/// Quebec health insurance number: four letters of the name, YYMMDD, two more digits.
fn ca_ramq(value: &[u8]) -> Option<usize> {
    let [y1, y2, m1, m2, d1, d2, ..] = exactly::<8>(value)?;
    let month = if m1 >= 5 { m1 - 5 } else { m1 };
    whole(value, short_date([y1, y2, month, m2, d1, d2]))
}

/// Cuban identity card: YYMMDD, a digit for the century, four more.
fn cu_ni(value: &[u8]) -> Option<usize> {
    let [date @ .., _, _, _, _, _] = exactly::<11>(value)?;
    whole(value, short_date(date))
}

/// Dominican taxpayer number of nine digits.
fn do_rnc(value: &[u8]) -> Option<usize> {
    let [body @ .., check] = exactly::<9>(value)?;
    let wanted = (10 - weighted(&body, &[7, 9, 8, 6, 5, 4, 3, 2]) % 11 + 9) % 9 + 1;
    whole(value, wanted == u32::from(check))
}

/// Guatemalan taxpayer number: up to eleven digits and a check sign.
fn gt_nit(value: &[u8]) -> Option<usize> {
    let (last, front) = value.split_last()?;
    let (found, count) = digits::<11>(front)?;
    let sum: u32 = (2..).zip(found.get(..count)?.iter().rev()).map(|(weight, digit)| weight * u32::from(*digit)).sum();
    let wanted = (11 - sum % 11) % 11;
    let given = if matches!(last, b'K' | b'k') { 10 } else { u32::from(last.checked_sub(b'0')?) };
    whole(value, count > 0 && wanted == given)
}

/// Mexican interbank account number.
fn mx_clabe(value: &[u8]) -> Option<usize> {
    let found = exactly::<18>(value)?;
    let [body @ .., check] = found;
    let sum = weighted(&body, &[3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7]);
    whole(value, (10 - sum % 10) % 10 == u32::from(check) && found.iter().any(|digit| *digit != 0))
}

/// The place of a sign among digits and letters where Ñ stands behind N and has a place of its own.
fn spanish36(byte: u8) -> Option<u32> {
    let plain = super::sums::base36(byte)?;
    Some(if byte.to_ascii_uppercase() > b'N' { plain + 1 } else { plain })
}

/// The six digits of a date that begin at a place of the value.
fn date_at(value: &[u8], at: usize) -> bool {
    let part = value.get(at..).and_then(|v| v.first_chunk::<6>());
    part.is_some_and(|p| p.iter().all(u8::is_ascii_digit) && short_date(p.map(|b| b - b'0')))
}

/// Mexican population register key.
fn mx_curp(value: &[u8]) -> Option<usize> {
    let (check, front) = value.split_last()?;
    if value.len() != 18 || !date_at(value, 4) {
        return None;
    }
    let mut sum = 0;
    for (weight, byte) in (2..19).rev().zip(front) {
        sum += weight * spanish36(*byte)?;
    }
    whole(value, (10 - sum % 10) % 10 == u32::from(check.checked_sub(b'0')?))
}

/// The letters, digits and `&` of a value, Ñ as `~`; nothing where there are more than 13.
fn rfc_signs(value: &[u8]) -> Option<([u8; 13], usize)> {
    let mut signs = [0; 13];
    let mut count = 0;
    let mut before = 0;
    for byte in value {
        let sign = match byte {
            0x91 | 0xB1 if before == 0xC3 => b'~',
            b if b.is_ascii_alphanumeric() || *b == b'&' => b.to_ascii_uppercase(),
            _ => 0,
        };
        before = *byte;
        if sign != 0 {
            *signs.get_mut(count)? = sign;
            count += 1;
        }
    }
    Some((signs, count))
}

/// Three or four signs of the name, a date of birth or founding, three signs that tell namesakes apart or none.
fn mx_rfc_form(value: &[u8]) -> Option<usize> {
    let (signs, count) = rfc_signs(value)?;
    let at = match count {
        9 | 12 => 3,
        10 | 13 => 4,
        _ => return None,
    };
    whole(value, date_at(&signs, at))
}

/// Mexican taxpayer number: the last sign is a check digit, which older numbers do not always keep to.
fn mx_rfc(value: &[u8]) -> Option<usize> {
    mx_rfc_form(value)?;
    let (signs, count) = rfc_signs(value)?;
    let (check, body) = signs.get(..count)?.split_last()?;
    if count < 12 {
        return None;
    }
    // A company's number has one sign less and counts as if a space stood before it.
    let mut sum = if count == 12 { 13 * 37 } else { 0 };
    for (weight, sign) in (2..).zip(body.iter().rev()) {
        let place = match sign {
            b'&' => 24,
            b'~' => 38,
            b if *b > b'N' => super::sums::base36(*b)? + 1,
            b => super::sums::base36(*b)?,
        };
        sum += weight * place;
    }
    let wanted = match (11 - sum % 11) % 11 {
        10 => b'A',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    whole(value, wanted == *check)
}

/// Salvadoran taxpayer number: serials to 100 have the older weights.
fn sv_nit(value: &[u8]) -> Option<usize> {
    let found = exactly::<14>(value)?;
    let [body @ .., check] = found;
    let [first, .., a, b, c] = body;
    let older = (a, b, c) <= (1, 0, 0);
    let wanted = if older {
        weighted(&body, &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 % 10
    } else {
        (11 - weighted(&body, &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10
    };
    whole(value, matches!(first, 0 | 1 | 9) && wanted == u32::from(check))
}

#[cfg(test)]
mod tests {
    use super::super::{find, tried};

    #[test]
    fn numbers_of_the_americas_pass_and_their_neighbours_fail() {
        tried::table(&[
            ("ar-cbu", "2850590940090418135201", true, "both blocks"),
            ("ar-cbu", "2810590940090418135201", false, "first block"),
            ("ar-cuit", "20-05536168-2", true, "check digit 2"),
            ("ar-cuit", "20267565392", false, "check digit"),
            ("br-cpf", "390.533.447-05", true, "a rest below 2 gives 0"),
            ("br-cpf", "231.002.999-00", false, "check digits"),
            ("br-cpf", "111.111.111-11", false, "one digit only"),
            ("br-cnpj", "16.727.230/0001-97", true, "digits"),
            ("br-cnpj", "12ABC34501DE35", true, "the tax office's example with letters"),
            ("br-cnpj", "16.727.230/0001-98", false, "check digit"),
            ("ca-bc-phn", "9698 658 215", true, "first digit 9"),
            ("ca-bc-phn", "9698648215", false, "check digit"),
            ("ca-bn", "12302 6635 RC 0001", true, "with programme account"),
            ("ca-bn", "123456783", false, "Luhn"),
            ("ca-ramq", "ABCD 8561 3112", false, "no 31st of November"),
            ("ca-ramq", "ABCD 8560 3012", true, "a woman, 30 October 1985"),
            ("cl-rut", "12531909-2", true, "check digit 2"),
            ("cl-rut", "12531909-3", false, "check digit"),
            ("co-nit", "213.123.432-1", true, "prime weights"),
            ("co-nit", "2131234325", false, "check digit"),
            ("cu-ni", "91021027775", true, "10 February"),
            ("cu-ni", "91023027775", false, "30 February"),
            ("do-rnc", "1-01-85004-3", true, "check digit 3"),
            ("do-rnc", "101850042", false, "check digit"),
            ("ec-ci", "171430710-3", true, "Pichincha"),
            ("ec-ci", "1714307104", false, "check digit"),
            ("ec-ruc", "1792060346-001", true, "a company"),
            ("ec-ruc", "1714307103001", true, "a person"),
            ("ec-ruc", "1763154690001", false, "an authority's check digit"),
            ("gt-nit", "576937-K", true, "K is 10"),
            ("gt-nit", "7108-0", true, "short"),
            ("gt-nit", "8977112-0", false, "check digit"),
            ("mx-clabe", "032180000118359719", true, "a published example"),
            ("mx-clabe", "032180000118359718", false, "check digit"),
            ("mx-curp", "BOXW310820HNERXN09", true, "born 1931"),
            ("mx-curp", "BOXW310820HNERXN08", false, "check digit"),
            ("mx-rfc", "GODE 561231 GR8", true, "a person"),
            ("mx-rfc", "MAB-930714-8T4", true, "a company"),
            ("mx-rfc", "GODE561331GR8", false, "month 13"),
            ("pe-cui", "10117410-2", true, "digit"),
            ("pe-cui", "10117410-G", true, "the letter for the same rest"),
            ("pe-cui", "10117410-3", false, "check digit"),
            ("pe-ruc", "20512333797", true, "a company"),
            ("pe-ruc", "20512333798", false, "check digit"),
            ("py-ruc", "80028061-0", true, "a rest of 0"),
            ("py-ruc", "9991603", true, "without dash"),
            ("py-ruc", "800532492", false, "check digit"),
            ("sv-nit", "0614-050707-104-8", true, "newer serial"),
            ("sv-nit", "0614-050707-104-0", false, "check digit"),
            ("uy-ci", "1.234.567-2", true, "weights 2987634"),
            ("uy-ci", "1.234.567-3", false, "check digit"),
            ("uy-rut", "21-100342-001-7", true, "Montevideo"),
            ("uy-rut", "210303670014", false, "check digit"),
            ("ve-rif", "V-11470283-4", true, "a person"),
            ("ve-rif", "V-11470283-3", false, "check digit"),
        ]);
        let form = find("mx-rfc").unwrap().form;
        assert!(form(b"COMG-600703").is_some() && form(b"COMG-601303").is_none(), "a date is the form, a check digit is not");
    }

    #[test]
    fn chance_rates_are_what_random_values_give() {
        tried::rates(&[
            ("ar-cbu", "######################"),
            ("ar-cuit", "###########"),
            ("br-cnpj", "##############"),
            ("br-cpf", "###########"),
            ("ca-bc-phn", "9#########"),
            ("ca-bn", "#########"),
            ("ca-ramq", "@@@@########"),
            ("cl-rut", "########-#"),
            ("co-nit", "#########-#"),
            ("cu-ni", "###########"),
            ("do-rnc", "#########"),
            ("ec-ci", "##########"),
            ("ec-ruc", "#############"),
            ("gt-nit", "#######-#"),
            ("mx-clabe", "##################"),
            ("mx-curp", "@@@@######H@@@@@*#"),
            ("mx-rfc", "@@@@######**#"),
            ("pe-cui", "########-#"),
            ("pe-ruc", "###########"),
            ("py-ruc", "########"),
            ("sv-nit", "##############"),
            ("uy-ci", "########"),
            ("uy-rut", "############"),
            ("ve-rif", "V#########"),
        ]);
    }
}
