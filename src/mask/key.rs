//! The key of keyed operators.

use crate::text::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of at least [`Key::MIN_BYTES`] bytes. Without `Debug`, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key(Vec<u8>);

impl Key {
    /// The least length, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// Takes key material; white space around it does not count.
    ///
    /// # Errors
    /// A sentence where it is too short.
    pub fn new(material: &[u8]) -> Result<Self, String> {
        let key = material.trim_ascii();
        if key.len() < Self::MIN_BYTES {
            return Err(format!("the key has {} bytes; at least {} are needed", key.len(), Self::MIN_BYTES));
        }
        Ok(Self(key.to_vec()))
    }

    /// HMAC-SHA-256 (FIPS 198-1) of `message` under a key that serves `purpose` alone: `HMAC(HMAC(key, purpose), message)`.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mut purpose_key = mac(&self.0, purpose.as_bytes());
        let tag = mac(&purpose_key, message);
        purpose_key.zeroize();
        tag
    }

    /// What names the key in a manifest without telling it: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        hex(&self.mac("untaint key id", b"")[..8])
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this does not fail; an all-zero tag would be caught by the tests.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mut m| {
        m.update(message);
        m.finalize().into_bytes().into()
    })
}
