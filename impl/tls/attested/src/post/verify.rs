//! The Relying Party's judgement, once the authenticator is verified.
//!
//! Order: where the Evidence sits, its wrapper's bounds, the appraisal. The
//! authenticator's own checks (Finished, CertificateVerify, chain and name)
//! come before, or there would be no [`VerifiedAuthenticator`] to start from;
//! the appraisal compares the signed challenge and key with what this end
//! computed for itself.

use authenticator::{ExtensionType, VerifiedAuthenticator};
use event::Observer;
use rats::{Appraised, ChannelFacts, Expected, Placement, UnixSeconds};

use super::offer;
use crate::error::{Error, PeerIncompatible, PeerMisbehaved};
use crate::handshake::FullHandshake;
use crate::relying_party::RelyingParty;

/// A peer whose Evidence was accepted on this connection.
///
/// Owns one proof for each thing that was checked: that the handshake was full,
/// that the authenticator verified (Finished, CertificateVerify, chain), and
/// that the Evidence inside was appraised, binding included. Each has one
/// origin.
///
/// ```compile_fail
/// fn forge(appraised: rats::Appraised) -> attested::post::AttestedPeer {
///     attested::post::AttestedPeer { appraised }
/// }
/// ```
#[derive(Debug)]
pub struct AttestedPeer {
    _handshake: FullHandshake,
    authenticator: VerifiedAuthenticator,
    appraised: Appraised,
}

impl AttestedPeer {
    /// The certificates and key the peer authenticated with.
    pub fn authenticator(&self) -> &VerifiedAuthenticator {
        &self.authenticator
    }

    /// What its Evidence says, and under which policy it was accepted.
    pub fn appraised(&self) -> &Appraised {
        &self.appraised
    }
}

/// The authenticator's chain was judged by PKI, or there would be none; the
/// challenge is of this exchange.
const FACTS: ChannelFacts = ChannelFacts {
    placement: Placement::Post,
    pki: true,
    evidence_age: 0,
};

/// Appraises the Evidence in `authenticator` against `expected`.
pub(super) fn judge(
    relying_party: &RelyingParty,
    handshake: FullHandshake,
    authenticator: VerifiedAuthenticator,
    expected: &Expected,
    code_point: ExtensionType,
    now: UnixSeconds,
    observer: &mut impl Observer,
) -> Result<AttestedPeer, Error> {
    let cmw = evidence_in(&authenticator, code_point)?;
    let appraised = relying_party.appraise_cmw(cmw, expected, &FACTS, now, |kind| {
        observer.observe(kind);
    })?;
    Ok(AttestedPeer {
        _handshake: handshake,
        appraised,
        authenticator,
    })
}

/// The wrapper in the end-entity entry; in any other entry it is misplaced.
fn evidence_in(
    authenticator: &VerifiedAuthenticator,
    code_point: ExtensionType,
) -> Result<&[u8], Error> {
    if let Some((entry, _)) = authenticator
        .later_extensions()
        .find(|(_, extension)| extension.typ == code_point)
    {
        return Err(PeerMisbehaved::EvidenceInWrongEntry { entry }.into());
    }
    let body = authenticator
        .extension(code_point)
        .ok_or(PeerIncompatible::NoEvidence)?;
    Ok(offer::cmw_data(body)?)
}
