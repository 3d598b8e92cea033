//! The key of keyed operators.

use crate::text::hex;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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

    /// A key of `N` bytes, at most 8160, that serves one purpose for one detector alone: HKDF-SHA-256 (RFC 5869).
    pub fn sub_key<const N: usize>(&self, purpose: &str, id: &str) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        // No more than 255 blocks are asked for, so this does not fail.
        let _ = Hkdf::<Sha256>::new(Some(b"untaint"), &self.0)
            .expand_multi_info(&[purpose.as_bytes(), b"\0", id.as_bytes()], &mut *out);
        out
    }

    /// HMAC-SHA-256 of `message` under the sub-key of a purpose and a detector.
    pub fn tag(&self, purpose: &str, id: &str, message: &[u8]) -> [u8; 32] {
        mac(&*self.sub_key::<32>(purpose, id), message)
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
