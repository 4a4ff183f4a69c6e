//! The Evidence left away. It stands on a client for which attestation is
//! optional: whoever holds the key of the server's PKI certificate needs no
//! machine at all.

use std::sync::Arc;

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::enact::Enactment;
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::EvidenceOptional, true, code)?;
    stage.attack(victim, |stage, _| {
        let (identity, key) = stage.laboratory.identity(NAME)?;
        stage.note(
            ATTACKER,
            "has the key of the server's certificate, and shows no Evidence",
        );
        let chain = identity.chain.iter().map(|der| der.to_vec()).collect();
        stock::server(stage.laboratory, chain, Arc::clone(&key.signer), |_| ())
    })
}
