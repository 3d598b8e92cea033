//! The values of one form as the numbers from 0: which signs of a text change, and how they become numerals for FF1.

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};

/// The fewest values a form must have: NIST SP 800-38G demands a million.
const LEAST: u64 = 1_000_000;

/// The most signs of a value; work grows with the square of their number.
const MOST_SIGNS: usize = 256;

/// Where the signs stand that change, and out of which alphabet each is. A form: two texts of one form differ in them alone.
pub(super) struct Form {
    /// Position in the text, and first sign of the alphabet.
    signs: Vec<(usize, u8)>,
    numerals: Numerals,
}

/// How the signs become numerals.
enum Numerals {
    /// Every sign is one: they have one alphabet.
    Signs(u32),
    /// All signs are one number, which is written with so many numerals of this radix; of what they can spell only the numbers
    /// below the bound are values.
    Mixed { radix: u32, count: usize, bound: Number },
}

/// The first sign of the alphabet of a letter or digit.
fn alphabet(sign: u8) -> Option<u8> {
    match sign {
        b'0'..=b'9' => Some(b'0'),
        b'a'..=b'z' => Some(b'a'),
        b'A'..=b'Z' => Some(b'A'),
        _ => None,
    }
}

fn radix_of(first: u8) -> u32 {
    if first == b'0' { 10 } else { 26 }
}

impl Form {
    /// The form of a text whose first `kept` letters and digits stay; nothing where it holds letters that have no alphabet here,
    /// too few signs or too many.
    pub fn of(text: &str, kept: usize) -> Option<Self> {
        if text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()) {
            return None;
        }
        let all = text.bytes().enumerate().filter_map(|(at, b)| Some((at, alphabet(b)?)));
        let signs: Vec<(usize, u8)> = all.skip(kept).take(MOST_SIGNS + 1).collect();
        let radix = radix_of(signs.first()?.1);
        let one = signs.iter().all(|(_, first)| radix_of(*first) == radix);
        let mut bound = Number::from(1);
        for (_, first) in &signs {
            bound.multiply_and_add(radix_of(*first), 0);
        }
        if signs.len() > MOST_SIGNS || bound < Number::from(LEAST) {
            return None;
        }
        let numerals = if one {
            Numerals::Signs(radix)
        } else {
            // An even number of numerals, so that both halves of the Feistel network are as large; each has at most 16 bits.
            let count = 2 * bound.bits().div_ceil(32);
            Numerals::Mixed { radix: radix_for(count, &bound), count, bound }
        };
        Some(Self { signs, numerals })
    }

    /// Encrypts the signs of a text of this form under the key.
    pub fn encrypt(&self, key: &[u8; 32], text: &str) -> Option<String> {
        self.permute(text, self.radix(), |radix, x| FF1::<Aes256>::new(key, radix).ok()?.encrypt(&[], x).ok())
    }

    /// Turns back what [`Form::encrypt`] made.
    pub fn decrypt(&self, key: &[u8; 32], text: &str) -> Option<String> {
        self.permute(text, self.radix(), |radix, x| FF1::<Aes256>::new(key, radix).ok()?.decrypt(&[], x).ok())
    }

    fn radix(&self) -> u32 {
        match self.numerals {
            Numerals::Signs(radix) | Numerals::Mixed { radix, .. } => radix,
        }
    }

    fn permute(
        &self,
        text: &str,
        radix: u32,
        step: impl Fn(u32, &FlexibleNumeralString) -> Option<FlexibleNumeralString>,
    ) -> Option<String> {
        let bytes = text.as_bytes();
        let digit = |(at, first): &(usize, u8)| Some(u16::from(bytes.get(*at)?.checked_sub(*first)?));
        let digits: Vec<u16> = self.signs.iter().map(digit).collect::<Option<_>>()?;
        let new = match &self.numerals {
            Numerals::Signs(_) => step(radix, &FlexibleNumeralString::from(digits))?.into(),
            Numerals::Mixed { count, bound, .. } => {
                let mut number = Number::from(0);
                let weighed = digits.iter().zip(&self.signs);
                weighed.for_each(|(digit, (_, first))| number.multiply_and_add(radix_of(*first), u32::from(*digit)));
                let mut numerals = FlexibleNumeralString::from(number.into_digits(std::iter::repeat_n(radix, *count)));
                // The radix is the least that reaches the bound, so that the first step mostly stays below it.
                loop {
                    numerals = step(radix, &numerals)?;
                    let spelled: Vec<u16> = numerals.into();
                    let mut number = Number::from(0);
                    for numeral in &spelled {
                        number.multiply_and_add(radix, u32::from(*numeral));
                    }
                    if number < *bound {
                        break number.into_digits(self.signs.iter().map(|(_, first)| radix_of(*first)));
                    }
                    numerals = FlexibleNumeralString::from(spelled);
                }
            }
        };
        let mut out = bytes.to_vec();
        for ((at, first), digit) in self.signs.iter().zip(new) {
            *out.get_mut(*at)? = first + u8::try_from(digit).ok()?;
        }
        String::from_utf8(out).ok()
    }
}

/// The least radix of which `count` numerals spell at least `bound` numbers.
fn radix_for(count: usize, bound: &Number) -> u32 {
    let (mut low, mut high) = (2, 1 << 16);
    while low < high {
        let middle = u32::midpoint(low, high);
        let mut spelled = Number::from(1);
        (0..count).for_each(|_| spelled.multiply_and_add(middle, 0));
        if spelled < *bound {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A whole number of any size: 32 bits each, the lowest first, none of the highest zero.
#[derive(PartialEq, Eq)]
struct Number(Vec<u32>);

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        let mut made = Self(vec![number as u32, (number >> 32) as u32]);
        made.trim();
        made
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Number {
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn bits(&self) -> usize {
        self.0.len() * 32 - self.0.last().map_or(0, |l| l.leading_zeros() as usize)
    }

    fn multiply_and_add(&mut self, by: u32, and: u32) {
        let mut carry = u64::from(and);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(by);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// The digits of the number, the highest first, where digits have these radices.
    fn into_digits(mut self, radices: impl DoubleEndedIterator<Item = u32>) -> Vec<u16> {
        let mut digits: Vec<u16> = radices
            .rev()
            .map(|radix| {
                let mut rest = 0;
                for limb in self.0.iter_mut().rev() {
                    let part = rest << 32 | u64::from(*limb);
                    *limb = (part / u64::from(radix)) as u32;
                    rest = part % u64::from(radix);
                }
                self.trim();
                rest as u16
            })
            .collect();
        digits.reverse();
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let mut out = [0; N];
        for (i, to) in out.iter_mut().enumerate() {
            *to = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
        }
        out
    }

    /// Samples 7 to 9 of NIST's examples for SP 800-38G, those for AES-256.
    #[test]
    fn ff1_is_that_of_nist() {
        let key: [u8; 32] = bytes("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94");
        let signs = |text: &str| text.chars().map(|c| c.to_digit(36).unwrap() as u16).collect::<Vec<_>>();
        for (sample, radix, tweak, plain, cipher) in [
            (7, 10, "", "0123456789", "6657667009"),
            (8, 10, "39383736353433323130", "0123456789", "1001623463"),
            (9, 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
        ] {
            let tweak: Vec<u8> =
                (0..tweak.len() / 2).map(|i| u8::from_str_radix(&tweak[2 * i..2 * i + 2], 16).unwrap()).collect();
            let ff1 = FF1::<Aes256>::new(&key, radix).unwrap();
            let made: Vec<u16> = ff1.encrypt(&tweak, &FlexibleNumeralString::from(signs(plain))).unwrap().into();
            assert_eq!(made, signs(cipher), "sample {sample}");
        }
        let text = Form::of("0123456789", 0).unwrap().encrypt(&key, "0123456789");
        assert_eq!(text.as_deref(), Some("6657667009"), "sample 7, by way of a form");
    }

    #[test]
    fn forms_need_values_enough_and_known_letters() {
        for (text, has, why) in [
            ("123456", true, "a million"),
            ("12345", false, "fewer"),
            ("abcde", true, "26 to the fifth"),
            ("A1-234", false, "260,000"),
            ("A1-2345", true, "2,600,000"),
            ("Jos\u{e9} 1234567", false, "a letter out of no alphabet here"),
            ("12345678 \u{20ac}", true, "a sign that is no letter stays"),
            ("", false, "nothing"),
        ] {
            assert_eq!(Form::of(text, 0).is_some(), has, "{why}");
        }
        assert!(Form::of(&"1".repeat(MOST_SIGNS), 0).is_some() && Form::of(&"1".repeat(MOST_SIGNS + 1), 0).is_none());
    }

    #[test]
    fn a_mixed_form_is_covered_by_hardly_more_than_its_values() {
        for text in ["A1-23456", "ann.lee42@example.com", "DE89370400440532013000", &"aB3".repeat(80)] {
            let Some(Form { numerals: Numerals::Mixed { radix, count, bound }, .. }) = Form::of(text, 0) else {
                panic!("{text}")
            };
            let power = |radix| {
                let mut spelled = Number::from(1);
                (0..count).for_each(|_| spelled.multiply_and_add(radix, 0));
                spelled
            };
            assert!(power(radix) >= bound && power(radix - 1) < bound && count % 2 == 0, "{text}: {radix} to the {count}");
        }
    }
}
