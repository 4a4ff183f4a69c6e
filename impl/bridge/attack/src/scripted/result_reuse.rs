//! An Attestation Result copied from somebody else's certificate. It stands on
//! results that are about no key, which anybody may show.
//!
//! The library has no passport of this kind; the fixed client is the broken
//! one without its mistake, and the fixed Verifier says whose result it is.

use authenticator::Role;
use rats::Evidence;
use rats::cmw::Encoding;

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::{Settings, Slip};
use crate::enact::Enactment;
use crate::machine::value::{Key, Unfit};
use crate::machine::x509;
use crate::passport::Issuer;
use crate::player::{Player, Seat};
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    let issuer = Issuer(Key::generate()?);
    let mut settings = Settings::new(
        match code {
            Code::Broken => Slip::ResultUnbound,
            Code::Fixed => Slip::Nothing,
        },
        false,
    );
    settings.passport = Some(issuer.clone());
    let observer = stage.instrument("Client#1", Role::Client, NAME);
    let client = settings.connect(stage.laboratory, NAME, observer, None)?;
    let victim: Box<dyn Player> = Box::new(Seat::new(client));
    stage.attack(victim, |stage, _| {
        let genuine = Key::generate()?.spki();
        let result = match code {
            Code::Broken => issuer.issue(None)?,
            Code::Fixed => issuer.issue(Some(&genuine))?,
        };
        stage.note(
            ATTACKER,
            "copies the Attestation Result of the genuine server",
        );
        let own = Key::generate()?;
        let cannot = |why: String| Unfit::new("a wrapper", why);
        let kind = "application/attestation-result"
            .parse()
            .map_err(|_| cannot("no media type".to_owned()))?;
        let cmw = Evidence::new(kind, result)
            .to_cmw(Encoding::CborRecord)
            .map_err(|e| cannot(e.to_string()))?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}
