//! The Relying Party's judgement, once the authenticator is verified.
//!
//! Order: where the Evidence sits, whom the certificate names, the wrapper's
//! bounds, the appraisal. The
//! authenticator's own checks (Finished, CertificateVerify, chain and name)
//! come before, or there would be no [`VerifiedAuthenticator`] to start from;
//! the appraisal compares the signed challenge and key with what this end
//! computed for itself.

use authenticator::{ExtensionType, VerifiedAuthenticator};
use event::Observer;
use rats::policy::PeerIdentity;
use rats::{Appraised, ChannelFacts, Expected, Placement, UnixSeconds};

use super::duty::Relying;
use super::offer;
use crate::certified::leaf;
use crate::error::{Error, PeerIncompatible, PeerMisbehaved};
use crate::handshake::FullHandshake;

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

/// Appraises the Evidence in `authenticator` against `expected`.
pub(super) fn judge(
    relying: &Relying,
    handshake: FullHandshake,
    authenticator: VerifiedAuthenticator,
    expected: &Expected,
    code_point: ExtensionType,
    now: UnixSeconds,
    observer: &mut impl Observer,
) -> Result<AttestedPeer, Error> {
    let cmw = evidence_in(&authenticator, code_point)?;
    // The chain was judged by PKI, or there would be no authenticator; the
    // challenge is of this exchange.
    let facts = ChannelFacts {
        placement: Placement::Post,
        pki: true,
        peer: PeerIdentity {
            is_expected: relying.chain.is_of_expected_name(),
            names: authenticator
                .chain()
                .next()
                .map(leaf::names)
                .unwrap_or_default(),
        },
        evidence_age: 0,
    };
    let report = |kind| observer.observe(kind);
    let appraised = relying
        .relying_party
        .appraise_cmw(cmw, expected, &facts, now, report)?;
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
