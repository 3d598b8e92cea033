//! `generalise`: less of a value, and still of its kind: of a date the year or month, of an age ten years, of a ZIP code three
//! digits, of an address its network, of coordinates two decimals.
//!
//! `to` says what a value is made to; without it the detector's id says it, and in a column that a rule names the value does.

use super::bucket::range;
use super::dates::Written;
use super::decimal::Decimal;
use super::{Key, Operator, Outcome, Record, Target, tag_instead};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;
use chrono::Datelike as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a value is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Year,
    Month,
    Age,
    Zip,
    Ip,
    Coordinates,
}

/// Each with its name in policies.
const ALL: [(&str, To); 6] = [
    ("year", To::Year),
    ("month", To::Month),
    ("age", To::Age),
    ("zip", To::Zip),
    ("ip", To::Ip),
    ("coordinates", To::Coordinates),
];

/// The kind of value by a word of the detector's id.
const BY_ID: &[(&str, To)] = &[
    ("date", To::Year),
    ("birth", To::Year),
    ("age", To::Age),
    ("postal", To::Zip),
    ("zip", To::Zip),
    ("postcode", To::Zip),
    ("ipv4", To::Ip),
    ("ipv6", To::Ip),
    ("ip", To::Ip),
    ("coordinates", To::Coordinates),
    ("latitude", To::Coordinates),
];

/// Areas of 20,000 people or fewer in the censuses of 2000 and 2010, whose three digits become 000
/// (45 CFR 164.514(b)(2)(i)(B)(2)).
const SPARSE: &[u32] = &[36, 59, 63, 102, 203, 205, 369, 556, 692, 753, 772, 790, 821, 823, 830, 831, 878, 879, 884, 890, 893];

/// From this age on all are one.
const OLD: i128 = 90;

/// The highest age.
const OLDEST: i128 = 130;

/// Longest text that is generalised, in bytes.
const LONGEST: usize = 128;

struct Generalise(Option<To>);

impl Generalise {
    fn of(&self, value: &str, target: Target<'_>, day_first: Option<bool>, typed: bool) -> Outcome {
        let words = || target.id.rsplit('.').next().unwrap_or_default().split('-');
        let by_id = || words().find_map(|word| BY_ID.iter().find(|(name, _)| *name == word).map(|(_, to)| *to));
        let made = if value.len() > LONGEST {
            None
        } else {
            match self.0.or_else(by_id) {
                Some(to) => to.of(value, day_first, typed),
                None => BY_VALUE.iter().find_map(|to| to.of(value, day_first, typed)),
            }
        };
        made.map_or_else(|| tag_instead(target), |text| Outcome::Edit(Replacement::Text(text)))
    }
}

/// What a value is taken for where neither policy nor detector says it, in this order.
const BY_VALUE: [To; 5] = [To::Ip, To::Year, To::Coordinates, To::Zip, To::Age];

impl To {
    fn of(self, value: &str, day_first: Option<bool>, typed: bool) -> Option<String> {
        match self {
            Self::Year | Self::Month => date(value, day_first, typed, self == Self::Month),
            Self::Age => age(value, typed),
            Self::Zip => zip(value, typed),
            Self::Ip => network(value),
            Self::Coordinates => coordinates(value),
        }
    }
}

/// `1990` or `1990-05`; in a typed cell the first day of it.
fn date(value: &str, day_first: Option<bool>, typed: bool, month: bool) -> Option<String> {
    let is_number = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    let text = value.trim();
    match text.split_once('-') {
        None if is_number(text, 4) => return Some(text.to_owned()),
        Some((year, rest)) if is_number(year, 4) && is_number(rest, 2) => {
            return Some(if month { text } else { year }.to_owned());
        }
        _ => {}
    }
    let written = Written::read(text, day_first)?;
    let (year, number) = (written.date.year(), written.date.month());
    Some(match (typed && written.is_iso(), month) {
        (true, true) => format!("{year:04}-{number:02}-01"),
        (true, false) => format!("{year:04}-01-01"),
        (false, true) => format!("{year:04}-{number:02}"),
        (false, false) => format!("{year:04}"),
    })
}

/// `30-39`, `90+`; in a typed cell the first year of it. Words around the number stay.
fn age(value: &str, typed: bool) -> Option<String> {
    let start = value.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = value.split_at_checked(start)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, behind) = rest.split_at_checked(end)?;
    let is_band = behind == "+" && number == "90"
        || behind.strip_prefix('-').is_some_and(|most| {
            let (least, most) = (number.parse::<i128>(), most.parse::<i128>());
            matches!((least, most), (Ok(least), Ok(most)) if least % 10 == 0 && most == least + 9)
        });
    if is_band && before.is_empty() {
        return Some(value.to_owned());
    }
    if before.ends_with('-') || behind.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let years = Decimal::read(number.trim_end_matches('.'))?.floor_to(1);
    if years > OLDEST {
        return None;
    }
    let least = if years >= OLD { OLD } else { years / 10 * 10 };
    Some(match (typed, least) {
        (true, _) => least.to_string(),
        (false, OLD) => format!("{before}{OLD}+{behind}"),
        (false, _) => format!("{before}{}{behind}", range(least, least + 9)),
    })
}

/// The first three of the five digits of a ZIP code or ZIP+4, 000 where few people live there.
fn zip(value: &str, typed: bool) -> Option<String> {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let text = value.trim();
    let (five, four) = text.split_once(['-', ' ']).unwrap_or((text, ""));
    if !is_digits(five) || !is_digits(four) || !matches!(four.len(), 0 | 4) {
        return None;
    }
    // A number has lost the zeros before it.
    let number: u32 = match five.len() {
        3 if four.is_empty() && !typed => return Some(text.to_owned()),
        5 => five.parse().ok()?,
        3 | 4 if typed => five.parse().ok()?,
        _ => return None,
    };
    let area = Some(number / 100).filter(|area| !SPARSE.contains(area)).unwrap_or(0);
    Some(if typed { area.to_string() } else { format!("{area:03}") })
}

/// The network of an address: 24 bits of version 4, 48 of version 6.
fn network(value: &str) -> Option<String> {
    let text = value.trim();
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(_) if prefix.is_some_and(|bits| bits <= 24) => Some(text.to_owned()),
        IpAddr::V6(_) if prefix.is_some_and(|bits| bits <= 48) => Some(text.to_owned()),
        IpAddr::V4(v4) => Some(format!("{}/24", Ipv4Addr::from_bits(v4.to_bits() & !0xff))),
        IpAddr::V6(v6) => Some(format!("{}/48", Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80))),
    }
}

/// Degrees with two decimals, about a kilometre; minutes and seconds are not read.
fn coordinates(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let (mut rest, mut numbers, mut with_part) = (value, 0, false);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at_checked(start)?;
        let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
        let (number, behind) = from.split_at_checked(end)?;
        let degrees = Decimal::read(number)?;
        if degrees.floor_to(1) > 180 || before.contains(['\'', '′', '"', '″']) {
            return None;
        }
        with_part |= number.contains('.');
        out.push_str(before);
        out.push_str(&degrees.rounded(Decimal::read("0.01")?).to_string());
        (rest, numbers) = (behind, numbers + 1);
    }
    let plain = |c: char| " ,;/()°+-.NSEWnsew".contains(c) || c.is_ascii_digit();
    out.push_str(rest);
    ((1..=2).contains(&numbers) && with_part && out.chars().all(plain)).then_some(out)
}

impl Operator for Generalise {
    fn name(&self) -> &'static str {
        "generalise"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.of(value, target, None, false)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        self.of(value, target, record.place.day_first, record.typed)
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(spec: &OperatorSpec, _: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let Some(word) = &spec.to else { return Ok(Box::new(Generalise(None))) };
    crate::policy::known("`to` of operator `generalise`", word, ALL.iter().map(|(name, _)| *name))?;
    Ok(Box::new(Generalise(ALL.iter().find(|(name, _)| name == word).map(|(_, to)| *to))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_coarser() {
        use To::{Age, Coordinates, Ip, Month, Year, Zip};
        let table: &[(To, &str, bool, Option<&str>, &str)] = &[
            (Year, "1990-05-17", false, Some("1990"), "a date"),
            (Year, "May 17, 1990", false, Some("1990"), "in words"),
            (Year, "1990-05-17T10:00:00", true, Some("1990-01-01"), "a timestamp stays one"),
            (Year, "1990", false, Some("1990"), "a year"),
            (Year, "1990-05", false, Some("1990"), "a month"),
            (Year, "in May", false, None, "no date"),
            (Month, "17.05.1990", false, Some("1990-05"), "a date"),
            (Month, "1990-05-17", true, Some("1990-05-01"), "a date stays one"),
            (Month, "1990-05", false, Some("1990-05"), "a month"),
            (Age, "34", false, Some("30-39"), "ten years"),
            (Age, "34.0", true, Some("30"), "the first of them"),
            (Age, "89", false, Some("80-89"), "the last that counts"),
            (Age, "90", false, Some("90+"), "all above are one"),
            (Age, "104", true, Some("90"), "a number too"),
            (Age, "34 years old", false, Some("30-39 years old"), "in words"),
            (Age, "30-39", false, Some("30-39"), "done before"),
            (Age, "90+", false, Some("90+"), "the same"),
            (Age, "1990", false, None, "no age"),
            (Age, "-4", false, None, "nor that"),
            (Zip, "02139", false, Some("021"), "three digits"),
            (Zip, "02139-4307", false, Some("021"), "ZIP+4"),
            (Zip, "2139", true, Some("21"), "as a number"),
            (Zip, "03601", false, Some("000"), "few people"),
            (Zip, "SW1A 1AA", false, None, "of another country"),
            (Zip, "021", false, Some("021"), "done before"),
            (Ip, "203.0.113.77", false, Some("203.0.113.0/24"), "version 4"),
            (Ip, "203.0.113.0/24", false, Some("203.0.113.0/24"), "done before"),
            (Ip, "203.0.113.77/32", false, Some("203.0.113.0/24"), "too narrow a network"),
            (Ip, "2001:db8:1:2::7", false, Some("2001:db8:1::/48"), "version 6"),
            (Ip, "203.0.113", false, None, "no address"),
            (Coordinates, "52.520008, 13.404954", false, Some("52.52, 13.40"), "two numbers"),
            (Coordinates, "-17.738223", true, Some("-17.74"), "one"),
            (Coordinates, "(40.7128° N, 74.0060° W)", false, Some("(40.71° N, 74.01° W)"), "degrees"),
            (Coordinates, "40° 26′ 46″ N", false, None, "minutes"),
            (Coordinates, "999.123456", false, None, "no degrees"),
        ];
        for (to, value, typed, want, why) in table {
            assert_eq!(to.of(value, None, *typed).as_deref(), *want, "{to:?} {value}: {why}");
        }
    }

    #[test]
    fn what_it_is_made_to_is_told_by_policy_detector_or_value() {
        let of = |to: Option<&str>, id: &str, value: &str| {
            let spec = OperatorSpec { to: to.map(str::to_owned), ..OperatorSpec::named("generalise") };
            match build(&spec, None).unwrap().apply(value, Target { id, tag: "<X>" }) {
                Outcome::Edit(Replacement::Text(text)) => text,
                other => format!("{other:?}"),
            }
        };
        let tag = format!("{:?}", tag_instead(Target { id: "", tag: "<X>" }));
        for (to, id, value, want, why) in [
            (Some("month"), "person.date-of-birth", "1990-05-17", "1990-05", "the policy"),
            (None, "person.date-of-birth", "1990-05-17", "1990", "the detector"),
            (None, "network.ipv4", "203.0.113.77", "203.0.113.0/24", "another"),
            (None, "contact.email", "a@b.org", &tag, "of no such kind"),
            (None, "policy.column", "02139", "021", "five digits"),
            (None, "policy.column", "34", "30-39", "two"),
            (None, "policy.column", "1990-05-17", "1990", "a date"),
            (None, "policy.column", "2001:db8::1", "2001:db8::/48", "an address"),
        ] {
            assert_eq!(of(to, id, value), want, "{why}");
        }
        let wrong = OperatorSpec { to: Some("yaer".into()), ..OperatorSpec::named("generalise") };
        assert!(build(&wrong, None).err().unwrap().contains("year"));
    }
}
