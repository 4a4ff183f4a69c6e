//! Endpoints that an attack is run against.

use std::sync::Arc;

use attested::observe::Instrument;
use attested::pre::{Issuance, ServerIdentity, Statement, Vouching};
use attested::{Error, Identity, intra, post, pre};
use mock_tee::Machine;
use rats::{AttestError, Attester, Challenge, Evidence, Hash, eat};
use rustls::pki_types::ServerName;

use crate::broken;
use crate::broken::certified::{About, Settings, Slip};
use crate::dialect::Dialect;
use crate::laboratory::{CODE, Laboratory, now};
use crate::machine::value::{Key, Unfit};
use crate::player::{Player, Seat};

/// Which endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// [`attested::intra`]; Evidence takes the place of a certificate, or
    /// stands beside one.
    Intra { pki: bool },
    /// [`attested::post`].
    Post,
    /// Endpoints like those of [`attested::post`], in which one thing is
    /// missing.
    PostBroken(broken::post::Lapse),
    /// [`attested::post`] beside a service on the servers' machines that quotes
    /// what anybody gives it; a narrow one marks what it was given.
    PostQuoting { narrow: bool },
    /// [`attested::pre`], as above.
    Pre { pki: bool },
    /// A client like that of [`attested::pre`] with one mistake, and its
    /// servers.
    PreBroken { slip: Slip, pki: bool },
    /// A client like that of [`attested::intra`] with one mistake, and its
    /// servers.
    IntraBroken { slip: Slip, pki: bool },
    /// [`attested::intra::experimental`]
    Woven,
    /// A client like that one which does not compare the binder.
    WovenBroken,
}

/// What a server of a run has.
#[derive(Clone, Debug)]
pub struct Given {
    pub name: String,
    pub key: Key,
    /// Its certificate, where the authority issued one.
    pub leaf: Option<Vec<u8>>,
    pub machine: Machine,
    /// Evidence made earlier.
    pub held: Option<Vec<u8>>,
}

/// Why an endpoint cannot be set up.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Attested(#[from] Error),
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("the line to an endpoint failed: {0}")]
    Line(String),
}

/// Shows the same Evidence whatever it is asked.
struct Shows(Vec<u8>);

impl Attester for Shows {
    fn attest(&self, _: &Challenge, _: Hash) -> Result<Evidence, AttestError> {
        Ok(Evidence::new(eat::media_type(), self.0.clone()))
    }
}

impl Target {
    /// How it attests.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Intra { .. } | Self::IntraBroken { .. } => Dialect::Intra,
            Self::Post | Self::PostBroken(_) | Self::PostQuoting { .. } => Dialect::Post,
            Self::Pre { .. } | Self::PreBroken { .. } => Dialect::Pre,
            Self::Woven | Self::WovenBroken => Dialect::Woven,
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intra { pki: false } => "intra, nonce and key",
            Self::Intra { pki: true } => "intra, nonce and key, with PKI",
            Self::IntraBroken { slip, .. } => match slip {
                Slip::Challenge => "intra, nonce and key, nonce not compared",
                Slip::Identity => "intra, nonce and key, with PKI, certificate not verified",
                Slip::Name => "intra, nonce and key, with PKI, any name",
                Slip::Nothing => "intra, nonce and key, made again",
                _ => "intra, nonce and key, with a mistake",
            },
            Self::Post => "post, exporter and key",
            Self::PostBroken(lapse) => lapse.name(),
            Self::PostQuoting { narrow: false } => {
                "post, exporter and key, on machines that quote anything"
            }
            Self::PostQuoting { narrow: true } => {
                "post, exporter and key, on machines that mark what they are given"
            }
            Self::Pre { pki: false } => "pre, key",
            Self::Pre { pki: true } => "pre, key, with PKI",
            Self::PreBroken { slip, .. } => match slip {
                Slip::Name => "pre, key, with PKI, any name",
                Slip::Nothing => "pre, key, made again",
                _ => "pre, key, with a mistake",
            },
            Self::Woven => "intra, handshake secret and key",
            Self::WovenBroken => "intra, handshake secret and key, not compared",
        }
    }

    /// Whether a quoting service marks what it was given.
    pub(crate) fn marks_quotes(self) -> bool {
        self == Self::PostQuoting { narrow: true }
    }

    /// Whether an authority vouches for its servers.
    fn has_pki(self) -> bool {
        match self {
            Self::Intra { pki }
            | Self::Pre { pki }
            | Self::IntraBroken { pki, .. }
            | Self::PreBroken { pki, .. } => pki,
            Self::Post
            | Self::PostBroken(_)
            | Self::PostQuoting { .. }
            | Self::Woven
            | Self::WovenBroken => false,
        }
    }

    fn identity(self, laboratory: &Laboratory) -> Result<ServerIdentity, Unfit> {
        Ok(match self.has_pki() {
            true => ServerIdentity::Pki(laboratory.roots()?),
            false => ServerIdentity::EvidenceInsteadOfName,
        })
    }

    /// A client that means the server `name`.
    ///
    /// # Errors
    /// [`SetupError`]
    pub fn client(
        self,
        laboratory: &Laboratory,
        name: &str,
        observer: Instrument,
    ) -> Result<Box<dyn Player>, SetupError> {
        let provider = Arc::clone(&laboratory.provider);
        let relying_party = laboratory.relying_party();
        let server = ServerName::try_from(name.to_owned())
            .map_err(|e| Unfit::new("a DNS name", e.to_string()))?;
        Ok(match self {
            Self::Pre { .. } => {
                let identity = self.identity(laboratory)?;
                let settings = pre::ClientSettings {
                    statement: Statement::Key,
                    ..pre::ClientSettings::new(provider, identity, relying_party)
                };
                let client = pre::Client::new(&settings, server, now(), observer)?;
                Box::new(Seat::new(client))
            }
            Self::Intra { .. } => {
                let identity = self.identity(laboratory)?;
                let settings = intra::ClientSettings::new(provider, identity, relying_party);
                let client = intra::Client::new(&settings, server, now(), observer)?;
                Box::new(Seat::new(client))
            }
            Self::IntraBroken { slip, pki } | Self::PreBroken { slip, pki } => {
                let mut settings = Settings::new(slip, pki);
                if self.dialect() == Dialect::Pre {
                    settings.about = About::Key;
                }
                Box::new(Seat::new(
                    settings.connect(laboratory, name, observer, None)?,
                ))
            }
            Self::Woven => {
                let settings = intra::experimental::ClientSettings {
                    provider,
                    identity: self.identity(laboratory)?,
                    relying_party,
                };
                let client = intra::experimental::Client::new(&settings, server, now(), observer)?;
                Box::new(Seat::new(client))
            }
            Self::WovenBroken => Box::new(Seat::new(broken::woven::client(
                laboratory, server, observer,
            )?)),
            Self::Post | Self::PostQuoting { .. } => {
                let settings =
                    post::ClientSettings::new(provider, laboratory.roots()?, relying_party);
                let client = post::Client::new(&settings, server, now(), observer)?;
                Box::new(Seat::new(client))
            }
            Self::PostBroken(lapse) => Box::new(Seat::new(broken::post::client(
                laboratory, lapse, server, observer,
            )?)),
        })
    }

    /// A server.
    ///
    /// # Errors
    /// [`SetupError`]
    pub fn server(
        self,
        laboratory: &Laboratory,
        given: &Given,
        observer: Instrument,
    ) -> Result<Box<dyn Player>, SetupError> {
        let provider = Arc::clone(&laboratory.provider);
        let workload = given.machine.launch(CODE, &given.key.spki());
        let vouching = match self.has_pki() {
            true => Vouching::Authority(laboratory.issuer()),
            false => Vouching::Nobody,
        };
        let attester = || -> Arc<dyn Attester> {
            match &given.held {
                Some(held) => Arc::new(Shows(held.clone())),
                None => Arc::new(workload.clone()),
            }
        };
        let key = Arc::clone(&given.key.signer);
        let names = vec![given.name.clone()];
        let identity = || -> Result<Identity, Unfit> {
            let leaf = match &given.leaf {
                Some(leaf) => leaf.clone(),
                None => laboratory.certify(&given.name, &given.key.spki())?,
            };
            Ok(Identity {
                chain: vec![leaf.into()],
                key: Arc::clone(&given.key.signer),
            })
        };
        Ok(match self {
            Self::Pre { .. } | Self::PreBroken { .. } => {
                let issuance = Issuance {
                    statement: Statement::Key,
                    ..Issuance::new(key, attester(), vouching, names)
                };
                let identity = issuance.issue(now(), &mut ())?.identity().clone();
                let settings = pre::ServerSettings { provider, identity };
                Box::new(Seat::new(pre::Server::new(&settings, now(), observer)?))
            }
            Self::Intra { .. } | Self::IntraBroken { .. } => {
                let settings = intra::ServerSettings {
                    provider,
                    key,
                    attester: attester(),
                    vouching,
                    names,
                    protocols: Vec::new(),
                };
                Box::new(Seat::new(intra::Server::new(&settings, now(), observer)?))
            }
            Self::Woven | Self::WovenBroken => {
                let settings = intra::experimental::ServerSettings {
                    provider,
                    identity: identity()?,
                    attester: Arc::new(workload),
                };
                let server = intra::experimental::Server::new(&settings, now(), observer)?;
                Box::new(Seat::new(server))
            }
            Self::Post | Self::PostQuoting { .. } => {
                let settings = post::ServerSettings::new(provider, identity()?, Arc::new(workload));
                Box::new(Seat::new(post::Server::new(&settings, now(), observer)?))
            }
            Self::PostBroken(lapse) => Box::new(Seat::new(broken::post::server(
                laboratory,
                lapse,
                identity()?,
                Arc::new(workload),
                observer,
            )?)),
        })
    }
}
