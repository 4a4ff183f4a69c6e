//! One session of any placement, and its recording.

use std::sync::Arc;

use attested::observe::{Instrument, Observe, Reporter};
use attested::{Endpoint, Error};
use authenticator::Role;
use event::kind::{AttackMove, Direction, Kind};
use event::recording::{Head, Profile, Setup, SetupValue};
use event::{Bytes, Observer, Recorder, Recording};
use rustls::KeyLog;
use rustls::crypto::CryptoProvider;
use rustls::sign::SigningKey;

use crate::Failure;
use crate::ends::{Boxed, Ends, Inner, Remembering, Tap};
use crate::family::{Carrier, Family, Suite};
use crate::preamble::{head, setup};
use crate::stimulus::Stimulus;
use crate::tamper::{Adversary, CERTIFICATE_REQUEST, CLIENT_CERTIFICATE_REQUEST};
use crate::world::World;

pub(crate) const CLIENT: u32 = 1;
pub(crate) const SERVER: u32 = 2;
/// `id` of the setup record of the Evidence that was made before.
pub(crate) const HELD: &str = "held";

/// Two endpoints that have not met, and what will be recorded of them.
pub struct Prepared {
    client: End,
    server: End,
    recorder: Recorder,
    head: Head,
    setup: Vec<Setup>,
    asked: Arc<Remembering>,
}

impl Prepared {
    /// Endpoints with taps, but for the adversary's.
    ///
    /// # Errors
    /// When the endpoints cannot be set up.
    pub fn new(
        world: &World,
        family: Family,
        suite: Suite,
        stimulus: &Stimulus,
    ) -> Result<Self, Failure> {
        let recorder = Recorder::new();
        let attester = family.attester(stimulus);
        let adversary = Adversary::new(stimulus.change, attester);
        let tap = |party, role| -> Tap {
            if stimulus.by == Some(role) {
                Box::new(adversary.clone())
            } else {
                let instrument = Instrument::new(recorder.tap(party, 1), role);
                Box::new(Listening {
                    instrument,
                    adversary: adversary.clone(),
                })
            }
        };
        if stimulus.by == Some(Role::Server) || stimulus.by == Some(attester) {
            // It holds every key, and says so.
            let (party, spki) = match stimulus.by {
                Some(Role::Client) => (CLIENT, world.client_spki()),
                _ => (SERVER, world.spki()),
            };
            let leaks = recorder.tap(party, 1);
            for (event, key) in [
                ("LeakAK", world.attestation_key()),
                ("LeakCA", world.authority_spki()),
                ("LeakEA", spki.clone()),
                ("LeakEK", spki.clone()),
                ("LeakLTK", spki),
            ] {
                leaks.record(Kind::Attack {
                    op: AttackMove::Leak,
                    recipe: Some(event.to_owned()),
                    octets: Some(Bytes::clear(key)),
                    to: None,
                });
            }
        }
        if stimulus.by == Some(Role::Client) && attester == Role::Server {
            // It needs no key; what it does is its own.
            recorder.tap(CLIENT, 1).record(Kind::Attack {
                op: AttackMove::Inject,
                recipe: None,
                octets: None,
                to: Some(SERVER),
            });
        }
        let ends = Ends::new(world, family, (suite, Carrier::Tls), stimulus);
        let asked = Arc::clone(&ends.attester);
        let end = |inner, role| End {
            inner,
            filter: (stimulus.by == Some(role)).then(|| adversary.clone()),
        };
        Ok(Self {
            client: end(
                ends.client(family, tap(CLIENT, Role::Client), Boxed)?,
                Role::Client,
            ),
            server: end(
                ends.server(family, tap(SERVER, Role::Server), Boxed)?,
                Role::Server,
            ),
            head: head(world, family, (suite, Carrier::Tls), stimulus),
            setup: setup(world, family)?,
            recorder,
            asked,
        })
    }

    /// Has them meet in memory until neither has anything to send. One that
    /// failed still says so.
    ///
    /// # Errors
    /// When the Evidence that was made cannot be written down.
    pub fn in_memory(self) -> Result<Recording, Failure> {
        self.met(|mut client, mut server| {
            let (mut client_failed, mut server_failed) = (false, false);
            loop {
                let forth = client.transmit();
                if !forth.is_empty() && !server_failed {
                    server_failed = server.receive(&forth).is_err();
                }
                let back = server.transmit();
                if !back.is_empty() && !client_failed {
                    client_failed = client.receive(&back).is_err();
                }
                if forth.is_empty() && back.is_empty() {
                    return Ok(());
                }
            }
        })
    }

    /// Has client and server meet in some other way, and says what happened.
    ///
    /// # Errors
    /// Those of the meeting, or as [`Self::in_memory`].
    pub fn met(
        mut self,
        meeting: impl FnOnce(End, End) -> Result<(), Failure>,
    ) -> Result<Recording, Failure> {
        meeting(self.client, self.server)?;
        if let Some(held) = self.setup.iter_mut().find(|record| record.id == HELD)
            && self.head.profile == Profile::Pre
        {
            held.value = SetupValue::ReferenceValue {
                octets: Bytes::clear(self.asked.last()?),
            };
        }
        Ok(self.recorder.finish(self.head, self.setup))
    }
}

/// One end of a session, whichever: the adversary's, or one under test.
pub struct End {
    inner: Box<dyn Inner>,
    filter: Option<Adversary>,
}

impl End {
    /// Whether attestation has succeeded, or the client has accepted it.
    pub fn is_done(&self) -> bool {
        self.inner.is_done()
    }
}

impl Endpoint for End {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.inner.receive(octets)
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.inner.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        let mut octets = self.inner.transmit();
        if let Some(adversary) = &self.filter {
            adversary.wire(&mut octets);
        }
        octets
    }
}

/// The taps of an endpoint under test; the adversary hears of its requests.
struct Listening {
    instrument: Instrument,
    adversary: Adversary,
}

impl Observer for Listening {
    fn observe(&mut self, kind: Kind) {
        if let Kind::Handshake {
            direction: Direction::Out,
            handshake_type: CERTIFICATE_REQUEST | CLIENT_CERTIFICATE_REQUEST,
            octets,
            ..
        } = &kind
            && let Some(request) = octets.as_slice()
        {
            self.adversary.requested(request);
        }
        self.instrument.observe(kind);
    }
}

impl Observe for Listening {
    fn provider(&self, base: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        self.instrument.provider(base)
    }

    fn signing_key(&self, id: &str, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
        self.instrument.signing_key(id, key)
    }

    fn key_log(&self) -> Arc<dyn KeyLog> {
        self.instrument.key_log()
    }

    fn reporter(&self) -> Reporter {
        self.instrument.reporter()
    }

    fn crossing(&mut self, direction: Direction, octets: &[u8]) {
        self.instrument.crossing(direction, octets);
    }

    fn handshake_complete(&mut self) {
        self.instrument.handshake_complete();
    }
}
