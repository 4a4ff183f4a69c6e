//! The Attester's side: certificates with Evidence, issued, renewed, served.

use std::sync::Arc;
use std::time::Duration;

use event::Observer;
use rats::{Attester, Evidence, UnixSeconds};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::UnixTime;
use rustls::sign::{CertifiedKey, SigningKey};

use super::bind::{HASH, Statement};
use crate::certified::extension::{self, Form};
use crate::certified::issue::{self, Contents, Vouching};
use crate::certified::leaf::Validity;
use crate::certified::server::{self, Answer};
use crate::error::{ApiMisuse, Error};
use crate::evidence::to_cmw;
use crate::handshake::{Identity, server_config};
use crate::observe::{self, Observe};

/// How certificates with Evidence are made, any number of them.
#[derive(Clone)]
pub struct Issuance {
    /// The key the attesting environment holds.
    pub key: Arc<dyn SigningKey>,
    pub attester: Arc<dyn Attester>,
    pub vouching: Vouching,
    /// DNS names or IP addresses of the server.
    pub names: Vec<String>,
    pub form: Form,
    pub statement: Statement,
    /// How long a certificate is valid from its making.
    pub lifetime: Duration,
    /// How much earlier than its making it becomes valid, for clients whose
    /// clocks are late.
    pub backdating: Duration,
}

impl Issuance {
    /// Certificates for an hour, backdated by a minute.
    pub fn new(
        key: Arc<dyn SigningKey>,
        attester: Arc<dyn Attester>,
        vouching: Vouching,
        names: Vec<String>,
    ) -> Self {
        Self {
            key,
            attester,
            vouching,
            names,
            form: Form::default(),
            statement: Statement::default(),
            lifetime: Duration::from_secs(3600),
            backdating: Duration::from_secs(60),
        }
    }

    /// Makes a certificate, with new Evidence. Blocks for as long as the
    /// attesting environment needs.
    ///
    /// # Errors
    /// [`Error::Attester`], or [`ApiMisuse`] about what cannot go into a
    /// certificate.
    pub fn issue(&self, now: UnixTime, observer: &mut impl Observer) -> Result<Issued, Error> {
        let validity = Validity {
            not_before: UnixSeconds(now.as_secs().saturating_sub(self.backdating.as_secs())),
            not_after: UnixSeconds(now.as_secs().saturating_add(self.lifetime.as_secs())),
        };
        let spki = self.key.public_key().ok_or(ApiMisuse::KeyMismatch)?;
        let expected = self.statement.expected(&spki, validity)?;
        let evidence = self.attester.attest(&expected.challenge, HASH)?;
        observer.observe(observe::evidence(&evidence, &expected.challenge));
        // An Attestation Result in place of Evidence may end before its certificate.
        let ends = match rats::passport::lifetime(&evidence) {
            Ok(lifetime) => lifetime.expires.min(validity.not_after),
            Err(_) => validity.not_after,
        };
        let contents = Contents {
            names: &self.names,
            validity,
            key: &self.key,
            extension: extension::encode(self.form, &to_cmw(&evidence)?)?,
        };
        let identity = Identity {
            chain: issue::issue(contents, &self.vouching)?,
            key: Arc::clone(&self.key),
        };
        Ok(Issued {
            identity,
            validity,
            ends,
            made: UnixSeconds(now.as_secs()),
        })
    }
}

/// A certificate with Evidence, and when it is due to be replaced.
#[derive(Clone, Debug)]
pub struct Issued {
    identity: Identity,
    validity: Validity,
    ends: UnixSeconds,
    made: UnixSeconds,
}

impl Issued {
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether two thirds of its lifetime are over, or of what is left in it of an
    /// Attestation Result's.
    pub fn is_due(&self, now: UnixTime) -> bool {
        let lifetime = self.ends.0.saturating_sub(self.made.0);
        now.as_secs().saturating_sub(self.made.0) >= lifetime - lifetime / 3
    }
}

/// A certificate that is replaced in time.
#[derive(Clone)]
pub struct Renewing {
    issuance: Issuance,
    current: Issued,
}

impl Renewing {
    /// # Errors
    /// As [`Issuance::issue`].
    pub fn new(
        issuance: Issuance,
        now: UnixTime,
        observer: &mut impl Observer,
    ) -> Result<Self, Error> {
        let current = issuance.issue(now, observer)?;
        Ok(Self { issuance, current })
    }

    /// The certificate to present at `now`; a new one if the last is due.
    ///
    /// # Errors
    /// As [`Issuance::issue`]; the last certificate stays.
    pub fn at(&mut self, now: UnixTime, observer: &mut impl Observer) -> Result<&Issued, Error> {
        if self.current.is_due(now) {
            self.current = self.issuance.issue(now, observer)?;
        }
        Ok(&self.current)
    }
}

/// What a server needs for any number of connections, until its certificate is
/// due.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub provider: Arc<CryptoProvider>,
    /// A certificate with Evidence and its key.
    pub identity: Identity,
}

/// One connection's server.
pub type Server<O> = server::Server<Present, O>;

/// Presents the same certificate to everybody.
#[derive(Debug)]
pub struct Present {
    settings: ServerSettings,
    now: UnixTime,
}

impl<O: Observe> Server<O> {
    /// Begins one connection's server, at time `now`.
    ///
    /// # Errors
    /// [`ApiMisuse::KeyMismatch`] if certificate and key do not fit.
    pub fn new(settings: &ServerSettings, now: UnixTime, observer: O) -> Result<Self, Error> {
        let Identity { chain, key } = settings.identity.clone();
        CertifiedKey::new(chain, key)
            .keys_match()
            .map_err(|_| ApiMisuse::KeyMismatch)?;
        let settings = settings.clone();
        Ok(Self::start(Present { settings, now }, observer))
    }
}

impl<O: Observe> Answer<O> for Present {
    fn answer(&mut self, _: Option<Evidence>, observer: &mut O) -> Result<ServerConfig, Error> {
        let provider = observer.provider(&self.settings.provider);
        let Identity { chain, key } = self.settings.identity.clone();
        let key = observer.signing_key(observe::HANDSHAKE_KEY, key);
        server_config(&provider, CertifiedKey::new(chain, key), self.now, observer)
    }
}
