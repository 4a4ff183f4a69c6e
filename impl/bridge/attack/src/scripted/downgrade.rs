//! Evidence of type "none". It stands on a client that has an entry for it, so
//! that programs run where there is no hardware.

use rats::Evidence;
use rats::cmw::Encoding;

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::{NONE, Slip};
use crate::enact::Enactment;
use crate::machine::value::{Key, Unfit};
use crate::machine::x509;
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let victim = stage.victim(Slip::TypeNone, false, code)?;
    stage.attack(victim, |stage, _| {
        stage.note(ATTACKER, "says that its Evidence is of type none");
        let own = Key::generate()?;
        let cannot = |why: String| Unfit::new("a wrapper", why);
        let none = NONE
            .parse()
            .map_err(|_| cannot("no media type".to_owned()))?;
        let cmw = Evidence::new(none, b"nothing".to_vec())
            .to_cmw(Encoding::CborRecord)
            .map_err(|e| cannot(e.to_string()))?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}
