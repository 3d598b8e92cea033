//! Numbers of Asia, Oceania and Africa: the table and its vectors; the rules lie in a file a part of the world.

mod africa;
mod east;
mod south;

use super::{Check, all};

pub(super) static CHECKS: &[Check] = &[
    row("au-abn", 0.011, "weights 10-1-3 to 19 with the first digit less 1, mod 89", south::au_abn),
    row("au-acn", 0.1, "weights 8 to 1, mod 10", south::au_acn),
    row("au-medicare", 0.05, "first digit 2 to 6, weights 1-3-7-9, mod 10", south::au_medicare),
    row("au-tfn", 0.091, "weights 1-4-3-7-5-8-6-9-10, mod 11", south::au_tfn),
    Check {
        name: "cn-resident-id",
        chance: 0.0003,
        demands: "a province, a day of birth, ISO 7064 MOD 11-2",
        run: east::cn_resident_id,
        form: east::cn_resident_form,
    },
    row("cn-resident-id-15", 0.012, "a province and a day of birth in the last century", east::cn_resident_15),
    row("cn-uscc", 0.033, "base 31 with powers of 3, mod 31", east::cn_uscc),
    row("eg-national-id", 0.0026, "a century, a day of birth, a governorate", africa::eg_national_id),
    row("gh-tin", 0.09, "weights 1 to 9, mod 11, X for 10", africa::gh_tin),
    row("hk-id", 0.09, "letters and digits with weights 9 to 1, mod 11, A for 10", east::hk_id),
    row("id-nik", 0.025, "a province, a day of birth (plus 40 for women), a serial", south::id_nik),
    row("id-npwp", 0.1, "Luhn over the first nine digits", south::id_npwp),
    row("il-id", 0.1, "Luhn", south::il_id),
    row("in-gstin", 0.028, "a state and Luhn in base 36", south::in_gstin),
    row("ir-national-id", 0.09, "weights 10 to 2, mod 11", south::ir_national_id),
    row("jp-corporate", 0.11, "weights 1-2 from the right, mod 9, in front", east::jp_corporate),
    row("jp-driving-licence", 0.09, "weights 5-4-3-2-7-6 to 2, mod 11, at position 11", east::jp_driving_licence),
    row("jp-my-number", 0.1, "weights 6-5-4-3-2-7 to 2, mod 11", east::jp_my_number),
    row("kr-brn", 0.1, "weights 1-3-7 and 5, mod 10", east::kr_brn),
    Check {
        name: "kr-frn",
        chance: 0.0036,
        demands: "a day of birth, weights 2 to 9 and 2 to 5, mod 11, 2 more than citizens",
        run: east::kr_frn,
        form: east::kr_form,
    },
    Check {
        name: "kr-rrn",
        chance: 0.0036,
        demands: "a day of birth, weights 2 to 9 and 2 to 5, mod 11",
        run: east::kr_rrn,
        form: east::kr_form,
    },
    row("lk-nic", 0.7, "a day of the year (plus 500 for women)", south::lk_nic),
    row("ma-ice", 0.01, "mod 97 is 0", africa::ma_ice),
    // Of random digits 0.031 pass, but times written YYMMDDhhmmss nearly all: a column that passes must prove nothing.
    row("my-nric", 0.25, "a day of birth and a place of birth in use", south::my_nric),
    row("mz-nuit", 0.1, "weights 8-9-4 to 9, mod 11", africa::mz_nuit),
    row("nz-bank", 0.03, "a bank in use, the weights of its kind, mod 11 or 10", south::nz_bank),
    row("nz-ird", 0.09, "10 to 150 millions, weights 3-2-7 to 2 or 7-4-3-2-5-2-7-6, mod 11", south::nz_ird),
    row("nz-nhi", 0.09, "letters without I and O, weights 7 to 2, mod 11; newer ones mod 23", south::nz_nhi),
    row("sg-nric", 0.09, "weights 2-7-6-5-4-3-2, mod 11, the letter for it", east::sg_nric),
    row("sg-uen", 0.04, "weights by kind of entity, mod 11, the letter for it", east::sg_uen),
    row("sn-ninea", 0.1, "weights 1-2 from the right, mod 10", africa::sn_ninea),
    row("th-id", 0.1, "weights 13 to 2, mod 11", south::th_id),
    row("tn-mf", 0.044, "weights 7 to 1, mod 23, the letter for it", africa::tn_mf),
    row("tw-id", 0.1, "a letter as two digits, weights 1-9-8 to 1, mod 10", east::tw_id),
    row("tw-ubn", 0.2, "weights 1-2-1-2-1-2-4-1, digit sums, mod 5", east::tw_ubn),
    row("vn-mst", 0.1, "weights 31-29-23-19-17-13-7-5-3, mod 11", south::vn_mst),
    Check {
        name: "za-id",
        chance: 0.001,
        demands: "a day of birth, a kind of residence, Luhn",
        run: africa::za_id,
        form: africa::za_form,
    },
    row("za-tin", 0.05, "first digit 0 to 3 or 9, Luhn", africa::za_tin),
];

/// A row whose form is the whole match.
const fn row(name: &'static str, chance: f64, demands: &'static str, run: fn(&[u8]) -> Option<usize>) -> Check {
    Check { name, chance, demands, run, form: all }
}

#[cfg(test)]
mod tests {
    use super::super::find;

    #[test]
    fn numbers_of_asia_oceania_and_africa_pass_and_their_neighbours_fail() {
        let table: &[(&str, &str, bool, &str)] = &[
            ("au-abn", "83 914 571 673", true, "mod 89"),
            ("au-abn", "53 004 085 616", true, "an ABN made of an ACN"),
            ("au-abn", "99 999 999 999", false, "mod 89"),
            ("au-acn", "010 499 966", true, "check digit 6"),
            ("au-acn", "999 999 999", false, "check digit"),
            ("au-medicare", "2123 45670 1", true, "the documented example"),
            ("au-medicare", "2123 45671 1", false, "check digit"),
            ("au-tfn", "123 456 782", true, "the documented example"),
            ("au-tfn", "999 999 999", false, "mod 11"),
            ("cn-resident-id", "360426199101010071", true, "Jiangxi"),
            ("cn-resident-id", "11010519491231002X", true, "the standard's example"),
            ("cn-resident-id", "110105194912310021", false, "check digit"),
            ("cn-resident-id-15", "110101491001001", true, "Beijing, 1 October 1949"),
            ("cn-resident-id-15", "110101491301001", false, "month 13"),
            ("cn-uscc", "91110000600037341L", true, "check sign L"),
            ("cn-uscc", "91110000600037341M", false, "check sign"),
            ("eg-national-id", "29001011234567", true, "1 January 1990, Dakahlia"),
            ("eg-national-id", "29013011234567", false, "month 13"),
            ("gh-tin", "C0000803561", true, "check digit 1"),
            ("gh-tin", "C0000803562", false, "check digit"),
            ("hk-id", "A123456(3)", true, "one letter"),
            ("hk-id", "A494866(4)", true, "one letter"),
            ("hk-id", "OV290326[A]", true, "two letters, A for 10"),
            ("hk-id", "A123456(4)", false, "check digit"),
            ("id-nik", "3171011708450001", true, "Jakarta"),
            ("id-nik", "9971011708450001", false, "no such province"),
            ("id-npwp", "01.312.166.0-091.000", true, "Luhn over nine"),
            ("id-npwp", "01.312.167.0-091.000", false, "Luhn"),
            ("il-id", "3933742-3", true, "eight digits count as nine"),
            ("il-id", "3933742-2", false, "Luhn"),
            ("in-gstin", "27AAPFU0939F1ZV", true, "Maharashtra"),
            ("in-gstin", "27AAPFU0939F1ZO", false, "check sign"),
            ("ir-national-id", "0067749828", true, "mod 11"),
            ("ir-national-id", "0067749827", false, "check digit"),
            ("jp-corporate", "5-8356-7825-6246", true, "5 in front"),
            ("jp-corporate", "2-8356-7825-6246", false, "check digit"),
            ("jp-my-number", "6214 9832 0257", true, "check digit 7"),
            ("jp-my-number", "6214 9832 0258", false, "check digit"),
            ("kr-brn", "116-82-00276", true, "check digit 6"),
            ("kr-brn", "116-82-00277", false, "check digit"),
            ("kr-frn", "911124-5678906", true, "born in 1991"),
            ("kr-frn", "911124-5678901", false, "check digit"),
            ("kr-rrn", "971013-9019902", true, "born in 1897"),
            ("kr-rrn", "971013-9019903", false, "check digit"),
            ("kr-rrn", "051102-9234110", false, "born in 1805"),
            ("lk-nic", "853400937V", true, "day 340"),
            ("lk-nic", "854000937V", false, "day 400"),
            ("lk-nic", "200023125632", true, "twelve digits"),
            ("ma-ice", "00 21 36 09 30 00 040", true, "mod 97"),
            ("ma-ice", "001561191000065", false, "mod 97"),
            ("my-nric", "770305-02-1234", true, "Kedah"),
            ("my-nric", "770305-17-1234", false, "no such place"),
            ("mz-nuit", "400339910", true, "check digit 0"),
            ("mz-nuit", "400339911", false, "check digit"),
            ("nz-bank", "01-0242-0100194-00", true, "account below 990000"),
            ("nz-bank", "01-0242-0100195-00", false, "mod 11"),
            ("nz-ird", "4909185-0", true, "first weights"),
            ("nz-ird", "49-098-576", true, "8 digits"),
            ("nz-ird", "136410133", false, "check digit"),
            ("nz-nhi", "ZAC5361", true, "the older form"),
            ("nz-nhi", "ZBN77VL", true, "the newer form"),
            ("nz-nhi", "ZAC5362", false, "check digit"),
            ("sg-nric", "S1234567D", true, "a citizen"),
            ("sg-nric", "F1234567N", true, "a foreigner"),
            ("sg-nric", "M1234567K", true, "the newest series"),
            ("sg-nric", "S1234567E", false, "check letter"),
            ("sg-uen", "53125226D", true, "a business"),
            ("sg-uen", "196800306E", true, "a bank"),
            ("sg-uen", "T01FC6132D", true, "a foreign company"),
            ("sg-uen", "196800306A", false, "check letter"),
            ("jp-driving-licence", "309012345620", true, "Tokyo, 1990"),
            ("jp-driving-licence", "459803358720", true, "Kanagawa, 1998"),
            ("jp-driving-licence", "309012345610", false, "check digit"),
            ("sn-ninea", "306 7221", true, "mod 10"),
            ("sn-ninea", "30672212G2", true, "with the fiscal part"),
            ("sn-ninea", "3067222", false, "mod 10"),
            ("th-id", "1-2345-45678-78-1", true, "a person"),
            ("th-id", "0-99-4-000-61772-1", true, "a company"),
            ("th-id", "1-2345-45678-78-9", false, "check digit"),
            ("tn-mf", "1282182 W", true, "key letter"),
            ("tn-mf", "1219773U", false, "key letter"),
            ("tw-id", "A123456789", true, "the documented example"),
            ("tw-id", "A123456788", false, "check digit"),
            ("tw-ubn", "00501503", true, "mod 5"),
            ("tw-ubn", "00501502", false, "mod 5"),
            ("vn-mst", "0100233488", true, "check digit 8"),
            ("vn-mst", "0314409058-002", true, "a branch"),
            ("vn-mst", "0100233480", false, "check digit"),
            ("za-id", "7503305044089", true, "30 March 1975"),
            ("za-id", "8503305044089", false, "Luhn"),
            ("za-tin", "0001339050", true, "Luhn"),
            ("za-tin", "2449/494/16/1", false, "Luhn"),
        ];
        let wrong = table.iter().filter(|(name, value, passes, _)| {
            let check = find(name).unwrap();
            (check.run)(value.as_bytes()).is_some() != *passes
        });
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&(&str, &str, bool, &str)>::new());
        let form = find("kr-rrn").unwrap().form;
        assert!(form(b"210313-3456789").is_some() && form(b"211313-3456789").is_none(), "newer ones keep the date only");
    }
}
