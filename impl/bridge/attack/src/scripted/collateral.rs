//! Evidence by a machine whose Endorsement has ended, because its key got out.
//! It stands on a client for which collateral never ends.

use rats::{Hash, UnixSeconds};

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::dialect::nonce_and_key;
use crate::enact::Enactment;
use crate::laboratory::NOW;
use crate::machine::value::Key;
use crate::machine::{evidence, x509};
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::CollateralForEver, false, code)?;
    stage.attack(victim, |stage, nonce| {
        stage.note(
            ATTACKER,
            "has the key of a machine endorsed until yesterday",
        );
        let yesterday = UnixSeconds(NOW - 24 * 3600);
        let root = &stage.laboratory.root;
        let machine = root.machine_valid(2, UnixSeconds(0), yesterday);
        let own = Key::generate()?;
        let challenge = nonce_and_key(nonce, &own.spki());
        let forged = evidence::sign(&machine, &challenge, &own.spki(), Hash::Sha256)?;
        let cmw = evidence::wrap(&forged)?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}
