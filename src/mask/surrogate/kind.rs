//! The kinds of values that are made up: how they are told, normalised and made.

use super::draw::Source;
use super::person::{Part, person};
use super::{date, network, number, phone, place};

/// A kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    GivenName,
    FamilyName,
    Username,
    Email,
    Phone,
    Url,
    Domain,
    Ip,
    Mac,
    Card,
    Iban,
    Ssn,
    Date,
    Address,
    Number,
}

/// The kinds as policies name them.
pub(super) const KINDS: &[(&str, Kind)] = &[
    ("name", Kind::Name),
    ("given-name", Kind::GivenName),
    ("family-name", Kind::FamilyName),
    ("username", Kind::Username),
    ("email", Kind::Email),
    ("phone", Kind::Phone),
    ("url", Kind::Url),
    ("domain", Kind::Domain),
    ("ip", Kind::Ip),
    ("mac", Kind::Mac),
    ("payment-card", Kind::Card),
    ("iban", Kind::Iban),
    ("us-ssn", Kind::Ssn),
    ("date", Kind::Date),
    ("address", Kind::Address),
    ("number", Kind::Number),
];

/// Detectors, by the start of their ids without the country, and the kind of what they find.
const DETECTORS: &[(&str, Kind)] = &[
    ("person.name", Kind::Name),
    ("person.username", Kind::Username),
    ("person.date", Kind::Date),
    ("person.address", Kind::Address),
    ("person.organization", Kind::Address),
    ("location.street-address", Kind::Address),
    ("location.address", Kind::Address),
    ("location.po-box", Kind::Address),
    ("location.city", Kind::Address),
    ("contact.email", Kind::Email),
    ("contact.phone", Kind::Phone),
    ("network.ipv", Kind::Ip),
    ("network.mac", Kind::Mac),
    ("network.domain", Kind::Domain),
    ("finance.payment-card", Kind::Card),
    ("finance.iban", Kind::Iban),
    ("us.ssn", Kind::Ssn),
];

impl Kind {
    /// The kind of what a detector finds.
    pub fn of_detector(id: &str) -> Self {
        let behind = id.split_once('.').map_or(id, |(_, name)| name);
        if behind.starts_with("phone") {
            return Self::Phone;
        }
        if id == "network.url" {
            return Self::Url;
        }
        DETECTORS.iter().find(|(start, _)| id.starts_with(start)).map_or(Self::Number, |(_, kind)| *kind)
    }

    /// What is the same in all spellings of a value.
    pub fn normal(self, value: &str) -> String {
        match self {
            Self::Email => value.to_lowercase(),
            Self::Phone => {
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                let foreign = digits.strip_prefix("00").unwrap_or(&digits);
                let american = foreign.strip_prefix('1').filter(|n| n.len() == 10);
                american.unwrap_or(foreign).to_owned()
            }
            Self::Date | Self::Url | Self::Domain => value.to_owned(),
            _ => value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
        }
    }

    /// A made-up value. `country` is the detector's, `column` where the value stands. Nothing where the value is not of the kind.
    pub fn make(self, value: &str, normal: &str, country: Option<&str>, column: &str, source: Source<'_>) -> Option<String> {
        let name = KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name);
        let draw = &mut source.draw(name, normal);
        match self {
            Self::Name => person(value, Part::of_column(column), source),
            Self::GivenName => person(value, Part::Given, source),
            Self::FamilyName => person(value, Part::Family, source),
            Self::Username => network::username(value, source, draw),
            Self::Email => network::email(value, source, draw),
            Self::Phone => phone::phone(value, country, draw),
            Self::Url => network::url(value, draw),
            Self::Domain => network::domain(value, draw),
            Self::Ip => network::ip(value, draw),
            Self::Mac => network::mac(value, draw),
            Self::Card => number::card(value, draw),
            Self::Iban => number::iban(value, draw),
            Self::Ssn => number::ssn(value, draw),
            Self::Date => date::date(value, draw),
            Self::Address => place::place(value, draw),
            Self::Number => None,
        }
    }

    /// Whether what is made lies in a range that the check of its detector does not let pass.
    pub fn is_reserved(self) -> bool {
        self == Self::Ssn
    }
}
