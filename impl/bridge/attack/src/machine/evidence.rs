//! Evidence of the software Attester, taken apart and put together.

use ciborium::Value as Cbor;
use rats::cmw::Encoding;
use rats::cose::Sign1;
use rats::{Attester as _, Challenge, Evidence, Hash, eat};

use super::value::Unfit;
use crate::laboratory::CODE;

/// The label of the challenge among the claims (RFC 9711 section 4.1).
const EAT_NONCE: i64 = 10;

fn cannot(why: impl ToString) -> Unfit {
    Unfit::new("Evidence", why.to_string())
}

/// Evidence signed with a machine's key, about a challenge and a key, with the
/// measurement that is expected.
pub fn sign(
    machine: &mock_tee::Machine,
    challenge: &[u8],
    spki: &[u8],
    hash: Hash,
) -> Result<Vec<u8>, Unfit> {
    let challenge = Challenge::new(challenge).map_err(cannot)?;
    let evidence = machine.launch(CODE, spki).attest(&challenge, hash);
    Ok(evidence.map_err(cannot)?.octets)
}

/// The challenge Evidence says it is about.
pub fn challenge(octets: &[u8]) -> Result<Vec<u8>, Unfit> {
    let payload = Sign1::decode(octets).map_err(cannot)?.content.payload;
    let claims: Cbor = ciborium::from_reader(&payload[..]).map_err(cannot)?;
    let Cbor::Map(claims) = claims else {
        return Err(cannot("the claims are no map"));
    };
    claims
        .into_iter()
        .find_map(|(label, value)| match (label, value) {
            (Cbor::Integer(label), Cbor::Bytes(octets)) if label == EAT_NONCE.into() => {
                Some(octets)
            }
            _ => None,
        })
        .ok_or_else(|| cannot("it has no challenge"))
}

/// Evidence as it is conveyed.
pub fn wrap(octets: &[u8]) -> Result<Vec<u8>, Unfit> {
    Evidence::new(eat::media_type(), octets.to_vec())
        .to_cmw(Encoding::CborRecord)
        .map_err(cannot)
}

/// The Evidence in a wrapper.
pub fn unwrap(cmw: &[u8]) -> Result<Vec<u8>, Unfit> {
    Ok(Evidence::from_cmw(cmw).map_err(cannot)?.octets)
}
