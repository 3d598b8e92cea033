//! Numbers of persons.

use super::super::iso7064::mod11_10;
use super::super::sums::{number, rest, weighted};
use super::super::{digits, exactly, whole};
use super::rules::{is_at, is_day, is_varied, is_year_month_day, pair, to_eleven, two_rows};

/// Estonia and Lithuania: century and sex, `YYMMDD`, serial, check digit by two rows of weights.
pub(super) fn baltic(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let born = is_year_month_day(found.get(1..)?, pair(&found, 3));
    let century = found.first().is_some_and(|c| (1..=8).contains(c));
    let check = two_rows(&found, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1], &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]);
    whole(value, century && born && is_at(&found, 10, check))
}

/// Latvia: `DDMMYY`, century, serial; since 2017 the first two digits are 32 and no date stands in it.
pub(super) fn latvia(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let dated = is_day(pair(&found, 2), pair(&found, 0), pair(&found, 4).is_multiple_of(4)) && found.get(6) <= Some(&2);
    let sum = weighted(&found, &[1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    whole(value, (dated || pair(&found, 0) == 32) && is_at(&found, 10, (1101 - sum) % 11))
}

/// Bulgaria, EGN: the month carries 20 for the 19th century and 40 for the 21st.
pub(super) fn egn(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let month = match pair(&found, 2) {
        m @ 21..=32 => m - 20,
        m @ 41..=52 => m - 40,
        m => m,
    };
    let check = weighted(&found, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    whole(value, is_year_month_day(&found, month) && is_at(&found, 9, check))
}

/// Bulgaria, number of a foreigner (`LNCh`).
pub(super) fn pnf(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let check = weighted(&found, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10;
    whole(value, is_varied(&found) && is_at(&found, 9, check))
}

/// Czechia and Slovakia: the month carries 50 for women and 20 where a day ran out of serials; nine digits up to 1953, ten
/// since, which 11 divides (before 1985 a rest of 10 was written 0).
pub(super) fn birth_number(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let year = pair(&found, 0);
    let month = match (pair(&found, 2), count) {
        (m @ (1..=12 | 51..=62), _) => m % 50,
        (m @ (21..=32 | 71..=82), 10) if (4..54).contains(&year) => m % 50 - 20,
        _ => return None,
    };
    let good = match count {
        9 => !(54..80).contains(&year) && found.get(6..9)? != [0, 0, 0],
        10 => rest(&found, 11) == 0 || ((54..86).contains(&year) && rest(found.get(..9)?, 11) == 10 && is_at(&found, 9, 0)),
        _ => false,
    };
    whole(value, good && is_year_month_day(&found, month))
}

/// Poland, PESEL: the month carries the century.
pub(super) fn pesel(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let month = pair(&found, 2);
    let sum = weighted(&found, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    whole(value, is_year_month_day(&found, month % 20) && sum.is_multiple_of(10))
}

/// Poland, identity card: three letters that count from 10, a check digit, five digits.
pub(super) fn polish_card(value: &[u8]) -> Option<usize> {
    let signs = value.iter().filter(|b| b.is_ascii_alphanumeric()).filter_map(|b| char::from(*b).to_digit(36));
    let sum: u32 = signs.zip([7, 3, 1, 9, 7, 3, 1, 7, 3]).map(|(sign, weight)| sign * weight).sum();
    whole(value, sum > 0 && sum.is_multiple_of(10))
}

/// Hungary, social insurance number (TAJ): weights 3 and 7 in turn.
pub(super) fn taj(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    let check = weighted(&found, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10;
    whole(value, is_varied(&found) && is_at(&found, 8, check))
}

/// Hungary, tax identification mark: 8, the days from 1867 to the birth, a serial, a check digit.
pub(super) fn hungarian_tax(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let days = number(found.get(1..6)?)?;
    let check = weighted(&found, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
    // Up to about 2040.
    whole(value, found.first() == Some(&8) && days < 63_500 && is_at(&found, 9, check))
}

/// Romania, CNP: sex and century, `YYMMDD`, county, serial.
pub(super) fn cnp(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let born = is_year_month_day(found.get(1..)?, pair(&found, 3));
    let county = matches!(pair(&found, 7), 1..=48 | 51 | 52 | 70 | 80..=83);
    let check = match weighted(&found, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        rest => rest,
    };
    whole(value, found.first() != Some(&0) && born && county && is_at(&found, 12, check))
}

/// Croatia, OIB: ISO 7064 MOD 11,10.
pub(super) fn oib(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    whole(value, is_varied(&found) && mod11_10(&found))
}

/// The number of citizens that Yugoslavia issued and its successors use: `DDMMYYY`, region, serial, check digit.
pub(super) fn jmbg(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let year = number(found.get(4..7)?)?;
    let leap = year.is_multiple_of(4) && year != 900;
    // From 1900 to 2039.
    let born = is_day(pair(&found, 2), pair(&found, 0), leap) && !(40..900).contains(&year);
    let check = to_eleven(weighted(&found, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
    whole(value, born && is_at(&found, 12, check))
}

/// Slovenia, tax number: weights 8 to 2; a rest of 0 is not issued, and 10 is written 0.
pub(super) fn slovenian_tax(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let check = 11 - weighted(&found, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    whole(value, found.first() != Some(&0) && check < 11 && is_at(&found, 7, check % 10))
}

/// Turkey, identity number: two check digits.
pub(super) fn tckn(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let tenth = weighted(&found, &[7, 9, 7, 9, 7, 9, 7, 9, 7]) % 10;
    let last = weighted(&found, &[1; 10]) % 10;
    whole(value, found.first() != Some(&0) && is_at(&found, 9, tenth) && is_at(&found, 10, last))
}

/// Ukraine, taxpayer number: days from 1900, serial, sex. The weight of the first digit is 10, which is -1 modulo 11.
pub(super) fn rntrc(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let check = weighted(&found, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10;
    whole(value, is_varied(&found) && is_at(&found, 9, check))
}

/// Russia, INN of a person: two check digits.
pub(super) fn inn_person(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let eleventh = weighted(&found, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let last = weighted(&found, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    whole(value, is_varied(&found) && is_at(&found, 10, eleventh) && is_at(&found, 11, last))
}

/// Russia, pension insurance number (SNILS): weights 9 to 1 modulo 101, a rest of 100 is written 00.
pub(super) fn snils(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let check = weighted(&found, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    whole(value, is_varied(&found) && u32::from(pair(&found, 9)) == check)
}

/// Kazakhstan, IIN: `YYMMDD`, century and sex, serial, check digit by two rows of weights; 10 is not issued.
pub(super) fn iin(value: &[u8]) -> Option<usize> {
    let found = exactly::<12>(value)?;
    let check = match weighted(&found, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11 {
        10 => weighted(&found, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11,
        rest => rest,
    };
    let century = found.get(6).is_some_and(|c| (1..=6).contains(c));
    whole(value, century && is_year_month_day(&found, pair(&found, 2)) && is_at(&found, 11, check))
}

/// Moldova, IDNP and IDNO: weights 7, 3, 1 repeated.
pub(super) fn idnp(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let check = weighted(&found, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10;
    whole(value, is_varied(&found) && is_at(&found, 12, check))
}
