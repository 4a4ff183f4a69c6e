//! A certificate with fresh Evidence, copied and shown without its key. It
//! stands on a client that does not check CertificateVerify, usually because
//! checking the issuer was switched off and took that check with it.

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::enact::Enactment;
use crate::machine::value::Key;
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::Possession, false, code)?;
    stage.attack(victim, |stage, nonce| {
        let given = stage.given(NAME)?;
        let shown = stage.shown(&given, nonce)?;
        stage.note(
            ATTACKER,
            "shows the certificate it copied, and signs with another key",
        );
        let other = Key::generate()?;
        stock::server(stage.laboratory, shown.chain, other.signer, |_| ())
    })
}
