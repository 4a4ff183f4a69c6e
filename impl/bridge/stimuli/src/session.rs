//! One session of any placement, and its recording.

use std::sync::{Arc, Mutex, PoisonError};

use attested::observe::{Instrument, Observe, Reporter};
use attested::pre::{ServerIdentity, Vouching};
use attested::{Attesting, Endpoint, Error, intra, post, pre};
use authenticator::Role;
use event::kind::{AttackMove, Direction, Kind};
use event::recording::{Head, Profile, Setup, SetupValue};
use event::{Bytes, Observer, Recorder, Recording};
use rats::cmw::Encoding;
use rats::{AttestError, Attester, Challenge, Evidence, Hash};
use rustls::KeyLog;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::sign::SigningKey;

use crate::Failure;
use crate::preamble::{head, setup};
use crate::stimulus::{Forged, Shown, Stimulus};
use crate::tamper::Adversary;
use crate::world::{NAME, OTHER_NAME, World};

pub(crate) const CLIENT: u32 = 1;
pub(crate) const SERVER: u32 = 2;
/// `id` of the setup record of the Evidence that was made before.
pub(crate) const HELD: &str = "held";

/// A folder of models, and the placement that it models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Intra,
    IntraFixed,
    Post,
    /// After the handshake, the client attests.
    PostClient,
    /// After the handshake, both attest, and neither waits for the other.
    PostMutual,
    Pre,
    PreFixed,
}

impl Family {
    pub const ALL: [Self; 7] = [
        Self::Pre,
        Self::PreFixed,
        Self::Intra,
        Self::IntraFixed,
        Self::Post,
        Self::PostClient,
        Self::PostMutual,
    ];

    /// Its name, and its folder below `traces/honest/`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Intra => "intra",
            Self::IntraFixed => "intra-fixed",
            Self::Post => "post",
            Self::PostClient => "post-client",
            Self::PostMutual => "post-mutual",
            Self::Pre => "pre",
            Self::PreFixed => "pre-fixed",
        }
    }

    /// The folder of its models, below `models/`.
    pub fn models(self) -> &'static str {
        match self {
            Self::PostClient | Self::PostMutual => "post",
            other => other.folder(),
        }
    }

    /// Its mapping, below `models/`.
    pub fn mapping(self) -> String {
        let file = match self {
            Self::PostClient => "mapping-client.toml",
            Self::PostMutual => "mapping-mutual.toml",
            _ => "mapping.toml",
        };
        format!("{}/{file}", self.models())
    }

    /// Which end attests; where both do, the one that a stimulus is about.
    pub(crate) fn attester(self, stimulus: &Stimulus) -> Role {
        match self {
            Self::PostClient => Role::Client,
            Self::PostMutual => stimulus.by.unwrap_or(Role::Server),
            _ => Role::Server,
        }
    }

    /// Whether the client has a certificate and a machine.
    pub(crate) fn has_known_clients(self) -> bool {
        matches!(self, Self::PostClient | Self::PostMutual)
    }

    pub(crate) fn profile(self) -> Profile {
        match self {
            Self::Intra | Self::IntraFixed => Profile::Intra,
            Self::Post | Self::PostClient | Self::PostMutual => Profile::Post,
            Self::Pre | Self::PreFixed => Profile::Pre,
        }
    }

    /// Whether an authority vouches for the server's name.
    pub(crate) fn is_certified(self) -> bool {
        !matches!(self, Self::Intra | Self::Pre)
    }
}

/// Which hash the negotiated cipher suite has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// TLS_AES_128_GCM_SHA256.
    Sha256,
    /// TLS_AES_256_GCM_SHA384.
    Sha384,
}

impl Suite {
    fn provider(self) -> Arc<CryptoProvider> {
        let suite = match self {
            Self::Sha256 => ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
            Self::Sha384 => ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
        };
        Arc::new(CryptoProvider {
            cipher_suites: vec![suite],
            ..ring::default_provider()
        })
    }
}

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
        let asked = Arc::new(Remembering::default());
        let ends = Ends {
            world,
            provider: suite.provider(),
            stimulus,
            attester: Arc::clone(&asked),
            client_attester: Arc::default(),
        };
        ends.attest(family);
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
            head: head(family, suite, stimulus),
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

/// The two ends of an honest session, with observers of the caller's.
pub struct Honest<'a> {
    ends: Ends<'a>,
    family: Family,
}

impl<'a> Honest<'a> {
    /// Ends that have not begun.
    pub fn new(world: &'a World, family: Family, suite: Suite) -> Self {
        let ends = Ends {
            world,
            provider: suite.provider(),
            stimulus: &Stimulus::HONEST,
            attester: Arc::default(),
            client_attester: Arc::default(),
        };
        ends.attest(family);
        Self { ends, family }
    }

    /// What model and run both take as given, as a recording has it.
    ///
    /// # Errors
    /// When Evidence or measurements cannot be written down.
    pub fn setup(&self) -> Result<Vec<Setup>, Failure> {
        let mut setup = setup(self.ends.world, self.family)?;
        if self.family.profile() == Profile::Pre
            && let Some(held) = setup.iter_mut().find(|record| record.id == HELD)
        {
            // The same Evidence for the same key, whoever asks.
            self.server(Box::new(()), Boxed)?;
            held.value = SetupValue::ReferenceValue {
                octets: Bytes::clear(self.ends.attester.last()?),
            };
        }
        Ok(setup)
    }

    /// The client.
    ///
    /// # Errors
    /// When it does not begin.
    pub fn client<H: Hold>(
        &self,
        observer: Box<dyn Observe + Send>,
        hold: H,
    ) -> Result<H::Held, Failure> {
        self.ends.client(self.family, observer, hold)
    }

    /// The server.
    ///
    /// # Errors
    /// When it does not begin.
    pub fn server<H: Hold>(
        &self,
        observer: Box<dyn Observe + Send>,
        hold: H,
    ) -> Result<H::Held, Failure> {
        self.ends.server(self.family, observer, hold)
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

/// What becomes of an endpoint, whichever type it has.
pub trait Hold {
    type Held;

    fn hold<E: Attesting + Send + 'static>(self, endpoint: E) -> Self::Held;
}

struct Boxed;

impl Hold for Boxed {
    type Held = Box<dyn Inner>;

    fn hold<E: Attesting + Send + 'static>(self, endpoint: E) -> Box<dyn Inner> {
        Box::new(endpoint)
    }
}

/// An endpoint of any placement.
trait Inner: Endpoint + Send {
    fn is_done(&self) -> bool;
}

impl<E: Attesting + Send> Inner for E {
    fn is_done(&self) -> bool {
        self.is_ready()
    }
}

struct Ends<'a> {
    world: &'a World,
    provider: Arc<CryptoProvider>,
    stimulus: &'a Stimulus,
    attester: Arc<Remembering>,
    /// The client's, where both attest.
    client_attester: Arc<Remembering>,
}

type Tap = Box<dyn Observe + Send>;

impl Ends<'_> {
    fn client<H: Hold>(&self, family: Family, tap: Tap, hold: H) -> Result<H::Held, Failure> {
        let (world, provider, now) = (self.world, Arc::clone(&self.provider), World::now());
        let name = ServerName::try_from(NAME).map_err(|e| Failure::Encoding(e.to_string()))?;
        let identity = match family.is_certified() {
            true => ServerIdentity::Pki(world.roots()?),
            false => ServerIdentity::EvidenceInsteadOfName,
        };
        let relying_party = world.relying_party();
        Ok(match family {
            Family::Intra | Family::IntraFixed if self.stimulus.asks => {
                let settings = intra::ClientSettings::new(provider, identity, relying_party);
                hold.hold(intra::Client::new(&settings, name, now, tap)?)
            }
            Family::Pre | Family::PreFixed | Family::Intra | Family::IntraFixed => {
                let settings = pre::ClientSettings {
                    statement: pre::Statement::Key,
                    ..pre::ClientSettings::new(provider, identity, relying_party)
                };
                hold.hold(pre::Client::new(&settings, name, now, tap)?)
            }
            Family::Post => {
                let roots = world.roots()?;
                let settings = post::ClientSettings::new(provider, roots, relying_party);
                hold.hold(post::Client::new(&settings, name, now, tap)?)
            }
            Family::PostClient => {
                let settings = post::AttestingClientSettings {
                    provider,
                    roots: world.roots()?,
                    attestation: self.client_attestation(&self.attester)?,
                    profile: post::Profile::default(),
                };
                hold.hold(post::Client::attesting(&settings, name, now, tap)?)
            }
            Family::PostMutual => {
                let roots = world.roots()?;
                let settings = post::ClientSettings::new(provider, roots, relying_party);
                let own = self.client_attestation(&self.client_attester)?;
                hold.hold(post::Client::mutual(&settings, &own, name, now, tap)?)
            }
        })
    }

    fn client_attestation(
        &self,
        attester: &Arc<Remembering>,
    ) -> Result<post::Attestation, Failure> {
        let (world, stimulus) = (self.world, self.stimulus);
        let is_theirs = stimulus.late && stimulus.by == Some(Role::Client);
        Ok(post::Attestation {
            identity: match stimulus.shown {
                Shown::ForeignIssuer if is_theirs => world.client_certified(&world.foreign)?,
                _ => world.client_identity(),
            },
            attester: Arc::clone(attester) as _,
        })
    }

    fn reliance(&self) -> Result<post::Reliance, Failure> {
        Ok(post::Reliance {
            roots: self.world.roots()?,
            relying_party: self.world.relying_on_client()?,
        })
    }

    /// Starts the workloads that hold the keys of the ends that attest.
    fn attest(&self, family: Family) {
        let (world, attester) = (self.world, family.attester(self.stimulus));
        let start = |role| -> Box<dyn Attester> {
            let key = match role {
                Role::Client => world.client_spki(),
                Role::Server => world.spki(),
            };
            match self.stimulus.evidence {
                Forged::OtherCode if role == attester => Box::new(world.other_workload(&key)),
                Forged::How(forgery) if role == attester => Box::new(mock_tee::forge::Forger {
                    attester: world.workload(&key),
                    forgery,
                }),
                _ => Box::new(world.workload(&key)),
            }
        };
        match family {
            Family::PostMutual => {
                self.attester.set(start(Role::Server));
                self.client_attester.set(start(Role::Client));
            }
            _ => self.attester.set(start(attester)),
        }
    }

    fn server<H: Hold>(&self, family: Family, tap: Tap, hold: H) -> Result<H::Held, Failure> {
        let (world, now) = (self.world, World::now());
        let provider = Arc::clone(&self.provider);
        let attester: Arc<dyn Attester> = Arc::clone(&self.attester) as _;
        let shown = match self.stimulus.shown {
            _ if self.stimulus.by == Some(Role::Client) => world.identity(),
            Shown::Own => world.identity(),
            Shown::ForeignIssuer => world.certified(&world.foreign, NAME)?,
            Shown::ForeignName => world.certified(world.authority(), OTHER_NAME)?,
        };
        let vouching = match family.is_certified() {
            true => Vouching::Chain(shown.chain.clone()),
            false => Vouching::Nobody,
        };
        let names = vec![NAME.to_owned()];
        let key = Arc::clone(&world.key);
        Ok(match family {
            Family::Pre | Family::PreFixed => {
                let issuance = pre::Issuance {
                    statement: pre::Statement::Key,
                    ..pre::Issuance::new(key, attester, vouching, names)
                };
                let issued = issuance.issue(now, &mut ())?;
                let identity = issued.identity().clone();
                let settings = pre::ServerSettings { provider, identity };
                hold.hold(pre::Server::new(&settings, now, tap)?)
            }
            Family::Intra | Family::IntraFixed => {
                let settings = intra::ServerSettings {
                    provider,
                    key,
                    attester,
                    vouching,
                    names,
                    protocols: Vec::new(),
                };
                hold.hold(intra::Server::new(&settings, now, tap)?)
            }
            Family::Post => {
                let own = world.identity();
                let mut settings = post::ServerSettings::new(provider, own, attester);
                match self.stimulus.late {
                    true => settings.authenticator = shown,
                    false => settings.handshake = shown,
                }
                hold.hold(post::Server::new(&settings, now, tap)?)
            }
            Family::PostMutual => {
                let own = world.identity();
                let mut settings = post::ServerSettings::new(provider, own, attester);
                match self.stimulus.late {
                    true => settings.authenticator = shown,
                    false => settings.handshake = shown,
                }
                let reliance = self.reliance()?;
                hold.hold(post::Server::mutual(&settings, &reliance, now, tap)?)
            }
            Family::PostClient => {
                let settings = post::RelyingServerSettings {
                    provider,
                    handshake: shown,
                    reliance: self.reliance()?,
                    profile: post::Profile::default(),
                };
                hold.hold(post::Server::relying(&settings, now, tap)?)
            }
        })
    }
}

/// An Attester that keeps what it last said.
#[derive(Default)]
struct Remembering {
    attester: Mutex<Option<Box<dyn Attester>>>,
    last: Mutex<Option<Evidence>>,
}

impl Remembering {
    fn set(&self, attester: Box<dyn Attester>) {
        *self.attester.lock().unwrap_or_else(PoisonError::into_inner) = Some(attester);
    }

    /// As it travels; empty if there is none.
    fn last(&self) -> Result<Vec<u8>, Failure> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(evidence) => evidence
                .to_cmw(Encoding::CborRecord)
                .map_err(|error| Failure::Encoding(error.to_string())),
            None => Ok(Vec::new()),
        }
    }
}

impl Attester for Remembering {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let attester = self.attester.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(attester) = &*attester else {
            return Err(AttestError::Absent {
                reason: "none was set".into(),
            });
        };
        let evidence = attester.attest(challenge, hash)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(evidence.clone());
        Ok(evidence)
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
            // the two authenticator requests, RFC 9261 section 4
            handshake_type: 13 | 17,
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
