//! The attestation binder: what ties Evidence to key, channel and request.
//!
//! ```text
//! Hash(SPKI || TLS-Exporter("Attestation", certificate_request_context, 32))
//! ```
//!
//! The exporter names the connection and, through its context, the exchange;
//! the key names who authenticates in it, which the exporter's transcript does
//! not cover for every certificate. Both ends compute the value for themselves
//! and none travels but inside signed Evidence. The comparison is a step of the
//! appraisal, against the field the Attester signed.

use authenticator::{BindingValue, Context, Exporter, Label};
use rats::{Challenge, Expected, Hash, KeyHash};

use crate::error::{ApiMisuse, Error};

/// The exporter label of draft-fossati-seat-expat-03.
pub const LABEL: Label = Label::literal("Attestation");

/// What Evidence for the key `spki`, under `label` and in answer to `context`, must say on the
/// exporter's connection.
pub(super) fn expected(
    exporter: &mut dyn Exporter,
    label: Label,
    context: &Context,
    spki: &[u8],
) -> Result<Expected, Error> {
    let hash = suite_hash(exporter)?;
    let binding =
        BindingValue::export(exporter, label, context, spki).map_err(authenticator::Error::from)?;
    let challenge = Challenge::new(binding.as_ref()).map_err(|error| ApiMisuse::Challenge {
        length: binding.as_ref().len(),
        reason: error.to_string(),
    })?;
    Ok(Expected {
        challenge,
        key_hash: KeyHash::of(hash, spki),
    })
}

/// The suite's hash in the Attester's terms.
pub(super) fn suite_hash(exporter: &dyn Exporter) -> Result<Hash, Error> {
    [Hash::Sha256, Hash::Sha384]
        .into_iter()
        .find(|hash| hash.length() == exporter.hash().output_len())
        .ok_or_else(|| authenticator::Error::from(authenticator::ApiMisuse::UnsupportedHash).into())
}
