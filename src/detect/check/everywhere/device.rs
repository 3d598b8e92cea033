//! Phones, their cards and where they are: IMSI, ICCID, MEID, coordinates.

use crate::detect::check::sums::number;
use crate::detect::check::{digits, luhn, whole};

/// Mobile country codes in use (ITU-T E.212), as ranges.
const COUNTRY_CODES: &[(u64, u64)] = &[
    (1, 1),
    (202, 202),
    (204, 204),
    (206, 206),
    (208, 208),
    (212, 214),
    (216, 216),
    (218, 222),
    (225, 226),
    (228, 228),
    (230, 232),
    (234, 235),
    (238, 238),
    (240, 240),
    (242, 242),
    (244, 244),
    (246, 248),
    (250, 250),
    (255, 255),
    (257, 257),
    (259, 260),
    (262, 262),
    (266, 266),
    (268, 268),
    (270, 270),
    (272, 272),
    (274, 274),
    (276, 276),
    (278, 278),
    (280, 280),
    (282, 284),
    (286, 286),
    (288, 290),
    (292, 295),
    (297, 297),
    (302, 302),
    (308, 308),
    (310, 316),
    (330, 330),
    (332, 332),
    (334, 334),
    (338, 338),
    (340, 340),
    (342, 342),
    (344, 344),
    (346, 346),
    (348, 348),
    (350, 350),
    (352, 352),
    (354, 354),
    (356, 356),
    (358, 358),
    (360, 360),
    (362, 366),
    (368, 368),
    (370, 370),
    (372, 372),
    (374, 374),
    (376, 376),
    (400, 402),
    (404, 406),
    (410, 410),
    (412, 432),
    (434, 434),
    (436, 438),
    (440, 441),
    (450, 450),
    (452, 452),
    (454, 457),
    (460, 461),
    (466, 467),
    (470, 470),
    (472, 472),
    (502, 502),
    (505, 505),
    (510, 510),
    (514, 515),
    (520, 520),
    (525, 525),
    (528, 528),
    (530, 530),
    (536, 537),
    (539, 555),
    (602, 655),
    (657, 657),
    (659, 659),
    (702, 702),
    (704, 704),
    (706, 706),
    (708, 708),
    (710, 710),
    (712, 712),
    (714, 714),
    (716, 716),
    (722, 722),
    (724, 724),
    (730, 730),
    (732, 732),
    (734, 734),
    (736, 736),
    (738, 738),
    (740, 740),
    (742, 742),
    (744, 744),
    (746, 746),
    (748, 748),
    (750, 750),
    (901, 901),
];

/// 14 or 15 digits that begin with a mobile country code.
pub(super) fn imsi(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<15>(value)?;
    let country = number(found.get(..3)?)?;
    whole(value, count >= 14 && COUNTRY_CODES.iter().any(|(low, high)| (low..=high).contains(&&country)))
}

/// ITU-T E.118: Luhn over 19 or 20 digits; operators that use 20 digits often leave the check digit in place 20.
pub(super) fn iccid(value: &[u8]) -> Option<usize> {
    let (found, count) = digits::<20>(value)?;
    let found = found.get(..count)?;
    whole(value, count >= 19 && found.starts_with(&[8, 9]) && luhn::passes(found))
}

/// 14 hexadecimal digits or 18 decimal ones, and perhaps a check digit: Luhn in base 16 of the hexadecimal form, in base 10
/// of the decimal one.
pub(super) fn meid(value: &[u8]) -> Option<usize> {
    let mut found = [0_u32; 19];
    let mut count = 0;
    for byte in value.iter().filter(|b| b.is_ascii_alphanumeric()) {
        *found.get_mut(count)? = char::from(*byte).to_digit(16)?;
        count += 1;
    }
    let found = found.get(..count)?;
    let sum = |base: u32| {
        let doubled = found.iter().rev().enumerate().map(|(at, digit)| digit << (at & 1));
        doubled.map(|d| d / base + d % base).sum::<u32>() % base
    };
    let decimal = found.iter().all(|d| *d < 10);
    let good = match count {
        14 => !decimal,
        15 => !decimal && sum(16) == 0,
        18 => decimal,
        19 => decimal && sum(10) == 0,
        _ => false,
    };
    whole(value, good)
}

/// A number in decimal degrees, at most `limit`.
fn degrees(text: &[u8], limit: f64) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.trim_matches(|c: char| !c.is_ascii_digit() && c != '.').parse::<f64>().is_ok_and(|d| d <= limit)
}

/// Two numbers parted by a comma, a semicolon, a slash or spaces: latitude, then longitude.
pub(super) fn coordinates(value: &[u8]) -> Option<usize> {
    let mut parts = value.split(|b| b",;/ ".contains(b)).filter(|part| part.iter().any(u8::is_ascii_digit));
    let (latitude, longitude) = (parts.next()?, parts.next()?);
    whole(value, parts.next().is_none() && degrees(latitude, 90.0) && degrees(longitude, 180.0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_alone_are_no_hexadecimal_meid() {
        assert!(super::meid(b"490154203237518").is_none(), "an IMEI has the same length");
    }
}
