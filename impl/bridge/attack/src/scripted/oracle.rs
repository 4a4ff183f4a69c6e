//! Evidence on demand. It stands on an attesting environment that signs
//! whatever it is asked to; no client can tell. The fix is on that side: one
//! that fixes the key its Evidence is about when the program is launched.

use rats::cose::{Content, Sign1};
use rats::eat::Token;
use rats::{Attester as _, Challenge, Hash, KeyHash};

use super::{Code, NAME, Stage, stock};
use crate::broken::certified::Slip;
use crate::dialect::nonce_and_key;
use crate::enact::Enactment;
use crate::laboratory::CODE;
use crate::machine::value::{Key, Unfit};
use crate::machine::{evidence, x509};
use crate::scene::ATTACKER;
use crate::target::SetupError;

pub(super) fn run(mut stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    // The client is the library's either way.
    let victim = stage.victim(Slip::Nothing, false, Code::Fixed)?;
    stage.attack(victim, |stage, nonce| {
        let given = stage.given(NAME)?;
        let own = Key::generate()?;
        let cannot = |why: String| Unfit::new("Evidence", why);
        let binder = nonce_and_key(nonce, &own.spki());
        let challenge = Challenge::new(binder).map_err(|e| cannot(e.to_string()))?;
        let workload = given.machine.launch(CODE, &given.key.spki());
        let made = workload
            .attest(&challenge, Hash::Sha256)
            .map_err(attested::Error::from)?
            .octets;
        let made = match code {
            Code::Fixed => {
                stage.note(
                    ATTACKER,
                    "asks the workload for Evidence about its own binder",
                );
                made
            }
            Code::Broken => {
                stage.note(ATTACKER, "has the machine sign claims about its own key");
                let genuine = Sign1::decode(&made).map_err(|e| cannot(e.to_string()))?;
                let token = Token {
                    challenge: challenge.as_slice().to_vec(),
                    debug: rats::claims::DebugStatus::DisabledPermanently,
                    key_hash: KeyHash::of(Hash::Sha256, &own.spki()),
                    measurements: mock_tee::measure(CODE),
                };
                let content = Content {
                    kid: genuine.content.kid,
                    payload: token.encode(),
                };
                let signature = mock_tee::forge::oracle(&given.machine, &content.to_be_signed());
                let endorsement = genuine.endorsement.unwrap_or_default();
                content.signed(signature).endorsed(endorsement).encode()
            }
        };
        let cmw = evidence::wrap(&made)?;
        let leaf = x509::unsigned(NAME, &own.spki(), Some(&cmw))?;
        stock::server(stage.laboratory, vec![leaf], own.signer, |_| ())
    })
}
