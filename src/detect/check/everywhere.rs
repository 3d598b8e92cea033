//! Numbers that belong to no one country, and those of the United States.

mod device;
mod health;
mod market;
mod prose;
mod street;
mod vat;
mod wallet;

use super::{Check, all};

pub(super) static CHECKS: &[Check] = &[
    Check {
        name: "bank-identifier",
        chance: 0.37,
        demands: "letters 5 and 6 are a country of ISO 3166",
        run: market::bic,
        form: all,
    },
    Check {
        name: "base58-address",
        chance: 0.000_000_001,
        demands: "Base58 with four bytes of double SHA-256 at the end",
        run: wallet::base58,
        form: all,
    },
    Check {
        name: "bech32-address",
        chance: 0.000_000_002,
        demands: "Bech32 or Bech32m checksum",
        run: wallet::bech32,
        form: all,
    },
    Check { name: "card-track", chance: 0.098, demands: "a card number in the track", run: market::track, form: all },
    Check {
        name: "coordinates",
        chance: 0.25,
        demands: "latitude up to 90, longitude up to 180 degrees",
        run: device::coordinates,
        form: all,
    },
    Check { name: "creditor-reference", chance: 0.0103, demands: "ISO 7064 MOD 97-10", run: market::reference, form: all },
    Check { name: "cusip", chance: 0.1, demands: "modulus 10, double add double", run: market::cusip, form: all },
    Check {
        name: "figi",
        chance: 0.1,
        demands: "modulus 10, double add double over letters and digits",
        run: market::figi,
        form: all,
    },
    Check {
        name: "gs1-device",
        chance: 0.1,
        demands: "weights 3 and 1, mod 10, over the trade item",
        run: health::gs1,
        form: all,
    },
    Check { name: "hibc-device", chance: 0.0233, demands: "sum of the characters' values mod 43", run: health::hibc, form: all },
    Check {
        name: "cued-street",
        chance: 0.9,
        demands: "no year, no date or time, no count of things and no part of a building",
        run: street::cued,
        form: all,
    },
    Check { name: "street-corner", chance: 0.9, demands: "a number or a word for a street", run: street::corner, form: all },
    Check { name: "house-number", chance: 0.9, demands: "no year and no court", run: street::street, form: all },
    Check { name: "iccid", chance: 0.1, demands: "prefix 89, 19 or 20 digits, Luhn", run: device::iccid, form: all },
    Check { name: "imsi", chance: 0.24, demands: "a mobile country code of ITU-T E.212", run: device::imsi, form: all },
    Check { name: "isin", chance: 0.1, demands: "Luhn over digits, a letter as its two", run: market::isin, form: all },
    Check { name: "lei", chance: 0.0103, demands: "ISO 7064 MOD 97-10 over 20 characters", run: market::lei, form: all },
    Check {
        name: "meid",
        chance: 0.07,
        demands: "Luhn in base 16 or 10 where a check digit stands",
        run: device::meid,
        form: all,
    },
    Check { name: "person-name", chance: 0.9, demands: "no word of address like Sir or Customer", run: prose::name, form: all },
    Check { name: "us-zip", chance: 0.02, demands: "a ZIP code of that state", run: street::zip, form: all },
    Check { name: "us-atin", chance: 0.001, demands: "area 9xx, group 93", run: health::atin, form: all },
    Check {
        name: "us-dea",
        chance: 0.1,
        demands: "digits 1, 3, 5 and twice 2, 4, 6 end in digit 7",
        run: health::dea,
        form: all,
    },
    Check { name: "us-ein", chance: 0.83, demands: "a prefix that the IRS assigns", run: health::ein, form: all },
    Check { name: "us-hicn", chance: 0.89, demands: "a social security number and a claim suffix", run: health::hicn, form: all },
    Check {
        name: "vat-number",
        chance: 0.1,
        demands: "a country's letters, its layout, and its check digits where it has some",
        run: vat::with_letters,
        form: all,
    },
    Check {
        name: "vat-number-bare",
        chance: 0.6,
        demands: "the layout and the check digits of some country",
        run: vat::bare,
        form: vat::bare_form,
    },
];

#[cfg(test)]
mod tests {
    use super::super::tried;

    #[test]
    fn checks_tell_right_from_wrong() {
        tried::table(&[
            ("bank-identifier", "DEUTDEFF", true, "Germany"),
            ("bank-identifier", "ABNA BE 2A", true, "in groups"),
            ("bank-identifier", "COMPUTER", false, "no country has the letters UT"),
            ("base58-address", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", true, "the example of the Bitcoin wiki"),
            ("base58-address", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", false, "checksum"),
            ("base58-address", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", true, "pay to script hash"),
            ("bech32-address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true, "BIP 173"),
            ("bech32-address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", false, "BIP 173, wrong checksum"),
            ("bech32-address", "BC1SW50QGDZ25J", true, "BIP 350, Bech32m"),
            ("bech32-address", "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", false, "mixed case"),
            ("card-track", "%B4111111111111111^DOE/JANE^2512101000?", true, "track 1"),
            ("card-track", ";4111111111111112=25121010000?", false, "Luhn fails"),
            ("coordinates", "40.7128, -74.0060", true, "New York"),
            ("coordinates", "91.1234, 12.1234", false, "no such latitude"),
            ("cued-street", "86036 Rua do Arenque 1634", true, "numbers on both sides"),
            ("cued-street", "1998 Market Street", true, "a year has no street"),
            ("cued-street", "2012 Audi", false, "a year"),
            ("cued-street", "10 AM March 3", false, "a time"),
            ("cued-street", "5 Lines", false, "a count"),
            ("cued-street", "Joaquin Suarez 2906", true, "number behind the street"),
            ("cued-street", "Terminal 5", false, "a part of a building"),
            ("street-corner", "the corner of Main St and Elm", true, "a street"),
            ("street-corner", "the intersection of Art and Science", false, "none"),
            ("creditor-reference", "RF18 5390 0754 7034", true, "ISO 11649"),
            ("creditor-reference", "RF17 5390 0754 7034", false, "check digits"),
            ("cusip", "037833100", true, "Apple"),
            ("cusip", "037833101", false, "check digit"),
            ("figi", "BBG000BLNQ16", true, "the standard's example"),
            ("figi", "BBG000BLNQ14", false, "check digit"),
            ("gs1-device", "(01)51022222233336(11)141231(10)A213B1", true, "the FDA's example"),
            ("gs1-device", "(01)51022222233337(11)141231(10)A213B1", false, "check digit"),
            ("hibc-device", "+A99912349/$$52001510X33", false, "another check character"),
            ("house-number", "350 Fifth Avenue", true, "an address"),
            ("house-number", "1998 Market Street", false, "perhaps a year"),
            ("house-number", "9 Supreme Court", false, "judges"),
            ("iccid", "8991101200003204514", true, "a number of E.118's form"),
            ("iccid", "8991101200003204515", false, "Luhn"),
            ("imsi", "429011234567890", true, "Nepal"),
            ("imsi", "439011234567890", false, "no such country code"),
            ("isin", "US0378331005", true, "Apple"),
            ("isin", "US0378331003", false, "Luhn"),
            ("lei", "213800KUD8LAJWSQ9D15", true, "mod 97"),
            ("lei", "213800KUD8LXJWSQ9D15", false, "mod 97"),
            ("meid", "AF 01 23 45 0A BC DE C", true, "hexadecimal with check digit"),
            ("meid", "29360 87365 0070 3710 0", true, "decimal with check digit"),
            ("meid", "29360 87365 0070 3710 1", false, "check digit"),
            ("person-name", "Valued Customer", false, "no name"),
            ("person-name", "Maria Lopez", true, "a name"),
            ("person-name", "Mr", false, "a title alone"),
            ("us-atin", "912-93-4567", true, "group 93"),
            ("us-atin", "912-90-4567", false, "group 90 is an ITIN"),
            ("us-dea", "AP5836727", true, "1+3+... = digit 7"),
            ("us-dea", "AP5836728", false, "check digit"),
            ("us-zip", "MT 59912", true, "Montana has 590 to 599"),
            ("us-zip", "CA 12345", false, "of New York"),
            ("us-ein", "91-1144442", true, "prefix 91"),
            ("us-ein", "07-1144442", false, "prefix 07"),
            ("us-hicn", "123-45-6789A", true, "wage earner"),
            ("us-hicn", "666-45-6789A", false, "area 666"),
        ]);
    }

    #[test]
    fn chance_rates_are_what_random_values_give() {
        tried::rates(&[
            ("bank-identifier", "@@@@@@@@"),
            ("card-track", "%B4###############^DOE/JANE^2512101?"),
            ("coordinates", "##.####, ###.####"),
            ("creditor-reference", "RF##############"),
            ("cusip", "***######"),
            ("figi", "BBG#########"),
            ("gs1-device", "(01)##############"),
            ("hibc-device", "+A#########*"),
            ("iccid", "89#################"),
            ("imsi", "###############"),
            ("isin", "US##########"),
            ("lei", "******************##"),
            ("meid", "A##############"),
            ("us-atin", "#########"),
            ("us-dea", "AB#######"),
            ("us-ein", "#########"),
            ("us-hicn", "#########A"),
            ("us-zip", "GA #####|MT #####|OH #####|VT #####|WY #####"),
            ("vat-number", "DE#########"),
            ("vat-number-bare", "#########"),
        ]);
    }
}
