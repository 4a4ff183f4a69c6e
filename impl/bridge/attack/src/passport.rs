//! An Attestation Result in the passport model, the least of one: a Verifier's
//! signature over what it found, with the key it found it about or without.
//!
//! ```text
//! result = "accepted" || 0x00 || [SHA-256(SPKI)] || signature
//! ```

use rats::Hash;

use crate::machine::value::{Key, Unfit};

const FOUND: &[u8] = b"accepted\0";
const SIGNATURE: usize = 64;

/// A Verifier that issues results.
#[derive(Clone, Debug)]
pub struct Issuer(pub Key);

impl Issuer {
    /// A result about the key `spki`, or about no key at all.
    ///
    /// # Errors
    /// What the crypto library says.
    pub fn issue(&self, spki: Option<&[u8]>) -> Result<Vec<u8>, Unfit> {
        let about = spki
            .map(|spki| Hash::Sha256.digest(spki))
            .unwrap_or_default();
        let content = [FOUND, &about].concat();
        let signature = self.0.sign(&content)?;
        Ok([content, signature].concat())
    }

    /// Whether a result is this Verifier's and, if it has to be `bound`, about
    /// the key.
    ///
    /// # Errors
    /// Why not.
    pub fn accepts(&self, result: &[u8], spki: &[u8], bound: bool) -> Result<(), Unfit> {
        let refused = |why: &str| Unfit::new("the Attestation Result", why);
        let cut = result.len().checked_sub(SIGNATURE);
        let (content, signature) = cut
            .and_then(|cut| result.split_at_checked(cut))
            .ok_or_else(|| refused("it is too short"))?;
        let spki_of_issuer = self.0.spki();
        let (_, public) = spki_of_issuer.split_at(spki_of_issuer.len() - 32);
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public);
        key.verify(content, signature)
            .map_err(|_| refused("the signature is wrong"))?;
        let about = content
            .strip_prefix(FOUND)
            .ok_or_else(|| refused("it says nothing"))?;
        if bound && about != Hash::Sha256.digest(spki) {
            return Err(refused("it is about another key"));
        }
        Ok(())
    }
}
