//! Evidence made for nobody, its report data all zero, shown beside a key of the
//! attacker's. It stands on a client that takes empty report data for none.
//! CVE-2026-92702.

use rats::{Attester as _, Challenge, Hash};

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::enact::Enactment;
use crate::laboratory::CODE;
use crate::machine::value::{Key, Unfit};
use crate::machine::{evidence, x509};
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::EmptyReportData, false, code)?;
    stage.attack(victim, |stage, _| {
        let given = stage.given(NAME)?;
        let workload = given.machine.launch(CODE, &given.key.spki());
        let nothing =
            Challenge::new([0; 32]).map_err(|e| Unfit::new("a challenge", e.to_string()))?;
        let made = workload
            .attest(&nothing, Hash::Sha256)
            .map_err(attested::Error::from)?;
        stage.note(
            ATTACKER,
            "finds Evidence with empty report data, as made at start",
        );
        let own = Key::generate()?;
        let cmw = evidence::wrap(&made.octets)?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}
