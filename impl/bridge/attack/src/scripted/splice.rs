//! Evidence of one session shown in another, for another key. It stands on a
//! client that does not compare report data, or takes empty report data for
//! none. CVE-2026-92701, CVE-2026-92702.

use rats::{Attester as _, Challenge, Hash};

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::enact::Enactment;
use crate::laboratory::{CODE, draw};
use crate::machine::value::{Key, Unfit};
use crate::machine::{evidence, x509};
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::ReportData, false, code)?;
    stage.attack(victim, |stage, _| {
        let given = stage.given(NAME)?;
        let nonce: [u8; 32] = draw()?;
        let shown = stage.shown(&given, &nonce)?;
        stage.note(ATTACKER, "puts that Evidence beside a key of its own");
        let own = Key::generate()?;
        let cmw = evidence::wrap(&shown.evidence)?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}

/// Evidence made for nobody: report data all zero.
pub(super) fn empty(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
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
