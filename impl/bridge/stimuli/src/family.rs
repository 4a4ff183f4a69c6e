//! What is gated: folders of models, and suites.

use authenticator::Role;
use event::recording::Profile;
use rustls::crypto::{CryptoProvider, ring};

use crate::stimulus::Stimulus;

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

    /// Whether a session of it is also carried by QUIC: those after the
    /// handshake are.
    pub fn is_over_quic(self) -> bool {
        self.profile() == Profile::Post
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

/// What carries a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// CRYPTO frames and a stream.
    Quic,
    /// TLS records.
    Tls,
}

/// What is gated: a family, and what carries its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gated {
    family: Family,
    carrier: Carrier,
}

impl Gated {
    /// Everything that is gated.
    pub fn all() -> impl Iterator<Item = Self> {
        let over = |carrier| move |family| Self { family, carrier };
        let tls = Family::ALL.into_iter().map(over(Carrier::Tls));
        let quic = Family::ALL.into_iter().filter(|it| it.is_over_quic());
        tls.chain(quic.map(over(Carrier::Quic)))
    }

    pub fn family(self) -> Family {
        self.family
    }

    pub fn carrier(self) -> Carrier {
        self.carrier
    }

    /// Its folder below `traces/honest/`.
    pub fn folder(self) -> String {
        let folder = self.family.folder();
        match self.carrier {
            Carrier::Quic => format!("{folder}-quic"),
            Carrier::Tls => folder.to_owned(),
        }
    }

    /// Its mapping, below `models/`. Over QUIC something else is negotiated, and
    /// nothing else differs.
    pub fn mapping(self) -> String {
        let mapping = self.family.mapping();
        match self.carrier {
            Carrier::Quic => mapping.replace(".toml", "-quic.toml"),
            Carrier::Tls => mapping,
        }
    }
}

impl From<Family> for Gated {
    /// Over TLS.
    fn from(family: Family) -> Self {
        let carrier = Carrier::Tls;
        Self { family, carrier }
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
    /// A provider that negotiates it. QUIC protects its first packets with
    /// TLS_AES_128_GCM_SHA256 whatever is negotiated.
    pub(crate) fn provider(self, carrier: Carrier) -> CryptoProvider {
        let sha256 = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
        let sha384 = ring::cipher_suite::TLS13_AES_256_GCM_SHA384;
        CryptoProvider {
            cipher_suites: match (self, carrier) {
                (Self::Sha256, _) => vec![sha256],
                (Self::Sha384, Carrier::Quic) => vec![sha384, sha256],
                (Self::Sha384, Carrier::Tls) => vec![sha384],
            },
            ..ring::default_provider()
        }
    }
}
