//! `shift-date`: a date moved by whole days, all dates of one entity by the same number, which the key decides.
//!
//! Who is an entity is told by the column `by`; without it all dates of all runs with the key move together. A date keeps its
//! way of writing, its clock and its zone. What is no date, and a date in a record that names no entity, becomes the tag.

use super::dates::Written;
use super::{Key, Operator, Outcome, Record, Target, tag_instead};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;
use crate::text::hex;
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

/// The most days that a date moves, where nothing is said.
const DAYS: u32 = 180;

/// The largest setting: a hundred years.
const MOST_DAYS: u32 = 36_525;

/// Longest text by which an entity goes, in bytes; of a longer one its digest is taken.
const ENTITY: usize = 64;

struct ShiftDate {
    key: Key,
    days: u32,
    by: Option<String>,
}

/// What an entity goes by: its text, or a digest where that is long. A digest goes by itself.
pub fn entity(text: &str) -> String {
    if text.len() <= ENTITY { text.to_owned() } else { hex(&Sha256::digest(text.as_bytes())) }
}

impl ShiftDate {
    /// Days that the entity's dates move, from one to `days` either way; the same in every column and file.
    fn shift(&self, entity: Option<&str>) -> i64 {
        let mac = match entity {
            Some(entity) => self.key.tag("shift-date", "by", entity.as_bytes()),
            None => self.key.tag("shift-date", "all", b""),
        };
        let number = mac.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let days = u64::from(self.days);
        let at = (number % (2 * days)) as i64;
        let days = days as i64;
        if at < days { at - days } else { at - days + 1 }
    }

    fn shifted(&self, value: &str, day_first: Option<bool>, entity: Option<&str>) -> Option<String> {
        let written = Written::read(value, day_first)?;
        written.again(written.date.checked_add_signed(TimeDelta::try_days(self.shift(entity))?)?)
    }
}

impl Operator for ShiftDate {
    fn name(&self) -> &'static str {
        "shift-date"
    }

    /// A name stands in no record; it moves only where all dates move together.
    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        let moved = if self.by.is_some() { None } else { self.shifted(value, None, None) };
        moved.map_or_else(|| tag_instead(target), |date| Outcome::Edit(Replacement::Text(date)))
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        let day_first = record.place.day_first;
        let moved = match &self.by {
            None => self.shifted(value, day_first, None),
            Some(by) => {
                let named = (record.other)(by).filter(|text| !text.trim().is_empty());
                named.and_then(|text| self.shifted(value, day_first, Some(&entity(text.trim()))))
            }
        };
        moved.map_or_else(|| tag_instead(target), |date| Outcome::Edit(Replacement::Text(date)))
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }

    fn other(&self) -> Option<&str> {
        self.by.as_deref()
    }
}

pub(super) fn build(spec: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let days = spec.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(format!("operator `shift-date`: `days` must lie between 1 and {MOST_DAYS}"));
    }
    let key = key.ok_or("operator `shift-date` needs a key")?.clone();
    Ok(Box::new(ShiftDate { key, days, by: spec.by.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::{Numbers, Place};
    use chrono::NaiveDate;

    fn operator(days: u32, by: Option<&str>) -> Box<dyn Operator> {
        let spec = OperatorSpec { days: Some(days), by: by.map(str::to_owned), ..OperatorSpec::named("shift-date") };
        build(&spec, Some(&Key::new(&[7; 32]).unwrap())).unwrap()
    }

    fn of(operator: &dyn Operator, value: &str, patient: Option<&str>) -> Outcome {
        let mut numbers = Numbers::default();
        let other = |column: &str| patient.filter(|_| column == "patient").map(str::to_owned);
        let mut record = Record { numbers: &mut numbers, other: &other, place: Place::default(), typed: false };
        operator.apply_in(value, Target { id: "person.date", tag: "<DATE>" }, &mut record)
    }

    fn days_between(operator: &dyn Operator, value: &str, patient: Option<&str>) -> i64 {
        let Outcome::Edit(Replacement::Text(text)) = of(operator, value, patient) else { panic!("a date") };
        let read = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        read(&text).signed_duration_since(read(value)).num_days()
    }

    #[test]
    fn one_entity_moves_as_one() {
        let by = operator(180, Some("patient"));
        let ann = days_between(&*by, "2024-01-31", Some("ann"));
        assert_eq!(ann, days_between(&*by, "1999-12-01", Some("ann")), "another date");
        assert_eq!(ann, days_between(&*by, "1999-12-01", Some(" ann ")), "spaces are no name");
        let shifts: std::collections::BTreeSet<i64> =
            (0..40).map(|n| days_between(&*by, "2024-01-31", Some(&n.to_string()))).collect();
        assert!(shifts.len() > 20, "others move otherwise: {shifts:?}");
        let long = "x".repeat(200);
        assert_eq!(days_between(&*by, "2024-01-31", Some(&long)), days_between(&*by, "2024-01-31", Some(&entity(&long))));
    }

    #[test]
    fn no_date_stays_and_none_moves_too_far() {
        for days in [1, 2, 180] {
            let by = operator(days, Some("patient"));
            let shifts: Vec<i64> = (0..200).map(|n| days_between(&*by, "2024-01-31", Some(&n.to_string()))).collect();
            assert!(shifts.iter().all(|s| *s != 0 && s.unsigned_abs() <= u64::from(days)), "{days}: {shifts:?}");
            assert!(shifts.iter().any(|s| *s < 0) && shifts.iter().any(|s| *s > 0), "both ways");
        }
    }

    #[test]
    fn what_cannot_move_is_a_tag() {
        let target = Target { id: "person.date", tag: "<DATE>" };
        let by = operator(180, Some("patient"));
        assert_eq!(of(&*by, "2024-01-31", None), tag_instead(target), "whose date it is is not known");
        assert_eq!(of(&*by, "2024-01-31", Some("")), tag_instead(target), "nor here");
        assert_eq!(of(&*by, "unknown", Some("ann")), tag_instead(target), "no date");
        assert_eq!(by.apply("2024-01-31", target), tag_instead(target), "a name stands in no record");
        let all = operator(180, None);
        assert_eq!(of(&*all, "2024-01-31", Some("ann")), of(&*all, "2024-01-31", None), "all move together");
        assert_eq!(all.apply("2024-01-31", target), of(&*all, "2024-01-31", None), "names too");
    }

    #[test]
    fn settings_are_checked() {
        let key = Key::new(&[7; 32]).unwrap();
        for (days, fits) in [(0, false), (1, true), (MOST_DAYS, true), (MOST_DAYS + 1, false)] {
            let spec = OperatorSpec { days: Some(days), ..OperatorSpec::named("shift-date") };
            assert_eq!(build(&spec, Some(&key)).is_ok(), fits, "{days}");
        }
    }
}
