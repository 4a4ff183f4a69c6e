//! A session resumed with somebody who got hold of the server's session store.
//! It stands on a client that resumes: rustls asks no verifier then, so nothing
//! attests anybody. With early data the client's first words are gone before
//! it could have asked.

use std::sync::Arc;

use authenticator::Role;
use rustls::server::ServerSessionMemoryCache;

use super::{Code, NAME, Stage, canary, in_vain, refused, reproduced, stock};
use crate::broken::certified::{Settings, Slip};
use crate::dialect::nonce_and_key;
use crate::enact::Enactment;
use crate::machine::value::{Key, Unfit};
use crate::machine::{evidence, x509};
use crate::player::{Player, Seat, converse};
use crate::scene::ATTACKER;
use crate::target::SetupError;
use rats::Hash;

pub(super) fn run(stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    resume(stage, code, Slip::Resumption)
}

pub(super) fn early_data(stage: Stage<'_>, code: Code) -> Result<Enactment, SetupError> {
    resume(stage, code, Slip::EarlyData)
}

fn resume(mut stage: Stage<'_>, code: Code, slip: Slip) -> Result<Enactment, SetupError> {
    let settings = Settings::new(slip, false);
    let sessions = ServerSessionMemoryCache::new(8);
    let connect = |stage: &mut Stage<'_>, early: Option<&[u8]>| -> Result<_, SetupError> {
        let number = stage.parties.len() + 1;
        let observer = stage.instrument(&format!("Client#{number}"), Role::Client, NAME);
        let player: Box<dyn Player> = match code {
            Code::Broken => {
                let client = settings.connect(stage.laboratory, NAME, observer, early)?;
                Box::new(Seat::new(client))
            }
            Code::Fixed => stage.library_client(false, observer)?,
        };
        Ok(player)
    };
    let server = |stage: &Stage<'_>, chain, key: &Key| {
        stock::server(stage.laboratory, chain, Arc::clone(&key.signer), |config| {
            config.session_storage = Arc::clone(&sessions) as _;
            config.send_tls13_tickets = 2;
            config.max_early_data_size = 1024;
        })
    };

    // The genuine server, attested as it should be.
    let mut first = connect(&mut stage, None)?;
    let hello = first.transmit();
    let key = Key::generate()?;
    let binder = nonce_and_key(&super::nonce_in(&hello), &key.spki());
    let machine = stage.laboratory.root.machine(1);
    let shown = evidence::sign(&machine, &binder, &key.spki(), Hash::Sha256)?;
    let leaf = x509::unsigned(NAME, &key.spki(), Some(&evidence::wrap(&shown)?))?;
    let mut genuine = server(&stage, vec![leaf], &key)?;
    stage.arrow("client", "server", "a full handshake with Evidence");
    let told = genuine.receive(&hello);
    let (outcome, _) = converse(&mut *first, &mut genuine);
    if let Err(error) = outcome.and(told) {
        return Ok(stage.over(refused(&error)));
    }
    if !first.is_ready() {
        let why = "the genuine server was not accepted";
        return Err(Unfit::new("the first connection", why).into());
    }

    // The attacker, with the session store and nothing else.
    stage.note(ATTACKER, "has the server's session store, and no Evidence");
    let secret = canary()?;
    let early = (slip == Slip::EarlyData).then_some(&secret[..]);
    let mut victim = connect(&mut stage, early)?;
    let own = Key::generate()?;
    let leaf = x509::unsigned(NAME, &own.spki(), None)?;
    let mut attacker = server(&stage, vec![leaf], &own)?;
    stage.arrow("client", ATTACKER, "ClientHello with a session of before");
    if slip == Slip::EarlyData && code == Code::Broken {
        let _ = attacker.receive(&victim.transmit());
        let read = attacker.early_data();
        let outcome = if read.windows(secret.len()).any(|it| it == secret) {
            reproduced()
        } else {
            in_vain("the attacker reads no early data")
        };
        return Ok(stage.over(outcome));
    }
    let (outcome, _) = converse(&mut *victim, &mut attacker);
    stage.finish(victim, &mut attacker, outcome)
}
