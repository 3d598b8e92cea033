//! ISO 7064 MOD 11,10 and the German tax identification number (§ 139b AO) that uses it.

use super::{exactly, whole};

pub(super) fn mod11_10(digits: &[u8]) -> bool {
    let product = digits.iter().rev().skip(1).rev().fold(10_u32, |p, d| {
        let sum = match (p + u32::from(*d)) % 10 {
            0 => 10,
            s => s,
        };
        sum * 2 % 11
    });
    digits.last().is_some_and(|check| (11 - product) % 10 == u32::from(*check))
}

/// Among the first ten digits exactly one stands twice or three times (since 2016), and the first is not 0.
pub(super) fn de_tax_id(value: &[u8]) -> Option<usize> {
    let found = exactly::<11>(value)?;
    let mut counts = [0_u8; 10];
    for d in found.iter().take(10) {
        if let Some(count) = counts.get_mut(usize::from(*d)) {
            *count += 1;
        }
    }
    let repeated = counts.iter().filter(|c| **c > 1).count();
    let layout = repeated == 1 && counts.iter().all(|c| *c < 4) && found.first() != Some(&0);
    whole(value, layout && mod11_10(&found))
}
