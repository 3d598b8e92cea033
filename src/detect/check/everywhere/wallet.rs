//! Addresses of crypto currencies: `Base58Check`, and Bech32 with Bech32m (BIP 173, BIP 350).

use crate::detect::check::whole;
use sha2::{Digest, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The longest `Base58Check` address in use has two version bytes, a hash of 20 and 4 of checksum.
const BYTES: usize = 26;

/// The longest Bech32 text looked at: Cardano's go beyond the 90 characters of BIP 173.
const LONGEST: usize = 120;

/// `Base58Check` of 25 or 26 bytes.
pub(super) fn base58(value: &[u8]) -> Option<usize> {
    if !(26..=36).contains(&value.len()) {
        return None;
    }
    let mut bytes = [0_u8; BYTES];
    for letter in value {
        let mut carry = BASE58.iter().position(|b| b == letter)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let ones = value.iter().take_while(|b| **b == b'1').count();
    let number = bytes.get(zeros.checked_sub(ones)?..)?;
    let (payload, checksum) = number.split_at_checked(number.len().checked_sub(4)?)?;
    let hash = Sha256::digest(Sha256::digest(payload));
    whole(value, matches!(number.len(), 25 | 26) && hash.get(..4) == Some(checksum))
}

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x01FF_FFFF) << 5 ^ value;
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |sum, (_, word)| sum ^ word)
    })
}

/// Bech32 with checksum constant 1, or Bech32m.
pub(super) fn bech32(value: &[u8]) -> Option<usize> {
    let mixed = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    let split = value.iter().rposition(|b| *b == b'1')?;
    let (prefix, data) = (value.get(..split)?, value.get(split + 1..)?);
    if mixed || prefix.is_empty() || data.len() < 6 || value.len() > LONGEST {
        return None;
    }
    let mut values = [0_u32; LONGEST];
    for (place, letter) in values.iter_mut().zip(data) {
        *place = BECH32.iter().position(|b| *b == letter.to_ascii_lowercase())? as u32;
    }
    let lower = || prefix.iter().map(|b| u32::from(b.to_ascii_lowercase()));
    let expanded = lower().map(|b| b >> 5).chain([0]).chain(lower().map(|b| b & 31));
    let sum = polymod(expanded.chain(values.iter().take(data.len()).copied()));
    whole(value, matches!(sum, 1 | 0x2BC8_30A3))
}
