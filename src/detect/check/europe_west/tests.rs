//! The checks of western Europe on published numbers, and their rates.

use super::super::find;

#[test]
fn checks_tell_right_from_wrong() {
    let table: &[(&str, &str, bool, &str)] = &[
        ("at-svnr", "1237 010180", true, "the published example"),
        ("at-svnr", "2237 010180", false, "check digit"),
        ("at-svnr", "1237 320180", false, "no such day"),
        ("at-uid", "ATU13585627", true, "check digit 7"),
        ("at-uid", "ATU13585626", false, "check digit"),
        ("be-eid", "591-1917064-58", true, "rest 58"),
        ("be-eid", "000-0011032-25", false, "rest is 71"),
        ("be-nn", "85.07.30-033.28", true, "born 1985"),
        ("be-nn", "17 07 30 033 84", true, "born 2017"),
        ("be-nn", "98 47 28 997 65", true, "a BIS number"),
        ("be-nn", "12345678901", false, "check digits"),
        ("be-vat", "BE 0428.759.497", true, "ten digits"),
        ("be-vat", "BE428759497", true, "nine digits"),
        ("be-vat", "BE431150351", false, "check digits"),
        ("ch-ahv", "756.9217.0769.85", true, "the official example"),
        ("ch-ahv", "756.9217.0769.84", false, "check digit"),
        ("ch-ahv", "123.4567.8910.19", false, "not 756"),
        ("ch-uid", "CHE-100.155.212", true, "check digit 2"),
        ("ch-uid", "CHE-100.155.213", false, "check digit"),
        ("cy-tic", "CY10259033P", true, "letter P"),
        ("cy-tic", "10259033Z", false, "letter"),
        ("de-id-card", "T220001293", true, "the sample of the Federal Printing Office, check digit 3"),
        ("de-id-card", "T220001290", false, "check digit"),
        ("de-id-card", "L01X00T47", true, "check digit left out"),
        ("de-kvnr", "A123456780", true, "the example of § 290"),
        ("de-kvnr", "A123456787", false, "check digit"),
        ("de-lanr", "123456601", true, "check digit 6"),
        ("de-lanr", "123456701", false, "check digit"),
        ("de-rvnr", "65 170839 J 003", true, "check digit 3"),
        ("de-rvnr", "15 070649 C 103", true, "check digit 3"),
        ("de-rvnr", "65 170839 J 004", false, "check digit"),
        ("de-vat", "DE136695976", true, "check digit 6"),
        ("de-vat", "DE136695978", false, "check digit"),
        ("dk-cpr", "211062-5629", true, "born 1862"),
        ("dk-cpr", "211062-5628", false, "mod 11"),
        ("dk-cpr", "010165-1234", true, "the first day that ran out of check digits"),
        ("dk-cpr", "010111-0630", false, "numbers of 1911 have one"),
        ("dk-cpr", "511062-5629", false, "day 51"),
        ("dk-cpr", "2110525629", false, "would be born in 2052"),
        ("dk-cvr", "DK 13585628", true, "0 mod 11"),
        ("dk-cvr", "DK 13585627", false, "mod 11"),
        ("es-ccc", "1234-1234-16 1234567890", true, "digits 16"),
        ("es-ccc", "1234-1234-00 1234567890", false, "digits"),
        ("es-cif", "J99216582", true, "digit 2"),
        ("es-cif", "J99216583", false, "digit"),
        ("es-cups", "ES 1234-123456789012-JY 1F", true, "letters JY"),
        ("es-cups", "ES 1234-123456789012-XY", false, "letters"),
        ("es-nif", "54362315-K", true, "DNI"),
        ("es-nif", "54362315Z", false, "letter"),
        ("es-nif", "x-2482300w", true, "NIE"),
        ("es-nif", "M-1234567-L", true, "foreigner without NIE"),
        ("es-nuss", "281234567840", true, "province 28"),
        ("es-nuss", "281234567841", false, "check digits"),
        ("es-nuss", "991234567840", false, "no such province"),
        ("es-vat", "ESB64717838", true, "a company"),
        ("es-vat", "ES54362315K", true, "a person"),
        ("fi-business-id", "2077474-0", true, "check digit 0"),
        ("fi-business-id", "2077474-1", false, "check digit"),
        ("fi-hetu", "131052-308T", true, "the official example"),
        ("fi-hetu", "131052A308T", true, "born 2052 by the sign"),
        ("fi-hetu", "131052-308U", false, "control character"),
        ("fi-hetu", "310252-308Y", false, "no such day"),
        ("fr-cni", "X4RTBPFW4", true, "the specimen since 2021"),
        ("fr-cni", "PERSONNES", false, "a word"),
        ("fr-rib", "20041 01005 0500013M026 06", true, "the account of the registry's IBAN"),
        ("fr-rib", "20041 01005 0500013M026 07", false, "key"),
        ("fr-spi", "30 23 217 600 053", true, "rest 53"),
        ("fr-spi", "3023217600054", false, "rest"),
        ("fr-tva", "FR23334175221", true, "key 23"),
        ("fr-tva", "FRK7399859412", true, "key with a letter"),
        ("fr-tva", "4Z123456782", true, "key with a letter second"),
        ("fr-tva", "53 0000 04605", true, "Monaco"),
        ("fr-tva", "84 323 140 391", false, "key"),
        ("gb-chi", "0101013000", true, "sum 33"),
        ("gb-chi", "0101013001", false, "check digit"),
        ("gb-chi", "9434765919", false, "an NHS number, but no day"),
        ("gb-driving-licence", "MORGA657054SM9IJ", true, "the sample licence: July, a woman"),
        ("gb-driving-licence", "MORGA613454SM9IJ", false, "month 13"),
        ("gb-driving-licence", "M9RGA657054SM9IJ", false, "padding inside the name"),
        ("gb-utr", "1955839661", true, "check digit 1"),
        ("gb-utr", "2955839661", false, "check digit"),
        ("gb-vat", "GB 980 7806 84", true, "0 mod 97"),
        ("gb-vat", "802311781", false, "neither"),
        ("gb-vat", "GBGD499", true, "a department"),
        ("gb-vat", "GBHA499", false, "health bodies begin at 500"),
        ("gr-afm", "EL 094259216", true, "check digit 6"),
        ("gr-afm", "EL 123456781", false, "check digit"),
        ("gr-amka", "01013099997", true, "Luhn"),
        ("gr-amka", "01013099999", false, "Luhn"),
        ("ie-pps", "6433435F", true, "letter F"),
        ("ie-pps", "6433435FW", true, "W does not count"),
        ("ie-pps", "6433435OA", true, "A counts"),
        ("ie-pps", "6433435IH", true, "H counts"),
        ("ie-pps", "6433435E", false, "letter"),
        ("ie-pps", "6433435VH", false, "letter"),
        ("ie-vat", "8D79739I", true, "old form"),
        ("ie-vat", "8D79739J", false, "letter"),
        ("ie-vat", "IE 6433435OA", true, "new form"),
        ("is-kennitala", "120174-3399", true, "a person"),
        ("is-kennitala", "450401-3150", true, "an organisation"),
        ("is-kennitala", "530575-0299", false, "check digit"),
        ("it-bban", "X 05428 11101 000000123456", true, "the account of the registry's IBAN"),
        ("it-bban", "Y 05428 11101 000000123456", false, "letter"),
        ("it-fiscal-code", "RCCMNL83S18D969H", true, "letter H"),
        ("it-fiscal-code", "RCCMNL83S18D969A", false, "letter"),
        ("it-fiscal-code", "RCCMNL83S72D969H", false, "day 72"),
        ("lu-id", "1893120105732", true, "the example of the health insurance fund"),
        ("lu-id", "1893120105733", false, "Verhoeff"),
        ("lu-id", "1893130105732", false, "month 13"),
        ("lu-vat", "LU 150 274 42", true, "rest 42"),
        ("lu-vat", "LU 150 274 43", false, "rest"),
        ("mt-vat", "MT 1167-9112", true, "0 mod 37"),
        ("mt-vat", "MT 1167-9113", false, "mod 37"),
        ("nl-bsn", "1112.22.333", true, "eleven test"),
        ("nl-bsn", "1112.52.333", false, "eleven test"),
        ("nl-btw", "NL4495445B01", true, "zeros left out"),
        ("nl-btw", "NL002455799B11", true, "a sole trader"),
        ("nl-btw", "123456789B90", false, "neither"),
        ("nl-onderwijsnummer", "1012.22.331", true, "rest 5"),
        ("nl-onderwijsnummer", "100252333", false, "rest"),
        ("no-account", "8601 11 17947", true, "mod 11"),
        ("no-account", "0000.4090403", true, "post giro"),
        ("no-account", "8601 11 17949", false, "mod 11"),
        ("no-fnr", "151086 95088", true, "both digits"),
        ("no-fnr", "15108695077", false, "second digit"),
        ("no-fnr", "92031470790", false, "no such day"),
        ("no-orgnr", "988 077 917", true, "check digit 7"),
        ("no-orgnr", "988 077 918", false, "check digit"),
        ("pt-cc", "00000000 0 ZZ4", true, "the example of the rule"),
        ("pt-cc", "00000000 0 ZZ3", false, "check digit"),
        ("pt-nib", "0002 0123 12345678901 54", true, "the account of the registry's IBAN"),
        ("pt-nib", "0002 0123 12345678901 55", false, "mod 97"),
        ("pt-nif", "PT 501 964 843", true, "check digit 3"),
        ("pt-nif", "PT 501 964 842", false, "check digit"),
        ("pt-niss", "11234567892", true, "sum 367"),
        ("pt-niss", "11234567896", false, "check digit"),
        ("se-orgnr", "123456-7897", true, "Luhn"),
        ("se-orgnr", "123456-7891", false, "Luhn"),
        ("se-personnummer", "880320-0016", true, "Luhn"),
        ("se-personnummer", "19880320-0016", true, "with the century"),
        ("se-personnummer", "880320-0018", false, "Luhn"),
        ("se-personnummer", "881320-0015", false, "month 13"),
        ("se-vat", "SE 123456789701", true, "Luhn and 01"),
        ("se-vat", "SE 123456789702", false, "no 01"),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter(|(name, value, passes, _)| (find(name).unwrap().run)(value.as_bytes()).is_some() != *passes)
        .map(|(name, value, _, why)| format!("{name} {value}: {why}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn short_and_foreign_bytes_are_refused() {
    let hostile: &[&[u8]] = &[b"", b"B", b"NLB", b"IE", b"\xFF\xFE", b"99", "ÄÖÜ-123".as_bytes(), &[b'0'; 200], &[b'A'; 200]];
    for check in super::CHECKS {
        for value in hostile {
            assert_eq!((check.run)(value), None, "{} {value:?}", check.name);
        }
    }
}

#[test]
fn chance_rates_are_what_random_values_give() {
    let mut state = 7_u64;
    let mut next = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    // A form: 9 a digit, L a letter, other bytes as they are.
    let forms = [
        ("at-svnr", "9999999999"),
        ("at-uid", "U99999999"),
        ("be-nn", "99999999999"),
        ("be-vat", "0999999999"),
        ("ch-ahv", "7569999999999"),
        ("ch-uid", "999999999"),
        ("cy-tic", "99999999L"),
        ("de-kvnr", "L999999999"),
        ("de-lanr", "999999999"),
        ("de-rvnr", "99999999L999"),
        ("dk-cpr", "9999999999"),
        ("dk-cvr", "99999999"),
        ("es-ccc", "99999999999999999999"),
        ("es-nuss", "999999999999"),
        ("fi-business-id", "99999999"),
        ("fr-rib", "99999999999999999999999"),
        ("gb-chi", "9999999999"),
        ("gb-utr", "9999999999"),
        ("gb-vat", "999999999"),
        ("gr-afm", "999999999"),
        ("gr-amka", "99999999999"),
        ("is-kennitala", "9999999999"),
        ("lu-vat", "99999999"),
        ("mt-vat", "99999999"),
        ("nl-bsn", "999999999"),
        ("no-account", "99999999999"),
        ("no-fnr", "99999999999"),
        ("no-orgnr", "999999999"),
        ("pt-cc", "999999999LL9"),
        ("pt-nif", "999999999"),
        ("pt-niss", "19999999999"),
        ("se-orgnr", "9999999999"),
        ("se-personnummer", "9999999999"),
    ];
    for (name, form) in forms {
        let check = find(name).unwrap();
        let rounds = if check.chance < 0.02 { 60_000 } else { 8_000 };
        let passed = (0..rounds).filter(|_| {
            let value: Vec<u8> = form
                .bytes()
                .map(|b| match b {
                    b'9' => b'0' + next(10) as u8,
                    b'L' => b'A' + next(26) as u8,
                    other => other,
                })
                .collect();
            (check.run)(&value).is_some()
        });
        let rate = passed.count() as f64 / f64::from(rounds);
        assert!(rate < check.chance * 1.5 && rate > check.chance * 0.5, "{name}: {rate} is not about {}", check.chance);
    }
}
