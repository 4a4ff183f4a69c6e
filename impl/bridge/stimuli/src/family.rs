//! What is gated: folders of models, and suites.

use std::sync::Arc;

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
    pub(crate) fn provider(self) -> Arc<CryptoProvider> {
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
