//! The two ends of a session, of any placement.

use std::sync::{Arc, Mutex, PoisonError};

use attested::observe::Observe;
use attested::pre::{ServerIdentity, Vouching};
use attested::{Attesting, Endpoint, intra, post, pre};
use authenticator::Role;
use event::Bytes;
use event::recording::{Profile, Setup, SetupValue};
use rats::cmw::Encoding;
use rats::{AttestError, Attester, Challenge, Evidence, Hash};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;

use crate::Failure;
use crate::family::{Carrier, Family, Suite};
use crate::preamble::setup;
use crate::session::HELD;
use crate::stimulus::{Forged, Shown, Stimulus};
use crate::world::{CLIENT_NAME, NAME, OTHER_NAME, World};

/// The two ends of an honest session, with observers of the caller's.
pub struct Honest<'a> {
    ends: Ends<'a>,
    family: Family,
}

impl<'a> Honest<'a> {
    /// Ends that have not begun.
    pub fn new(world: &'a World, family: Family, suite: Suite) -> Self {
        let ends = Ends::new(world, family, (suite, Carrier::Tls), &Stimulus::HONEST);
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

/// What becomes of an endpoint, whichever type it has.
pub trait Hold {
    type Held;

    fn hold<E: Attesting + Send + 'static>(self, endpoint: E) -> Self::Held;
}

pub(crate) struct Boxed;

impl Hold for Boxed {
    type Held = Box<dyn Inner>;

    fn hold<E: Attesting + Send + 'static>(self, endpoint: E) -> Box<dyn Inner> {
        Box::new(endpoint)
    }
}

/// An endpoint of any placement.
pub(crate) trait Inner: Endpoint + Send {
    fn is_done(&self) -> bool;
}

impl<E: Attesting + Send> Inner for E {
    fn is_done(&self) -> bool {
        self.is_ready()
    }
}

pub(crate) struct Ends<'a> {
    pub(crate) world: &'a World,
    pub(crate) suite: Suite,
    pub(crate) carrier: Carrier,
    pub(crate) stimulus: &'a Stimulus,
    pub(crate) attester: Arc<Remembering>,
    /// The client's, where both attest.
    pub(crate) client_attester: Arc<Remembering>,
}

pub(crate) type Tap = Box<dyn Observe + Send>;

impl<'a> Ends<'a> {
    /// Ends whose workloads run.
    pub(crate) fn new(
        world: &'a World,
        family: Family,
        (suite, carrier): (Suite, Carrier),
        stimulus: &'a Stimulus,
    ) -> Self {
        let ends = Self {
            world,
            suite,
            carrier,
            stimulus,
            attester: Arc::default(),
            client_attester: Arc::default(),
        };
        ends.attest(family);
        ends
    }

    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        self.world.provider(self.suite.provider(self.carrier))
    }
}

impl Ends<'_> {
    pub(crate) fn client<H: Hold>(
        &self,
        family: Family,
        tap: Tap,
        hold: H,
    ) -> Result<H::Held, Failure> {
        let (world, provider, now) = (self.world, self.provider(), World::now());
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
            Family::PostMutual if self.stimulus.asks => {
                let roots = world.roots()?;
                let settings = post::ClientSettings::new(provider, roots, relying_party);
                let own = self.client_attestation(&self.client_attester)?;
                hold.hold(post::Client::mutual(&settings, &own, name, now, tap)?)
            }
            Family::PostClient | Family::PostMutual => {
                let attester = match family {
                    Family::PostMutual => &self.client_attester,
                    _ => &self.attester,
                };
                let settings = post::AttestingClientSettings {
                    provider,
                    roots: world.roots()?,
                    attestation: self.client_attestation(attester)?,
                    profile: post::Profile::default(),
                };
                hold.hold(post::Client::attesting(&settings, name, now, tap)?)
            }
        })
    }

    pub(crate) fn client_attestation(
        &self,
        attester: &Arc<Remembering>,
    ) -> Result<post::Attestation, Failure> {
        let (world, stimulus) = (self.world, self.stimulus);
        let is_theirs = stimulus.late && stimulus.by == Some(Role::Client);
        Ok(post::Attestation {
            identity: match stimulus.shown {
                Shown::ForeignIssuer if is_theirs => {
                    world.client_certified(&world.foreign, CLIENT_NAME)?
                }
                Shown::ForeignName if is_theirs => {
                    world.client_certified(world.authority(), OTHER_NAME)?
                }
                _ => world.client_identity(),
            },
            attester: Arc::clone(attester) as _,
        })
    }

    pub(crate) fn reliance(&self) -> Result<post::Reliance, Failure> {
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

    pub(crate) fn server<H: Hold>(
        &self,
        family: Family,
        tap: Tap,
        hold: H,
    ) -> Result<H::Held, Failure> {
        let (world, now) = (self.world, World::now());
        let provider = self.provider();
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
pub(crate) struct Remembering {
    attester: Mutex<Option<Box<dyn Attester>>>,
    last: Mutex<Option<Evidence>>,
}

impl Remembering {
    fn set(&self, attester: Box<dyn Attester>) {
        *self.attester.lock().unwrap_or_else(PoisonError::into_inner) = Some(attester);
    }

    /// As it travels; empty if there is none.
    pub(crate) fn last(&self) -> Result<Vec<u8>, Failure> {
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
