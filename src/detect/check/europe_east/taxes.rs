//! Numbers of taxpayers and companies, and bank accounts in national form.

use super::super::iso7064::mod11_10;
use super::super::sums::{number, rest, weighted};
use super::super::{digits, exactly, whole};
use super::persons::{birth_number, egn, latvia, pnf};
use super::rules::{is_at, is_varied, to_eleven, two_rows};

/// Azerbaijan, VÖEN: the ninth digit checks, the last says company or person.
pub(super) fn voen(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let check = weighted(&found, &[4, 1, 8, 6, 2, 7, 5, 3]) % 11;
    whole(value, matches!(found.last(), Some(1 | 2)) && is_at(&found, 8, check))
}

/// Bulgaria, VAT: nine digits of a company, or ten of a person, a foreigner or another payer.
pub(super) fn bulgarian_vat(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let good = match count {
        9 => {
            is_varied(found.get(..9)?)
                && is_at(&found, 8, two_rows(&found, &[1, 2, 3, 4, 5, 6, 7, 8], &[3, 4, 5, 6, 7, 8, 9, 10]))
        }
        10 => {
            let other = to_eleven(weighted(&found, &[4, 3, 2, 7, 6, 5, 4, 3, 2]));
            is_varied(&found) && (is_at(&found, 9, other) || egn(value).or_else(|| pnf(value)).is_some())
        }
        _ => false,
    };
    whole(value, good)
}

/// Belarus, UNP: nine digits, or two letters and seven digits for persons.
pub(super) fn unp(value: &[u8]) -> Option<usize> {
    const WEIGHTS: [u32; 9] = [29, 23, 19, 17, 13, 7, 5, 3, 0];
    let tail = value.get(value.iter().position(u8::is_ascii_alphanumeric)?..)?;
    let second = |b: u8| b"ABCEHKMOPT".iter().position(|letter| *letter == b).map(|at| at as u32);
    let mut sum = 0;
    let mut last = None;
    for (at, (b, weight)) in tail.iter().zip(WEIGHTS).enumerate() {
        let sign = if at == 1 && b.is_ascii_alphabetic() { second(*b) } else { char::from(*b).to_digit(36) };
        sum += sign? * weight;
        last = sign;
    }
    whole(value, tail.len() == 9 && last == Some(sum % 11) && is_varied(tail))
}

/// Czechia, company number and VAT of a company: weights 8 to 2.
fn czech_company(found: &[u8]) -> bool {
    let check = match to_eleven(weighted(found, &[8, 7, 6, 5, 4, 3, 2])) {
        0 => 1,
        check => check % 10,
    };
    is_at(found, 7, check)
}

/// Czechia, DIČ: a company's eight digits, a person's birth number, or nine digits that begin with 6.
pub(super) fn czech_vat(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let good = match count {
        8 => found.first() != Some(&9) && is_varied(found.get(..8)?) && czech_company(&found),
        9 => {
            let check = match to_eleven(weighted(found.get(1..)?, &[8, 7, 6, 5, 4, 3, 2])) {
                0 => 8,
                lack => (19 - lack) % 10,
            };
            (found.first() == Some(&6) && is_at(&found, 8, check)) || birth_number(value).is_some()
        }
        _ => birth_number(value).is_some(),
    };
    whole(value, good)
}

/// Czechia, company number (IČO).
pub(super) fn ico(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    whole(value, is_varied(&found) && czech_company(&found))
}

/// Czechia and Slovakia, account: prefix and number each divide by 11 when weighted; bank code.
pub(super) fn czech_account(value: &[u8]) -> Option<usize> {
    let slash = value.iter().position(|b| *b == b'/')?;
    let (account, bank) = value.split_at_checked(slash)?;
    let divides = |part: &[u8]| {
        let (found, count) = digits::<10>(part)?;
        let weights = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
        let sum: u32 = found.get(..count)?.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
        Some(sum.is_multiple_of(11))
    };
    let holds = account.split(|b| *b == b'-').all(|part| divides(part) == Some(true));
    let number = account.rsplit(|b| *b == b'-').next()?;
    whole(value, holds && number.iter().filter(|b| (b'1'..=b'9').contains(b)).count() > 1 && bank != b"/0000")
}

/// Estonia, VAT: weights 3, 7, 1 repeated.
pub(super) fn kmkr(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, is_varied(&found) && weighted(&found, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
}

/// Estonia, register code of an organisation.
pub(super) fn estonian_company(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let kind = matches!(found.first(), Some(1 | 7 | 8 | 9));
    whole(value, kind && is_at(&found, 7, two_rows(&found, &[1, 2, 3, 4, 5, 6, 7], &[3, 4, 5, 6, 7, 8, 9])))
}

/// Hungary, tax number of a business: its first eight digits, weights 9, 7, 3, 1 repeated.
pub(super) fn hungarian_vat(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<11>(value)?;
    let sum = weighted(found.get(..8)?, &[9, 7, 3, 1, 9, 7, 3, 1]);
    whole(value, matches!(count, 8 | 11) && is_varied(found.get(..8)?) && sum.is_multiple_of(10))
}

/// Hungary, account: groups of eight digits; the first and the rest each have weights 9, 7, 3, 1.
pub(super) fn hungarian_account(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<24>(value)?;
    let round = |part: &[u8]| weighted(part, &[9, 7, 3, 1, 9, 7, 3, 1, 9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10);
    let (bank, account) = found.split_at_checked(8)?;
    whole(value, matches!(count, 16 | 24) && is_varied(bank) && round(bank) && round(account))
}

/// Lithuania, VAT: nine digits, the eighth is 1, or twelve, the eleventh is 1.
pub(super) fn lithuanian_vat(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<12>(value)?;
    let before = found.get(..count.checked_sub(1)?)?;
    let check = two_rows(before, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]);
    whole(value, matches!(count, 9 | 12) && before.last() == Some(&1) && is_at(&found, count - 1, check))
}

/// Latvia, VAT: a company's number begins with 4 or more; a person's is the personal code.
pub(super) fn latvian_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let sum = weighted(&found, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]);
    whole(value, found.first() > Some(&3) && is_varied(&found) && sum % 11 == 3).or_else(|| latvia(value))
}

/// Montenegro, PIB: weights 8 to 2.
pub(super) fn montenegrin_pib(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    whole(value, is_varied(&found) && is_at(&found, 7, to_eleven(weighted(&found, &[8, 7, 6, 5, 4, 3, 2])) % 10))
}

/// North Macedonia, EDB: the weights of citizens' numbers.
pub(super) fn edb(value: &[u8]) -> Option<usize> {
    let found = exactly::<13>(value)?;
    let check = to_eleven(weighted(&found, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])) % 10;
    whole(value, is_varied(&found) && is_at(&found, 12, check))
}

/// Poland, NIP: weights modulo 11, a rest of 10 is not issued.
pub(super) fn nip(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    whole(value, is_varied(&found) && is_at(&found, 9, weighted(&found, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11))
}

/// Poland, REGON: nine digits, or fourteen for a part of a company.
pub(super) fn regon(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<14>(value)?;
    let short = is_at(&found, 8, weighted(&found, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10);
    let long = || is_at(&found, 13, weighted(&found, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10);
    whole(value, is_varied(found.get(..9)?) && short && (count == 9 || (count == 14 && long())))
}

/// Poland, account (NRB): an IBAN without its country; PL counts as 25 and 21 behind the number.
pub(super) fn nrb(value: &[u8]) -> Option<usize> {
    let found = exactly::<26>(value)?;
    let (check, account) = found.split_at_checked(2)?;
    let all: Vec<u8> = account.iter().chain(&[2, 5, 2, 1]).chain(check).copied().collect();
    whole(value, is_varied(&found) && rest(&all, 97) == 1)
}

/// Romania, CUI: two to ten digits, weights from the right.
pub(super) fn cui(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let (check, before) = found.get(..count)?.split_last()?;
    let weights = [2, 3, 5, 7, 1, 2, 3, 5, 7];
    let sum: u32 = before.iter().rev().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    whole(value, count >= 2 && found.first() != Some(&0) && sum * 10 % 11 % 10 == u32::from(*check))
}

/// Serbia, PIB: ISO 7064 MOD 11,10.
pub(super) fn serbian_pib(value: &[u8]) -> Option<usize> {
    let found = exactly::<9>(value)?;
    whole(value, is_varied(&found) && mod11_10(&found))
}

/// Serbia, account: ISO 7064 MOD 97-10 over bank, number with leading zeros and check digits.
pub(super) fn serbian_account(value: &[u8]) -> Option<usize> {
    let mut parts = value.split(|b| *b == b'-');
    let (bank, account, check) = (parts.next()?, parts.next()?, parts.next()?);
    let (account, count) = digits::<13>(account)?;
    let mut all = [0_u8; 18];
    all.get_mut(..3)?.copy_from_slice(&exactly::<3>(bank)?);
    all.get_mut(16_usize.checked_sub(count)?..16)?.copy_from_slice(account.get(..count)?);
    all.get_mut(16..)?.copy_from_slice(&exactly::<2>(check)?);
    whole(value, is_varied(&all) && rest(&all, 97) == 1)
}

/// Russia, INN of an organisation.
pub(super) fn inn_company(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    whole(value, is_varied(&found) && is_at(&found, 9, weighted(&found, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10))
}

/// Russia, OGRN of 13 digits and OGRNIP of 15: the rest of the number before the last digit modulo 11 or 13.
pub(super) fn ogrn(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<15>(value)?;
    let before = number(found.get(..count.checked_sub(1)?)?)?;
    let modulus = if count == 13 { 11 } else { 13 };
    let check = before % modulus % 10;
    whole(value, matches!(count, 13 | 15) && found.first() != Some(&0) && is_at(&found, count - 1, check as u32))
}

/// Slovenia, company number: weights 7 to 2, seven digits and a part of three more.
pub(super) fn slovenian_company(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<10>(value)?;
    let check = 11 - weighted(&found, &[7, 6, 5, 4, 3, 2]) % 11;
    whole(value, matches!(count, 7 | 10) && is_varied(found.get(..7)?) && check < 11 && is_at(&found, 6, check % 10))
}

/// Slovakia, VAT: 11 divides it, and the third digit is a kind in use.
pub(super) fn slovak_vat(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let kind = matches!(found.get(2), Some(2 | 3 | 4 | 7 | 8 | 9));
    whole(value, found.first() != Some(&0) && kind && rest(&found, 11) == 0)
}

/// Turkey, tax number: each digit is moved by its place, then multiplied by a power of two modulo 9.
pub(super) fn vkn(value: &[u8]) -> Option<usize> {
    let found = exactly::<10>(value)?;
    let moved = found.iter().zip((1..=9_u32).rev()).map(|(digit, place)| match (u32::from(*digit) + place) % 10 {
        0 => 0,
        moved => match moved * 2_u32.pow(place) % 9 {
            0 => 9,
            rest => rest,
        },
    });
    let sum: u32 = moved.sum();
    whole(value, is_varied(&found) && is_at(&found, 9, (10 - sum % 10) % 10))
}

/// Ukraine, EDRPOU: the weights depend on the range; a rest of 10 takes weights that are two more.
pub(super) fn edrpou(value: &[u8]) -> Option<usize> {
    let found = exactly::<8>(value)?;
    let middle = (30_000_000..=60_000_000).contains(&number(&found)?);
    let check = if middle {
        two_rows(&found, &[7, 1, 2, 3, 4, 5, 6], &[9, 3, 4, 5, 6, 7, 8])
    } else {
        two_rows(&found, &[1, 2, 3, 4, 5, 6, 7], &[3, 4, 5, 6, 7, 8, 9])
    };
    whole(value, is_varied(&found) && is_at(&found, 7, check))
}
