//! What an adversary changes on its way out, with the keys in its hands.
//!
//! A message is changed in the clear, under its protection: the record around
//! it is right. What the adversary itself goes on with is the unchanged
//! message, which shows only in what it sends later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attested::observe::Observe;
use authenticator::Role;
use event::{Kind, Observer};
use hmac::{Hmac, Mac as _};
use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::sign::{Signer, SigningKey};
use rustls::{
    ConnectionTrafficSecrets, ContentType, Error, KeyLog, SignatureAlgorithm, SignatureScheme,
    SupportedCipherSuite, Tls13CipherSuite,
};
use sha2::{Digest as _, Sha256};

/// What is wrong, once; everything else is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// The first message, which is in the clear, has a type nobody knows.
    HelloType,
    /// The handshake message of this type has a type nobody knows.
    MessageType(u8),
    /// The last octet of the handshake message of this type.
    MessageEnd(u8),
    /// The end entity in the handshake's Certificate is no DER.
    Leaf,
    /// In place of the handshake message of this type comes a record that does
    /// not open.
    MessageRecord(u8),
    /// The frame of this kind comes in a record that does not open.
    FrameRecord(u8),
    /// The request in its frame has a type nobody knows.
    Request,
    /// The request repeats the context of the peer's own. An end that does not ask
    /// by itself asks so before it answers.
    RequestContext,
    /// Something about the authenticator.
    Authenticator(Flaw),
    /// The CertificateVerify of the key with this name signs something else.
    Signature(&'static str),
}

/// What is wrong with an authenticator; its Finished is made anew where it is
/// not what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// CertificateVerify and Finished have changed places.
    Order,
    /// The request's context is not repeated.
    Context,
    /// The Finished is too short.
    FinishedLength,
    /// The Finished is another.
    Finished,
    /// The end entity is no DER.
    Leaf,
    /// The signature is longer than it says.
    CertificateVerify,
}

/// Types of the two authenticator requests, RFC 9261 section 4.
pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
pub(crate) const CLIENT_CERTIFICATE_REQUEST: u8 = 17;

/// Kinds of frames, see `attested`.
pub(crate) const REQUEST: u8 = 1;
pub(crate) const AUTHENTICATOR: u8 = 2;

/// An observer that changes what passes by.
#[derive(Clone)]
pub(crate) struct Adversary {
    change: Change,
    /// Who sends authenticators.
    attester: Role,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The exporter secret.
    exporter: Mutex<Vec<u8>>,
    /// A request that passed, which its authenticator is about.
    request: Mutex<Vec<u8>>,
    /// Whether a record of noise is to follow on the wire.
    noise: Mutex<bool>,
    done: Mutex<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holds one value, whole at any time.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Adversary {
    pub(crate) fn new(change: Change, attester: Role) -> Self {
        Self {
            change,
            attester,
            shared: Arc::default(),
        }
    }

    /// What leaves for the wire, in the end.
    pub(crate) fn wire(&self, octets: &mut Vec<u8>) {
        if self.change == Change::HelloType && !octets.is_empty() {
            let mut done = lock(&self.shared.done);
            // 5 octets of record header, then the type of the message
            if let (false, Some(kind)) = (*done, octets.get_mut(5)) {
                *kind = 99;
                *done = true;
            }
        }
        if std::mem::take(&mut *lock(&self.shared.noise)) {
            octets.extend([23, 3, 3, 0, 32]);
            octets.extend([0xa5; 32]);
        }
    }

    /// The request the peer sent, on which the authenticator depends.
    pub(crate) fn requested(&self, request: &[u8]) {
        *lock(&self.shared.request) = request.to_vec();
    }
}

impl Observer for Adversary {
    fn observe(&mut self, _: Kind) {}
}

impl Observe for Adversary {
    fn provider(&self, base: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        let suites = base.cipher_suites.iter().filter_map(|suite| suite.tls13());
        let suites = suites.map(|suite| {
            // Leaked, as rustls wants it, once for a session of the adversary's.
            let altered: &'static Tls13CipherSuite = Box::leak(Box::new(Tls13CipherSuite {
                common: rustls::crypto::CipherSuiteCommon {
                    suite: suite.common.suite,
                    hash_provider: suite.common.hash_provider,
                    confidentiality_limit: suite.common.confidentiality_limit,
                },
                hkdf_provider: suite.hkdf_provider,
                aead_alg: Box::leak(Box::new(Aead {
                    inner: suite.aead_alg,
                    adversary: self.clone(),
                })),
                quic: None,
            }));
            SupportedCipherSuite::Tls13(altered)
        });
        Arc::new(CryptoProvider {
            cipher_suites: suites.collect(),
            ..(**base).clone()
        })
    }

    fn signing_key(&self, id: &str, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
        match self.change {
            Change::Signature(of) if of == id => Arc::new(Liar(key)),
            _ => key,
        }
    }

    fn key_log(&self) -> Arc<dyn KeyLog> {
        Arc::new(self.clone())
    }
}

impl KeyLog for Adversary {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        if label == "EXPORTER_SECRET" {
            *lock(&self.shared.exporter) = secret.to_vec();
        }
    }
}

impl std::fmt::Debug for Adversary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Adversary").field(&self.change).finish()
    }
}

struct Aead {
    inner: &'static dyn Tls13AeadAlgorithm,
    adversary: Adversary,
}

impl Tls13AeadAlgorithm for Aead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Encrypter {
            inner: self.inner.encrypter(key, iv),
            adversary: self.adversary.clone(),
        })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.inner.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.inner.extract_keys(key, iv)
    }
}

struct Encrypter {
    inner: Box<dyn MessageEncrypter>,
    adversary: Adversary,
}

/// What becomes of a record.
enum Fate {
    As(Vec<u8>),
    /// A bit of its ciphertext is flipped.
    Broken,
}

impl MessageEncrypter for Encrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let OutboundPlainMessage {
            typ,
            version,
            payload,
        } = message;
        let octets = payload.to_vec();
        let fate = self.adversary.fate(typ, &octets);
        let sent = match &fate {
            Fate::As(changed) => changed,
            Fate::Broken => &octets,
        };
        let message = OutboundPlainMessage {
            typ,
            version,
            payload: OutboundChunks::Single(sent),
        };
        let mut record = self.inner.encrypt(message, sequence)?;
        if let Fate::Broken = fate
            && let Some(last) = record.payload.as_mut().last_mut()
        {
            *last ^= 1;
        }
        Ok(record)
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        self.inner.encrypted_payload_len(length)
    }
}

impl Adversary {
    fn fate(&self, typ: ContentType, octets: &[u8]) -> Fate {
        let unchanged = Fate::As(octets.to_vec());
        if *lock(&self.shared.done) {
            return unchanged;
        }
        let fate = match (typ, self.change) {
            (ContentType::Handshake, change) => self.handshake(change, octets),
            (ContentType::ApplicationData, Change::FrameRecord(kind)) => {
                (octets.first() == Some(&kind)).then_some(Fate::Broken)
            }
            (ContentType::ApplicationData, Change::Request) => {
                (octets.first() == Some(&REQUEST)).then(|| {
                    let mut changed = octets.to_vec();
                    // 5 octets of frame header, then the type of the message
                    if let Some(kind) = changed.get_mut(5) {
                        *kind = 99;
                    }
                    Fate::As(changed)
                })
            }
            (ContentType::ApplicationData, Change::RequestContext) => self.reflected(octets),
            (ContentType::ApplicationData, Change::Authenticator(flaw)) => (octets.first()
                == Some(&AUTHENTICATOR))
            .then(|| self.authenticator(flaw, octets))
            .flatten(),
            _ => None,
        };
        match fate {
            Some(fate) => {
                *lock(&self.shared.done) = true;
                fate
            }
            None => unchanged,
        }
    }

    fn handshake(&self, change: Change, octets: &[u8]) -> Option<Fate> {
        let wanted = match change {
            Change::MessageType(kind) | Change::MessageEnd(kind) | Change::MessageRecord(kind) => {
                kind
            }
            Change::Leaf => 11,
            _ => return None,
        };
        let mut sent = Vec::new();
        let mut found = false;
        for message in messages(octets) {
            let mut message = message.to_vec();
            if !found && message.first() == Some(&wanted) {
                found = true;
                match change {
                    Change::MessageType(_) => message[0] = 99,
                    Change::MessageEnd(_) => *message.last_mut()? ^= 1,
                    // 4 of header, 1 of empty context, 3 and 3 of lengths
                    Change::Leaf => *message.get_mut(11)? = 0x31,
                    _ => {
                        if sent.is_empty() {
                            return Some(Fate::Broken);
                        }
                        *lock(&self.shared.noise) = true;
                        return Some(Fate::As(sent));
                    }
                }
            }
            sent.extend(message);
        }
        found.then_some(Fate::As(sent))
    }

    /// The peer's request comes back to it, as one from here.
    fn reflected(&self, frame: &[u8]) -> Option<Fate> {
        let mut request = lock(&self.shared.request).clone();
        let kind = request.first_mut()?;
        *kind = match *kind {
            CLIENT_CERTIFICATE_REQUEST => CERTIFICATE_REQUEST,
            _ => CLIENT_CERTIFICATE_REQUEST,
        };
        let length = u32::try_from(request.len()).ok()?;
        let asking = [&[REQUEST], &length.to_be_bytes()[..], &request].concat();
        match *frame.first()? {
            REQUEST => Some(Fate::As(asking)),
            AUTHENTICATOR => Some(Fate::As([&asking, frame].concat())),
            _ => None,
        }
    }

    fn authenticator(&self, flaw: Flaw, frame: &[u8]) -> Option<Fate> {
        let body = frame.get(5..)?;
        let parts: [&[u8]; 3] = messages(body).try_into().ok()?;
        let [mut certificate, mut verify, mut finished] = parts.map(<[u8]>::to_vec);
        match flaw {
            Flaw::Order => std::mem::swap(&mut verify, &mut finished),
            // 4 of header, 1 of length, then the context
            Flaw::Context => *certificate.get_mut(5)? ^= 1,
            Flaw::FinishedLength => {
                finished.pop();
                finished[3] -= 1;
            }
            Flaw::Finished => *finished.last_mut()? ^= 1,
            Flaw::Leaf => {
                let context = usize::from(*certificate.get(4)?);
                *certificate.get_mut(5 + context + 6)? = 0x31;
                finished = self.finished(&certificate, &verify);
            }
            Flaw::CertificateVerify => {
                // 4 of header, 2 of scheme, then the length of the signature
                *verify.get_mut(7)? -= 1;
                finished = self.finished(&certificate, &verify);
            }
        }
        let body = [certificate, verify, finished].concat();
        let length = u32::try_from(body.len()).ok()?;
        Some(Fate::As(
            [&[AUTHENTICATOR], &length.to_be_bytes()[..], &body].concat(),
        ))
    }

    /// RFC 9261 section 5.2.3, for a suite with SHA-256.
    fn finished(&self, certificate: &[u8], verify: &[u8]) -> Vec<u8> {
        let sender = match self.attester {
            Role::Client => "client",
            Role::Server => "server",
        };
        let exported = |what| {
            let label = format!("EXPORTER-{sender} authenticator {what}");
            self.exported(label.as_bytes())
        };
        let (context, key) = (exported("handshake context"), exported("finished key"));
        let request = lock(&self.shared.request).clone();
        let transcript = [&context[..], &request, certificate, verify].concat();
        let tag = mac(&key, &Sha256::digest(transcript));
        [&[20, 0, 0, 32][..], &tag].concat()
    }

    /// RFC 8446 section 7.5, empty context.
    fn exported(&self, label: &[u8]) -> Vec<u8> {
        let empty = Sha256::digest(b"");
        let exporter = lock(&self.shared.exporter).clone();
        let derived = expand(&exporter, label, &empty);
        expand(&derived, b"exporter", &empty)
    }
}

/// HKDF-Expand-Label to 32 octets.
fn expand(secret: &[u8], label: &[u8], context: &[u8]) -> Vec<u8> {
    let mut info = vec![0, 32, 6 + label.len() as u8];
    info.extend_from_slice(b"tls13 ");
    info.extend_from_slice(label);
    info.push(context.len() as u8);
    info.extend_from_slice(context);
    info.push(1);
    mac(secret, &info)
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length.
    <Hmac<Sha256> as hmac::Mac>::new_from_slice(key)
        .map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Handshake messages, headers included; a rest that is none is dropped.
fn messages(mut octets: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let [_, a, b, c, ..] = octets {
        let length = 4 + (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c));
        let Some((message, rest)) = octets.split_at_checked(length) else {
            break;
        };
        all.push(message);
        octets = rest;
    }
    all
}

/// Signs something else than it is asked to.
#[derive(Debug)]
struct Liar(Arc<dyn SigningKey>);

impl SigningKey for Liar {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = self.0.choose_scheme(offered)?;
        Some(Box::new(LyingSigner(signer)))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    fn public_key(&self) -> Option<rustls::pki_types::SubjectPublicKeyInfoDer<'_>> {
        self.0.public_key()
    }
}

#[derive(Debug)]
struct LyingSigner(Box<dyn Signer>);

impl Signer for LyingSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut other = message.to_vec();
        other.push(0);
        self.0.sign(&other)
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}
