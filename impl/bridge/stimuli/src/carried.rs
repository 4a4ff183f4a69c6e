//! An honest session over QUIC: whoever drives the handshake gets both ends'
//! settings and observers.

use attested::observe::Instrument;
use attested::post::{
    Attestation, AttestingClientSettings, ClientSettings, Profile, Reliance, RelyingServerSettings,
    ServerSettings,
};
use authenticator::Role;
use event::recording::{Head, Setup};
use event::{Recorder, Recording};
use rustls::pki_types::{ServerName, UnixTime};

use crate::Failure;
use crate::ends::Ends;
use crate::family::{Carrier, Family, Suite};
use crate::preamble::{head, setup};
use crate::session::{CLIENT, SERVER};
use crate::stimulus::Stimulus;
use crate::world::{NAME, World};

/// What the two ends owe each other.
#[expect(clippy::large_enum_variant)] // one for a session
pub enum Exchange {
    Both {
        client: ClientSettings,
        attestation: Attestation,
        server: ServerSettings,
        reliance: Reliance,
    },
    ClientAttests {
        client: AttestingClientSettings,
        server: RelyingServerSettings,
    },
    ServerAttests {
        client: ClientSettings,
        server: ServerSettings,
    },
}

/// A session that has not begun, and what will be recorded of it.
pub struct Carried {
    pub exchange: Exchange,
    pub name: ServerName<'static>,
    pub now: UnixTime,
    /// Of the world, for what QUIC draws itself.
    pub seed: Option<[u8; 32]>,
    /// Of handshake and endpoint alike; clones are one.
    pub client: Instrument,
    pub server: Instrument,
    recorder: Recorder,
    head: Head,
    setup: Vec<Setup>,
}

impl Carried {
    /// A session of a family after the handshake.
    ///
    /// # Errors
    /// When there is none over QUIC, or it cannot be set up.
    pub fn new(world: &World, family: Family, suite: Suite) -> Result<Self, Failure> {
        let how = (suite, Carrier::Quic);
        let ends = Ends::new(world, family, how, &Stimulus::HONEST);
        let (roots, relying_party) = (world.roots()?, world.relying_party());
        let exchange = match family {
            Family::Post => Exchange::ServerAttests {
                client: ClientSettings::new(ends.provider(), roots, relying_party),
                server: ServerSettings::new(ends.provider(), world.identity(), ends.attester),
            },
            Family::PostClient => Exchange::ClientAttests {
                client: AttestingClientSettings {
                    provider: ends.provider(),
                    roots,
                    attestation: ends.client_attestation(&ends.attester)?,
                    profile: Profile::default(),
                },
                server: RelyingServerSettings {
                    provider: ends.provider(),
                    handshake: world.identity(),
                    reliance: ends.reliance()?,
                    profile: Profile::default(),
                },
            },
            Family::PostMutual => Exchange::Both {
                client: ClientSettings::new(ends.provider(), roots, relying_party),
                attestation: ends.client_attestation(&ends.client_attester)?,
                server: ServerSettings::new(
                    ends.provider(),
                    world.identity(),
                    ends.attester.clone(),
                ),
                reliance: ends.reliance()?,
            },
            Family::Intra | Family::IntraFixed | Family::Pre | Family::PreFixed => {
                let why = format!("{} conveys no Evidence over QUIC", family.folder());
                return Err(Failure::Encoding(why));
            }
        };
        let recorder = Recorder::new();
        Ok(Self {
            exchange,
            name: ServerName::try_from(NAME).map_err(|e| Failure::Encoding(e.to_string()))?,
            now: World::now(),
            seed: world.seed(),
            client: Instrument::new(recorder.tap(CLIENT, 1), Role::Client),
            server: Instrument::new(recorder.tap(SERVER, 1), Role::Server),
            head: head(world, family, how, &Stimulus::HONEST),
            setup: setup(world, family)?,
            recorder,
        })
    }

    /// The recording, when the ends have met.
    pub fn recording(self) -> Recording {
        self.recorder.finish(self.head, self.setup)
    }
}
