//! The Attester's side: one identity, and Evidence for each connection.

use std::sync::{Arc, Mutex};

use rats::{Attester, Evidence};
use rustls::ServerConfig;
use rustls::compress::CompressionCache;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::sign::CertifiedKey;

use super::compression::{COMPRESSOR, Current, Entered, Loom, LoomState, SecretLog, enter, lock};
use crate::certified::server::{self, Answer};
use crate::error::{ApiMisuse, Error, PeerIncompatible};
use crate::handshake::{Identity, server_config};
use crate::observe::{self, Observe};

/// What a server needs for any number of connections.
#[derive(Clone)]
pub struct ServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// A certificate without Evidence, and the key the attesting environment
    /// holds.
    pub identity: Identity,
    pub attester: Arc<dyn Attester>,
}

/// One connection's server.
pub type Server<O> = server::Server<Weaving, O>;

/// Weaves Evidence into the Certificate message.
pub struct Weaving {
    settings: ServerSettings,
    now: UnixTime,
    loom: Option<Arc<Loom>>,
}

impl<O: Observe> Server<O> {
    /// Begins one connection's server, at time `now`.
    ///
    /// # Errors
    /// [`ApiMisuse::KeyMismatch`] if certificate and key do not fit.
    pub fn new(settings: &ServerSettings, now: UnixTime, observer: O) -> Result<Self, Error> {
        let settings = settings.clone();
        let Identity { chain, key } = settings.identity.clone();
        CertifiedKey::new(chain, key)
            .keys_match()
            .map_err(|_| ApiMisuse::KeyMismatch)?;
        let weaving = Weaving {
            settings,
            now,
            loom: None,
        };
        Ok(Self::start(weaving, observer))
    }
}

impl<O: Observe> Answer<O> for Weaving {
    fn answer(&mut self, _: Option<Evidence>, observer: &mut O) -> Result<ServerConfig, Error> {
        let provider = observer.provider(&self.settings.provider);
        let Identity { chain, key } = self.settings.identity.clone();
        let spki = key.public_key().ok_or(ApiMisuse::KeyMismatch)?.to_vec();
        let key = observer.signing_key(observe::HANDSHAKE_KEY, key);
        let identity = CertifiedKey::new(chain, key);
        let mut config = server_config(&provider, identity, self.now, observer)?;
        let loom = Arc::new(Loom {
            provider,
            attester: Arc::clone(&self.settings.attester),
            spki,
            reporter: observer.reporter(),
            state: Mutex::new(LoomState::default()),
        });
        config.key_log = Arc::new(SecretLog {
            current: Current::Server(Arc::clone(&loom)),
            next: config.key_log,
        });
        config.cert_compressors = vec![COMPRESSOR];
        // Evidence is for one connection.
        config.cert_compression_cache = Arc::new(CompressionCache::Disabled);
        self.loom = Some(loom);
        Ok(config)
    }

    fn enter(&self) -> Option<Entered> {
        let loom = self.loom.as_ref()?;
        Some(enter(Current::Server(Arc::clone(loom))))
    }

    fn check(&mut self) -> Result<(), Error> {
        let loom = self.loom.as_ref().ok_or(ApiMisuse::NotVerified)?;
        let outcome = lock(&loom.state).outcome.take();
        outcome.unwrap_or(Err(PeerIncompatible::AttestationNotOffered.into()))
    }
}
