//! The Attester's side: Evidence and a certificate for each connection.
//!
//! No octet of the client's reaches the attesting environment but through the
//! hash of nonce and key.

use std::sync::Arc;
use std::time::Duration;

use rats::{Attester, Challenge, Evidence, UnixSeconds};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::server::ClientHello;
use rustls::sign::{CertifiedKey, SigningKey};

use super::bind::{self, HASH};
use super::nonce::Nonce;
use crate::certified::extension::{self, Form};
use crate::certified::issue::{self, Contents, Vouching};
use crate::certified::leaf::Validity;
use crate::certified::server::{self, Answer};
use crate::error::{ApiMisuse, Error};
use crate::evidence::to_cmw;
use crate::handshake::server_config;
use crate::observe::{self, Observe};
use crate::question::Question;

/// A certificate for one connection is valid for this long before and after.
const LEEWAY: Duration = Duration::from_secs(300);

/// What a server needs for any number of connections.
#[derive(Clone)]
pub struct ServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// The key the attesting environment holds.
    pub key: Arc<dyn SigningKey>,
    pub attester: Arc<dyn Attester>,
    /// With [`Vouching::Chain`] PKI and attestation stand beside each other:
    /// the chain is the one of every connection, and the Evidence of this one
    /// stands behind it.
    pub vouching: Vouching,
    /// DNS names or IP addresses of the server.
    pub names: Vec<String>,
    /// Application protocols, for ALPN; usually none.
    pub protocols: Vec<Vec<u8>>,
}

/// One connection's server.
pub type Server<O> = server::Server<Answering, O>;

/// Answers a nonce with Evidence.
pub struct Answering {
    settings: ServerSettings,
    now: UnixTime,
    /// What the attesting environment was asked.
    challenge: Option<Challenge>,
}

impl<O: Observe> Server<O> {
    /// Begins one connection's server, at time `now`.
    ///
    /// # Errors
    /// None yet; what settings do not fit shows when the nonce is answered.
    pub fn new(settings: &ServerSettings, now: UnixTime, observer: O) -> Result<Self, Error> {
        let answering = Answering {
            settings: settings.clone(),
            now,
            challenge: None,
        };
        Ok(Self::start(answering, observer))
    }
}

impl<O: Observe> Answer<O> for Answering {
    fn question(&mut self, hello: &ClientHello<'_>) -> Result<Option<Question>, Error> {
        let nonce = Nonce::find(hello)?;
        let settings = &self.settings;
        let spki = settings.key.public_key().ok_or(ApiMisuse::KeyMismatch)?;
        let challenge = bind::expected(nonce, &spki)?.challenge;
        let question = Question::new(&settings.attester, &challenge, HASH);
        self.challenge = Some(challenge);
        Ok(Some(question))
    }

    fn answer(
        &mut self,
        evidence: Option<Evidence>,
        observer: &mut O,
    ) -> Result<ServerConfig, Error> {
        // The question comes first.
        let (Some(evidence), Some(challenge)) = (evidence, self.challenge.take()) else {
            return Err(ApiMisuse::NotAsked.into());
        };
        observer.observe(observe::evidence(&evidence, &challenge));
        let settings = &self.settings;
        let now = self.now.as_secs();
        let contents = Contents {
            names: &settings.names,
            validity: Validity {
                not_before: UnixSeconds(now.saturating_sub(LEEWAY.as_secs())),
                not_after: UnixSeconds(now.saturating_add(LEEWAY.as_secs())),
            },
            key: &settings.key,
            extension: extension::encode(Form::Cmw, &to_cmw(&evidence)?)?,
        };
        let chain = issue::issue(contents, &settings.vouching)?;
        let key = observer.signing_key(observe::HANDSHAKE_KEY, Arc::clone(&settings.key));
        let identity = CertifiedKey::new(chain, key);
        identity.keys_match().map_err(|_| ApiMisuse::KeyMismatch)?;
        let provider = observer.provider(&settings.provider);
        let mut config = server_config(&provider, identity, self.now, observer)?;
        config.alpn_protocols = settings.protocols.clone();
        Ok(config)
    }
}
