//! What a value must satisfy beyond its pattern: check digits, ranges, layouts. One row a check; those of a part of the world
//! or a family of credentials lie in a table of their own, with the functions beside them.

mod americas;
mod asia;
mod credentials;
mod date;
mod europe_east;
mod europe_west;
mod everywhere;
mod iban;
mod iso7064;
mod luhn;
mod network;
mod nir;
mod payment_card;
mod phone;
mod registry;
mod secret;
mod sums;
#[cfg(test)]
mod tried;
mod verhoeff;
mod vin;
mod weighted;

/// A check on the bytes that a pattern matched.
pub struct Check {
    /// The name that packs use.
    pub name: &'static str,
    /// Share of random values of the pattern's form that pass, 0 to 1; below 0.001 a passed check is proof by itself. Where a
    /// pattern narrows a place (a month, a first digit), most rates are counted over any digit there, as other columns have
    /// it, some over those of the pattern alone: the tests hold the form of each.
    pub chance: f64,
    /// What it demands, in a phrase for `detectors explain`.
    pub demands: &'static str,
    /// How many of the bytes are the value (a prefix), or nothing where the check fails.
    pub run: fn(&[u8]) -> Option<usize>,
    /// How many of the bytes have the form, the check digit aside: what a failed check with context reports.
    pub form: fn(&[u8]) -> Option<usize>,
}

/// Every check there is, table by table.
pub fn all_checks() -> impl Iterator<Item = &'static Check> {
    let tables = [
        CHECKS,
        americas::CHECKS,
        asia::CHECKS,
        credentials::CHECKS,
        europe_east::CHECKS,
        europe_west::CHECKS,
        everywhere::CHECKS,
    ];
    tables.into_iter().flatten()
}

/// Checks of the first families. Rates: exact where the rule is a residue, else counted over random values of the form.
static CHECKS: &[Check] = &[
    Check {
        name: "aba-routing",
        chance: 0.055,
        demands: "weights 3-7-1 give 0 mod 10, Federal Reserve prefix",
        run: weighted::aba,
        form: all,
    },
    Check { name: "birth-date", chance: 0.8, demands: "a calendar date from 1900 on", run: date::birth, form: all },
    Check {
        name: "birth-part",
        chance: 0.8,
        demands: "a month of a year, or a day of a month",
        run: date::birth_part,
        form: all,
    },
    Check { name: "chars-mixed", chance: 0.9, demands: "letters and digits both", run: secret::mixed, form: all },
    Check {
        name: "de-tax-id",
        chance: 0.0033,
        demands: "ISO 7064 MOD 11,10; one digit two or three times in the first ten",
        run: iso7064::de_tax_id,
        form: all,
    },
    Check {
        name: "email",
        chance: 0.9,
        demands: "well-formed labels and a top-level domain of letters",
        run: network::email,
        form: all,
    },
    Check {
        name: "entropy",
        chance: 0.99,
        demands: "letters and digits both, at least 3 bits a character",
        run: secret::entropy,
        form: all,
    },
    Check {
        name: "iban",
        chance: 0.0001,
        demands: "the country's structure, ISO 7064 MOD 97-10",
        run: iban::iban,
        form: iban::form,
    },
    Check { name: "imei", chance: 0.099, demands: "15 digits, Luhn", run: luhn::imei, form: all },
    Check { name: "in-pan", chance: 0.4, demands: "fourth letter a holder type", run: registry::in_pan, form: all },
    Check {
        name: "ip-reserved",
        chance: 0.9,
        demands: "an unspecified, loopback or broadcast address",
        run: network::ip_reserved,
        form: all,
    },
    Check {
        name: "ipv4",
        chance: 0.7,
        demands: "four octets without leading zeros, at most 32 bits of prefix",
        run: network::ipv4,
        form: all,
    },
    Check { name: "ipv6", chance: 0.5, demands: "an RFC 4291 address of more than a loopback", run: network::ipv6, form: all },
    Check { name: "jwt", chance: 0.000_001, demands: "a header that decodes to JSON with `alg`", run: secret::jwt, form: all },
    Check { name: "luhn", chance: 0.1, demands: "Luhn", run: luhn::luhn, form: all },
    Check { name: "mac", chance: 0.99, demands: "six or eight octets, neither all 0 nor all F", run: network::mac, form: all },
    Check { name: "nhs", chance: 0.091, demands: "weights 10 to 2, mod 11", run: weighted::nhs, form: all },
    Check { name: "nino", chance: 0.55, demands: "prefix letters in use", run: registry::nino, form: all },
    Check { name: "nir", chance: 0.011, demands: "key 97 - (number mod 97), month and sex", run: nir::nir, form: all },
    Check { name: "password", chance: 0.9, demands: "no placeholder or variable", run: secret::password, form: all },
    Check {
        name: "payment-card",
        chance: 0.098,
        demands: "issuer prefix, its length, Luhn",
        run: payment_card::payment_card,
        form: all,
    },
    Check {
        name: "phone-international",
        chance: 0.8,
        demands: "a country code and 8 to 15 digits",
        run: phone::international,
        form: all,
    },
    Check { name: "phone-national", chance: 0.8, demands: "7 to 13 digits, no calendar date", run: phone::national, form: all },
    Check {
        name: "phone-us",
        chance: 0.6,
        demands: "area and exchange codes of the North American plan",
        run: phone::us,
        form: all,
    },
    Check { name: "sin", chance: 0.081, demands: "Luhn, first digit neither 0 nor 8", run: luhn::sin, form: all },
    Check {
        name: "three-classes",
        chance: 0.5,
        demands: "three of lower case, upper case, digits and other signs",
        run: secret::three_classes,
        form: all,
    },
    Check { name: "us-itin", chance: 0.4, demands: "area 9xx, group in use", run: registry::itin, form: all },
    Check { name: "us-npi", chance: 0.1, demands: "Luhn with prefix 80840, first digit 1 or 2", run: luhn::npi, form: all },
    Check { name: "us-ssn", chance: 0.89, demands: "area, group and serial in use", run: registry::ssn, form: all },
    Check { name: "verhoeff", chance: 0.1, demands: "Verhoeff", run: verhoeff::verhoeff, form: all },
    Check { name: "vin", chance: 0.091, demands: "ISO 3779 weights mod 11 at position 9", run: vin::vin, form: all },
];

/// The check of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Check> {
    all_checks().find(|c| c.name == name)
}

/// The digits of a value, separators left out; nothing where there are more than `N`.
fn digits<const N: usize>(value: &[u8]) -> Option<([u8; N], usize)> {
    let mut found = [0; N];
    let mut count = 0;
    for b in value.iter().filter(|b| b.is_ascii_digit()) {
        *found.get_mut(count)? = b - b'0';
        count += 1;
    }
    Some((found, count))
}

/// Exactly `N` digits among separators.
fn exactly<const N: usize>(value: &[u8]) -> Option<[u8; N]> {
    digits::<N>(value).filter(|(_, count)| *count == N).map(|(found, _)| found)
}

/// Every match has the form.
#[expect(clippy::unnecessary_wraps, reason = "stands in the table beside forms that can fail")]
fn all(value: &[u8]) -> Option<usize> {
    Some(value.len())
}

/// Passes the whole value where the condition holds.
fn whole(value: &[u8], holds: bool) -> Option<usize> {
    holds.then_some(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = all_checks().map(|check| check.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn checks_tell_right_from_wrong() {
        tried::table(&[
            ("luhn", "79927398713", true, "the textbook number"),
            ("luhn", "79927398710", false, "wrong check digit"),
            ("payment-card", "4111 1111 1111 1111", true, "a Visa test number"),
            ("payment-card", "4111111111111112", false, "Luhn fails"),
            ("payment-card", "378282246310005", true, "American Express, 15 digits"),
            ("payment-card", "1111111111111117", false, "no issuer begins with 1"),
            ("iban", "DE89 3704 0044 0532 0130 00", true, "registry example"),
            ("iban", "DE89 3704 0044 0532 0130 01", false, "mod 97"),
            ("iban", "GB82WEST12345698765432", true, "letters count"),
            ("iban", "XX82WEST12345698765432", false, "no such country"),
            ("iban", "VG46H07Y0223060094359858", false, "1 mod 97, but a bank there has four letters"),
            ("iban", "MU17BOMM0101101030300200000MUR", true, "letters at the end"),
            ("aba-routing", "021000021", true, "a New York bank"),
            ("aba-routing", "021000022", false, "checksum"),
            ("nhs", "943 476 5919", true, "documentation number"),
            ("nhs", "943 476 5918", false, "check digit"),
            ("de-tax-id", "86095742719", true, "8 stands once, others too, 7 and 9 twice is one too many only for others"),
            ("de-tax-id", "86095742718", false, "check digit"),
            ("us-ssn", "536-22-8726", true, "in use"),
            ("us-ssn", "666-12-3456", false, "area 666"),
            ("us-ssn", "900-12-3456", false, "area 9xx"),
            ("us-ssn", "536-00-8726", false, "group 00"),
            ("us-itin", "912-90-3456", true, "group 90"),
            ("us-itin", "912-93-4567", false, "group 93 is an adoption number"),
            ("sin", "046 454 286", false, "starts with 0"),
            ("sin", "130 692 544", true, "Luhn"),
            ("imei", "490154203237518", true, "documentation number"),
            ("imei", "490154203237517", false, "Luhn"),
            ("vin", "1M8GDM9AXKP042788", true, "check digit X"),
            ("vin", "1M8GDM9A1KP042788", false, "check digit"),
            ("verhoeff", "2363", true, "the paper's 236 with digit 3"),
            ("verhoeff", "2364", false, "check digit"),
            ("nir", "2 95 10 99 126 111 93", true, "key 93"),
            ("nir", "2 95 10 99 126 111 92", false, "key"),
            ("nino", "QQ 12 34 56 C", false, "Q is not in use"),
            ("nino", "AB 12 34 56 C", true, "in use"),
            ("ipv4", "203.0.113.77", true, "four octets"),
            ("ipv4", "256.1.1.1", false, "octet above 255"),
            ("ipv4", "01.02.03.04", false, "leading zeros"),
            ("ipv6", "2001:db8::8a2e:370:7334", true, "compressed"),
            ("ipv6", "12:34:56", false, "a time"),
            ("ipv6", "::ffff:192.0.2.1", true, "RFC 4291 section 2.2, third form"),
            ("ipv6", "fe80::1%eth0", true, "with a zone"),
            ("ipv6", "2001:db8::/32", true, "a prefix"),
            ("ipv6", "2001:db8::/129", false, "more bits than there are"),
            ("ipv6", "2001::db8::1", false, "compressed twice"),
            ("ipv6", "2001:db8::256.1.1.1", false, "no such octet"),
            ("ipv4", "192.0.2.0/24", true, "a prefix"),
            ("ipv4", "192.0.2.0/33", false, "more bits than there are"),
            ("ip-reserved", "::1", true, "loopback"),
            ("ip-reserved", "::v4", false, "a path of code"),
            ("mac", "00:00:00:00:00:00", false, "all zero"),
            ("phone-us", "(415) 555-0134", true, "area 415"),
            ("phone-us", "(115) 555-0134", false, "area codes begin with 2"),
            ("phone-international", "+49 30 901820", true, "Berlin"),
            ("phone-international", "+999 123", false, "too short"),
            ("birth-date", "1980-02-29", true, "leap year"),
            ("birth-date", "1981-02-29", false, "no leap year"),
            ("birth-date", "12 March 1980", true, "month as a word"),
            ("birth-part", "May-2021", true, "a month of a year"),
            ("birth-part", "05/21", true, "as on a card"),
            ("birth-part", "21 May", true, "a day of a month"),
            ("birth-part", "31 June", false, "June has 30"),
            ("birth-part", "21/1850", false, "no month, no day"),
            ("us-npi", "1234567893", true, "documentation number"),
            ("us-npi", "1234567890", false, "Luhn"),
            ("password", "${DB_PASSWORD}", false, "a variable"),
            ("password", "hunter2", true, "a word with a digit"),
        ]);
    }

    #[test]
    fn chance_rates_are_what_random_values_give() {
        tried::rates(&[
            ("aba-routing", "#########"),
            ("chars-mixed", "~~~~~~~~~~~~~~~~"),
            ("de-tax-id", "###########"),
            ("entropy", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
            ("imei", "###############"),
            ("in-pan", "@@@@@####@"),
            ("luhn", "################"),
            ("nhs", "##########"),
            ("nino", "@@######A"),
            ("nir", "###############"),
            ("payment-card", "4###############"),
            ("phone-international", "+###########"),
            ("phone-national", "##########"),
            ("phone-us", "(###) ###-####"),
            ("sin", "#########"),
            ("us-itin", "9########"),
            ("us-npi", "1#########"),
            ("us-ssn", "#########"),
            ("verhoeff", "############"),
            ("vin", "1HGCM826#3A######"),
        ]);
    }

    #[test]
    fn no_check_panics_or_accepts_more_than_it_got() {
        let hostile: &[&[u8]] = &[b"", b"-", b"9", &[0xFF; 40], &[b'9'; 4000], b"((((", "äöü".as_bytes(), b"::::::::"];
        for check in all_checks() {
            for value in hostile {
                assert!((check.run)(value).is_none_or(|n| n <= value.len()), "{}", check.name);
            }
        }
    }
}
