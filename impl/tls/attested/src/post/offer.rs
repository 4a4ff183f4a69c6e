//! The `cmw_attestation` extension: offered empty in a request, answered with a
//! conceptual message wrapper in the end-entity certificate's entry.
//!
//! ```text
//! struct {
//!     opaque cmw_data<1..2^16-1>;
//! } CMWAttestation;
//! ```
//!
//! draft-fossati-seat-expat-03. An answer that was not offered never gets here:
//! the authenticator refuses every extension its request does not list.

use authenticator::{Extension, ExtensionType, Extensions, ReceivedRequest};
use rustls::crypto::WebPkiSupportedAlgorithms;

use crate::error::{ApiMisuse, Error, PeerIncompatible, PeerMisbehaved};

/// The extension's number, of the private-use range until one is assigned.
pub const CMW_ATTESTATION: ExtensionType = ExtensionType(0xff00);

/// Largest wrapper: an entry's extensions have 2^16-1 octets, of which the
/// extension's header takes four and the vector's length two.
const CMW_LIMIT: usize = 65_529;

/// The extensions of a client's request.
pub(super) fn offer(
    code_point: ExtensionType,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<Extensions, Error> {
    let schemes: Vec<_> = algorithms
        .supported_schemes()
        .into_iter()
        .filter(|&scheme| authenticator::scheme::is_usable(scheme))
        .collect();
    let extensions = Extensions::new(vec![
        Extension::signature_algorithms(&schemes).map_err(authenticator::Error::from)?,
        Extension::empty(code_point),
    ]);
    Ok(extensions.map_err(authenticator::Error::from)?)
}

/// Checks that a request offers the extension, empty.
pub(super) fn check_offer(
    request: &ReceivedRequest,
    code_point: ExtensionType,
) -> Result<(), Error> {
    match request.extensions().find(code_point) {
        Some([]) => Ok(()),
        Some(body) => Err(PeerMisbehaved::OfferNotEmpty { length: body.len() }.into()),
        None => Err(PeerIncompatible::AttestationNotOffered.into()),
    }
}

/// The extension that answers an offer.
pub(super) fn answer(code_point: ExtensionType, cmw: &[u8]) -> Result<Extensions, Error> {
    let length = cmw.len();
    if length == 0 || length > CMW_LIMIT {
        return Err(ApiMisuse::CmwLength { length }.into());
    }
    let mut data = (length as u16).to_be_bytes().to_vec();
    data.extend_from_slice(cmw);
    Extensions::new(vec![Extension {
        typ: code_point,
        data,
    }])
    .map_err(|error| authenticator::Error::from(error).into())
}

/// The wrapper inside the body of an answer.
pub(super) fn cmw_data(body: &[u8]) -> Result<&[u8], PeerMisbehaved> {
    let malformed = |reason: String| PeerMisbehaved::MalformedCmwAttestation { reason };
    let Some((length, cmw)) = body.split_first_chunk::<2>() else {
        return Err(malformed(format!("{} octets, no length", body.len())));
    };
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length != cmw.len() {
        return Err(malformed(format!(
            "length {length}, followed by {} octets",
            cmw.len()
        )));
    }
    Ok(cmw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_round_trip() {
        for length in [1, 2, 300, CMW_LIMIT] {
            let cmw = vec![7; length];
            let extensions = answer(CMW_ATTESTATION, &cmw).expect("within the limit");
            let body = extensions.find(CMW_ATTESTATION).expect("just put there");
            assert_eq!(cmw_data(body), Ok(&*cmw));
        }
    }

    #[test]
    fn refuses_lengths_that_do_not_add_up() {
        for body in [
            &[][..],
            &[0],
            &[0, 0],
            &[0, 1],
            &[0, 2, 7],
            &[0, 1, 7, 7],
            &[1, 0, 7],
        ] {
            assert!(cmw_data(body).is_err(), "{body:?}");
        }
        for length in [0, CMW_LIMIT + 1] {
            assert!(answer(CMW_ATTESTATION, &vec![7; length]).is_err());
        }
    }
}
