//! Numbers of eastern Europe and of its neighbours.

mod persons;
mod rules;
mod taxes;

use super::{Check, all};

/// A row of the table: every match of these numbers' patterns has the form.
const fn row(name: &'static str, chance: f64, demands: &'static str, run: fn(&[u8]) -> Option<usize>) -> Check {
    Check { name, chance, demands, run, form: all }
}

/// Rates: counted over random digits of the form.
pub(super) static CHECKS: &[Check] = &[
    row("az-voen", 0.018, "ninth digit: weights 4-1-8-6-2-7-5-3 mod 11; last digit 1 or 2", taxes::voen),
    row("baltic-id", 0.003, "a date of birth; weights 1 to 9 then 3 to 9, mod 11", persons::baltic),
    row("bg-egn", 0.011, "a date of birth; weights 2-4-8-5-10-9-7-3-6, mod 11", persons::egn),
    row("bg-pnf", 0.1, "weights 21-19-17-13-11-9-7-3-1, mod 10", persons::pnf),
    row("bg-vat", 0.1, "of nine digits weights 1 to 8, mod 11; of ten a person's or other payer's check", taxes::bulgarian_vat),
    row("by-unp", 0.09, "weights 29-23-19-17-13-7-5-3, mod 11", taxes::unp),
    row("cz-account", 0.09, "prefix and number weighted 1-2-4-8-5-10-9-7-3-6 from the right, mod 11", taxes::czech_account),
    row("cz-birth-number", 0.015, "a date of birth; 11 divides ten digits", persons::birth_number),
    row("cz-ico", 0.09, "weights 8 to 2, mod 11", taxes::ico),
    row("cz-vat", 0.09, "a company's number, or a birth number", taxes::czech_vat),
    row("ee-kmkr", 0.1, "weights 3-7-1, mod 10", taxes::kmkr),
    row("ee-registrikood", 0.04, "first digit 1, 7, 8 or 9; weights 1 to 7 then 3 to 9, mod 11", taxes::estonian_company),
    row("hr-oib", 0.1, "ISO 7064 MOD 11,10", persons::oib),
    row("hu-account", 0.01, "weights 9-7-3-1 over the first group and over the rest, mod 10", taxes::hungarian_account),
    row("hu-taj", 0.1, "weights 3-7, mod 10", persons::taj),
    row("hu-tax-id", 0.0058, "8, days from 1867 to the birth, weights 1 to 9 mod 11", persons::hungarian_tax),
    row("hu-vat", 0.1, "weights 9-7-3-1 over eight digits, mod 10", taxes::hungarian_vat),
    row("jmbg", 0.0008, "a date of birth; weights 7 to 2 twice, mod 11", persons::jmbg),
    row("kz-iin", 0.002, "a date of birth, century 1 to 6; weights 1 to 11 then 3 on, mod 11", persons::iin),
    row("lt-vat", 0.01, "last digit but one 1; weights 1 to 9 then 3 on, mod 11", taxes::lithuanian_vat),
    row("lv-pk", 0.002, "a date of birth or 32 first; weights 1-6-3-7-9-10-5-8-4-2, mod 11", persons::latvia),
    row("lv-vat", 0.055, "weights 9-1-4-8-3-10-2-5-7-6, mod 11, or a personal code", taxes::latvian_vat),
    row("md-idnp", 0.1, "weights 7-3-1, mod 10", persons::idnp),
    row("me-pib", 0.1, "weights 8 to 2, mod 11", taxes::montenegrin_pib),
    row("mk-edb", 0.1, "weights 7 to 2 twice, mod 11", taxes::edb),
    row("pl-id-card", 0.1, "weights 7-3-1-9-7-3-1-7-3, mod 10", persons::polish_card),
    row("pl-nip", 0.091, "weights 6-5-7-2-3-4-5-6-7, mod 11", taxes::nip),
    row("pl-nrb", 0.0103, "ISO 7064 MOD 97-10 with PL", taxes::nrb),
    row("pl-pesel", 0.018, "a date of birth; weights 1-3-7-9, mod 10", persons::pesel),
    row("pl-regon", 0.1, "weights 8-9-2-3-4-5-6-7, mod 11; of fourteen digits a second check", taxes::regon),
    row("ro-cnp", 0.0016, "a date of birth, a county; weights 2-7-9-1-4-6-3-5-8-2-7-9, mod 11", persons::cnp),
    row("ro-cui", 0.1, "weights 7-5-3-2-1-7-5-3-2, mod 11", taxes::cui),
    row("rs-account", 0.0103, "ISO 7064 MOD 97-10", taxes::serbian_account),
    row("rs-pib", 0.1, "ISO 7064 MOD 11,10", taxes::serbian_pib),
    row("ru-inn", 0.01, "two check digits, weights mod 11", persons::inn_person),
    row("ru-inn-company", 0.1, "weights 2-4-10-3-5-9-4-6-8, mod 11", taxes::inn_company),
    row("ru-ogrn", 0.09, "rest of the number mod 11, or of fifteen digits mod 13", taxes::ogrn),
    row("ru-snils", 0.01, "weights 9 to 1, mod 101", persons::snils),
    row("si-company", 0.09, "weights 7 to 2, mod 11", taxes::slovenian_company),
    row("si-tax", 0.085, "weights 8 to 2, mod 11", persons::slovenian_tax),
    row("sk-vat", 0.05, "11 divides it; third digit 2, 3, 4, 7, 8 or 9", taxes::slovak_vat),
    row("tr-tckn", 0.009, "two check digits, mod 10", persons::tckn),
    row("tr-vkn", 0.1, "digits moved by their place, powers of two mod 9", taxes::vkn),
    row("ua-edrpou", 0.1, "weights 1 to 7 or 7 and 1 to 6, then two more, mod 11", taxes::edrpou),
    row("ua-rntrc", 0.1, "weights -1-5-7-9-4-6-10-5-7, mod 11", persons::rntrc),
];

#[cfg(test)]
mod tests {
    use super::super::find;

    #[test]
    fn checks_tell_right_from_wrong() {
        let table: &[(&str, &str, bool, &str)] = &[
            ("az-voen", "1401555071", true, "a company"),
            ("az-voen", "1401555081", false, "ninth digit"),
            ("az-voen", "1400057424", false, "last digit neither 1 nor 2"),
            ("baltic-id", "36805280109", true, "Estonian"),
            ("baltic-id", "36805280108", false, "check digit"),
            ("baltic-id", "33309240064", true, "Lithuanian"),
            ("baltic-id", "33313240064", false, "month 13"),
            ("bg-egn", "8032056031", true, "month 32 is December 1880"),
            ("bg-egn", "8019010008", false, "month 19"),
            ("bg-pnf", "7111042925", true, "a foreigner"),
            ("bg-pnf", "7111042922", false, "check digit"),
            ("bg-vat", "175074752", true, "a company"),
            ("bg-vat", "175074751", false, "check digit"),
            ("by-unp", "200988541", true, "a company"),
            ("by-unp", "MA1953684", true, "letters of a person"),
            ("by-unp", "200988542", false, "check digit"),
            ("cz-account", "34278-0727558021/0100", true, "prefix and number divide"),
            ("cz-account", "4278-727558021/0100", false, "prefix"),
            ("cz-account", "34278-727558021/0000", false, "no such bank"),
            ("cz-birth-number", "710319/2745", true, "eleven divides"),
            ("cz-birth-number", "7103192746", false, "eleven does not"),
            ("cz-birth-number", "991231123", true, "nine digits, 1899"),
            ("cz-birth-number", "590312/123", false, "nine digits after 1953"),
            ("cz-birth-number", "1103492745", false, "month 49"),
            ("cz-birth-number", "780123/3540", true, "a rest of 10 written 0"),
            ("cz-ico", "25123891", true, "a company"),
            ("cz-ico", "25123890", false, "check digit"),
            ("cz-vat", "25123891", true, "a company"),
            ("cz-vat", "640903926", true, "nine digits that begin with 6"),
            ("cz-vat", "7103192745", true, "a person"),
            ("cz-vat", "25123890", false, "check digit"),
            ("ee-kmkr", "100594102", true, "VAT"),
            ("ee-kmkr", "100594103", false, "check digit"),
            ("ee-registrikood", "12345678", true, "an organisation"),
            ("ee-registrikood", "12345679", false, "check digit"),
            ("ee-registrikood", "32345674", false, "first digit"),
            ("hr-oib", "33392005961", true, "MOD 11,10"),
            ("hr-oib", "33392005962", false, "check digit"),
            ("hu-account", "11773016-11111018-00000000", true, "the account of the IBAN registry's example"),
            ("hu-account", "11773016-11111018", true, "two groups"),
            ("hu-account", "11773016-11111019", false, "check digit"),
            ("hu-taj", "123456788", true, "weights 3 and 7"),
            ("hu-taj", "123456789", false, "check digit"),
            ("hu-tax-id", "8071592153", true, "weights 1 to 9"),
            ("hu-tax-id", "8071592154", false, "check digit"),
            ("hu-vat", "12892312", true, "a company"),
            ("hu-vat", "12892313", false, "check digit"),
            ("jmbg", "0101006500006", true, "Slovenia, 2006"),
            ("jmbg", "0101006500007", false, "check digit"),
            ("kz-iin", "850101300015", true, "born 1985"),
            ("kz-iin", "850101300016", false, "check digit"),
            ("lt-vat", "119511515", true, "a company"),
            ("lt-vat", "100001919017", true, "twelve digits"),
            ("lt-vat", "100004801610", true, "second row of weights"),
            ("lt-vat", "100001919018", false, "check digit"),
            ("lv-pk", "161175-19997", true, "born 1975"),
            ("lv-pk", "161375-19997", false, "month 13"),
            ("lv-pk", "328673-00679", true, "since 2017"),
            ("lv-pk", "328673-00677", false, "check digit"),
            ("lv-vat", "40003521600", true, "a company"),
            ("lv-vat", "40003521601", false, "check digit"),
            ("lv-vat", "161175-19997", true, "a person"),
            ("md-idnp", "1008600038413", true, "weights 7, 3, 1"),
            ("md-idnp", "1008600038412", false, "check digit"),
            ("me-pib", "02655284", true, "a company"),
            ("me-pib", "02655283", false, "check digit"),
            ("mk-edb", "4030000375897", true, "a company"),
            ("mk-edb", "4030000375890", false, "check digit"),
            ("pl-id-card", "ABA300000", true, "the specimen card"),
            ("pl-id-card", "ABA400000", false, "check digit"),
            ("pl-nip", "8567346215", true, "a company"),
            ("pl-nip", "8567346216", false, "check digit"),
            ("pl-nrb", "61 1090 1014 0000 0712 1981 2874", true, "the account of the IBAN registry's example"),
            ("pl-nrb", "61 1090 1014 0000 0712 1981 2871", false, "mod 97"),
            ("pl-pesel", "44051401359", true, "born 1944"),
            ("pl-pesel", "44051401358", false, "check digit"),
            ("pl-pesel", "02381307589", false, "month 38"),
            ("pl-regon", "192598184", true, "nine digits"),
            ("pl-regon", "12345678512347", true, "fourteen"),
            ("pl-regon", "12345678612342", false, "the nine digits in it fail"),
            ("pl-regon", "12345678512348", false, "check digit"),
            ("ro-cnp", "1630615123457", true, "born 1963"),
            ("ro-cnp", "1630615993454", false, "no such county"),
            ("ro-cnp", "1630615123458", false, "check digit"),
            ("ro-cnp", "0800101221142", false, "first digit 0"),
            ("ro-cui", "18547290", true, "a company"),
            ("ro-cui", "18547291", false, "check digit"),
            ("rs-account", "260-0056010016113-79", true, "the account of the IBAN registry's example"),
            ("rs-account", "260-56010016113-79", true, "zeros left out"),
            ("rs-account", "260-0056010016113-78", false, "check digits"),
            ("rs-pib", "101134702", true, "MOD 11,10"),
            ("rs-pib", "101134703", false, "check digit"),
            ("ru-inn", "123456789047", true, "a person"),
            ("ru-inn", "123456789037", false, "eleventh digit"),
            ("ru-inn-company", "1234567894", true, "an organisation"),
            ("ru-inn-company", "1234567895", false, "check digit"),
            ("ru-ogrn", "1022200525819", true, "thirteen digits"),
            ("ru-ogrn", "385768585948949", true, "fifteen"),
            ("ru-ogrn", "1022500001328", false, "check digit"),
            ("ru-snils", "112-233-445 95", true, "the pension fund's example"),
            ("ru-snils", "112-233-445 96", false, "check digits"),
            ("si-company", "9331310000", true, "ten digits"),
            ("si-company", "9331320000", false, "check digit"),
            ("si-tax", "50223054", true, "weights 8 to 2"),
            ("si-tax", "50223055", false, "check digit"),
            ("sk-vat", "2022749619", true, "eleven divides"),
            ("sk-vat", "2022749618", false, "eleven does not"),
            ("tr-tckn", "17291716060", true, "two check digits"),
            ("tr-tckn", "17291716050", false, "tenth digit"),
            ("tr-tckn", "07291716092", false, "first digit 0"),
            ("tr-vkn", "4540536920", true, "a taxpayer"),
            ("tr-vkn", "4540536921", false, "check digit"),
            ("ua-edrpou", "32855961", true, "middle range"),
            ("ua-edrpou", "32855968", false, "the weights of the other range"),
            ("ua-rntrc", "1759013776", true, "a person"),
            ("ua-rntrc", "1759013770", false, "check digit"),
        ];
        for (name, value, passes, why) in table {
            let check = find(name).unwrap();
            assert_eq!((check.run)(value.as_bytes()).is_some(), *passes, "{name} {value}: {why}");
        }
    }

    #[test]
    fn chance_rates_are_what_random_digits_give() {
        let table: &[(&str, usize, u32)] = &[
            ("az-voen", 10, 8),
            ("baltic-id", 11, 40),
            ("bg-egn", 10, 8),
            ("bg-pnf", 10, 2),
            ("bg-vat", 9, 2),
            ("by-unp", 9, 2),
            ("cz-birth-number", 10, 8),
            ("cz-ico", 8, 2),
            ("cz-vat", 8, 2),
            ("ee-kmkr", 9, 2),
            ("ee-registrikood", 8, 2),
            ("hr-oib", 11, 2),
            ("hu-account", 16, 8),
            ("hu-taj", 9, 2),
            ("hu-tax-id", 10, 40),
            ("hu-vat", 8, 2),
            ("jmbg", 13, 40),
            ("kz-iin", 12, 40),
            ("lt-vat", 9, 8),
            ("lv-pk", 11, 40),
            ("lv-vat", 11, 2),
            ("md-idnp", 13, 2),
            ("me-pib", 8, 2),
            ("mk-edb", 13, 2),
            ("pl-nip", 10, 2),
            ("pl-nrb", 26, 8),
            ("pl-pesel", 11, 8),
            ("pl-regon", 9, 2),
            ("ro-cnp", 13, 40),
            ("ro-cui", 9, 2),
            ("rs-pib", 9, 2),
            ("ru-inn", 12, 8),
            ("ru-inn-company", 10, 2),
            ("ru-ogrn", 13, 2),
            ("ru-snils", 11, 8),
            ("si-company", 7, 2),
            ("si-tax", 8, 2),
            ("sk-vat", 10, 2),
            ("tr-tckn", 11, 8),
            ("tr-vkn", 10, 2),
            ("ua-edrpou", 8, 2),
            ("ua-rntrc", 10, 2),
        ];
        let mut state = 7_u64;
        for (name, length, thousands) in table {
            let check = find(name).unwrap();
            let rounds = thousands * 1000;
            let passed = (0..rounds).filter(|_| {
                let value: Vec<u8> = (0..*length)
                    .map(|_| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        b'0' + (state >> 40) as u8 % 10
                    })
                    .collect();
                (check.run)(&value).is_some()
            });
            let rate = passed.count() as f64 / f64::from(rounds);
            assert!(rate < check.chance * 1.6 && rate > check.chance * 0.5, "{name}: {rate} is not about {}", check.chance);
        }
    }
}
