//! Recording taps: what a connection did, seen without touching what it does.
//!
//! An endpoint takes an [`Observe`] and asks it, once, to wrap the crypto
//! provider, the signing keys and the key log it is about to use; `()` hands
//! them back unchanged. [`Instrument`] wraps them so that every hash update,
//! key share, random draw, signature and secret passes by a tap on its way.
//! The wrapped code is the code that runs; no branch of the protocol depends
//! on the observer.
//!
//! ```text
//!            hash      handshake messages, in clear, in transcript order
//!            aead      messages received, read or not; records that do not open
//!            kx        key shares and shared secrets
//! provider < random    draws
//!            verify    signatures checked
//! keys       sign      signatures made
//! key log    key_log   traffic and exporter secrets
//! wire                 hellos, which are hashed only later, or never
//! crypto               over QUIC, every message, in place of aead and wire
//! ```
//!
//! Where QUIC carries the handshake, rustls has no records: whoever drives it
//! reads and writes CRYPTO frames, and tells [`CryptoFrames`] of their octets.
//! Packets are QUIC's own, under keys of the same secrets (RFC 9001 section 5).
//!
//! rustls wants much of a provider to be `'static`, and an event must name its
//! connection. [`Instrument::provider`] therefore lends one of a pool of wrapped
//! providers, a few kilobytes each, which grows to as many as there were observed
//! connections at one time, see [`wrapped_providers`].

mod aead;
mod hash;
mod key_log;
mod kx;
mod random;
mod sign;
mod transcript;
mod verify;
mod wrapped;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use authenticator::Role;
use event::kind::{Direction, DrawSource, Kind, Protection};
use event::{Bytes, Observer, Tap};
use rats::cmw::MessageType;
use rats::{Challenge, Evidence};
use rustls::crypto::CryptoProvider;
use rustls::sign::SigningKey;
use rustls::{KeyLog, NoKeyLog};

use self::transcript::Transcript;
use self::wrapped::Lease;

/// `id` of the setup record of the server's handshake key.
pub const HANDSHAKE_KEY: &str = "key";
/// `id` of the setup record of the server's authenticator key.
pub const AUTHENTICATOR_KEY: &str = "aik";
/// `id` of the setup record of the Attester's key.
pub const ATTESTATION_KEY: &str = "ak";

/// `id` of the setup record of an attesting client's authenticator key.
pub const CLIENT_AUTHENTICATOR_KEY: &str = "client-aik";
/// `id` of the setup record of an attesting client's Attester's key.
pub const CLIENT_ATTESTATION_KEY: &str = "client-ak";

/// An observer of one end of one connection. The methods with a default see
/// nothing.
pub trait Observe: Observer {
    /// The provider to use instead of `base`.
    fn provider(&self, base: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        Arc::clone(base)
    }

    /// The key to sign with instead of `key`; `id` names its setup record.
    fn signing_key(&self, _id: &str, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
        key
    }

    /// Where TLS secrets go.
    fn key_log(&self) -> Arc<dyn KeyLog> {
        Arc::new(NoKeyLog)
    }

    /// Where events go that happen inside rustls's callbacks, which share this
    /// observer with the endpoint.
    fn reporter(&self) -> Reporter {
        Reporter::silent()
    }

    /// Where the octets of QUIC's CRYPTO frames go.
    fn crypto_frames(&self) -> CryptoFrames {
        CryptoFrames::silent()
    }

    /// TLS octets are about to leave, or have arrived.
    fn crossing(&mut self, _direction: Direction, _octets: &[u8]) {}

    /// The handshake is over; hashes and draws are the application's now.
    fn handshake_complete(&mut self) {}
}

/// The silent observer.
impl Observe for () {}

/// So that one program can choose at run time whether to observe.
impl<O: Observe + ?Sized> Observe for Box<O> {
    fn provider(&self, base: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        (**self).provider(base)
    }

    fn signing_key(&self, id: &str, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
        (**self).signing_key(id, key)
    }

    fn key_log(&self) -> Arc<dyn KeyLog> {
        (**self).key_log()
    }

    fn reporter(&self) -> Reporter {
        (**self).reporter()
    }

    fn crypto_frames(&self) -> CryptoFrames {
        (**self).crypto_frames()
    }

    fn crossing(&mut self, direction: Direction, octets: &[u8]) {
        (**self).crossing(direction, octets);
    }

    fn handshake_complete(&mut self) {
        (**self).handshake_complete();
    }
}

/// Reports events from where no `&mut` observer is at hand.
#[derive(Clone)]
pub struct Reporter(Arc<dyn Fn(Kind) + Send + Sync>);

impl Reporter {
    pub fn new(report: impl Fn(Kind) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Reports to nobody.
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    pub fn report(&self, kind: Kind) {
        (self.0)(kind);
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reporter")
    }
}

type NoteFrames = dyn Fn(Direction, &[u8]) + Send + Sync;

/// Takes note of the octets of QUIC's CRYPTO frames, in order, before the
/// handshake takes them in and after it has given them out.
#[derive(Clone)]
pub struct CryptoFrames(Arc<NoteFrames>);

impl CryptoFrames {
    pub fn new(note: impl Fn(Direction, &[u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(note))
    }

    /// Notes nothing.
    pub fn silent() -> Self {
        Self::new(|_, _| ())
    }

    pub fn note(&self, direction: Direction, octets: &[u8]) {
        (self.0)(direction, octets);
    }
}

impl fmt::Debug for CryptoFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CryptoFrames")
    }
}

/// How many providers were wrapped since this process began: as many as there
/// were observed connections at one time, for each provider that they had.
pub fn wrapped_providers() -> usize {
    wrapped::POOL.made()
}

/// Records everything into one tap.
#[derive(Clone, Debug)]
pub struct Instrument {
    shared: Arc<Shared>,
}

impl Instrument {
    /// An instrument for the end of role `role`.
    pub fn new(tap: Tap, role: Role) -> Self {
        Self {
            shared: Arc::new(Shared {
                tap,
                application: AtomicBool::new(false),
                decided: AtomicBool::new(false),
                shares: AtomicU32::new(0),
                transcript: Mutex::new(Transcript::new(role)),
                leases: Mutex::default(),
            }),
        }
    }
}

impl Observer for Instrument {
    fn observe(&mut self, kind: Kind) {
        if matches!(kind, Kind::Decision { .. }) {
            self.shared.decided.store(true, Ordering::SeqCst);
        }
        self.shared.tap.record(kind);
    }
}

impl Observe for Instrument {
    fn provider(&self, base: &Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        wrapped::POOL.lease(base, &self.shared)
    }

    fn signing_key(&self, id: &str, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
        sign::key(id, key, &self.shared)
    }

    fn key_log(&self) -> Arc<dyn KeyLog> {
        key_log::log(&self.shared)
    }

    fn reporter(&self) -> Reporter {
        let shared = Arc::clone(&self.shared);
        Reporter::new(move |kind| shared.record(kind))
    }

    fn crypto_frames(&self) -> CryptoFrames {
        let shared = Arc::clone(&self.shared);
        CryptoFrames::new(move |direction, octets| {
            if !shared.is_application() {
                let messages = shared.transcript().framed(direction, octets);
                shared.record_handshake(messages);
            }
        })
    }

    fn crossing(&mut self, direction: Direction, octets: &[u8]) {
        if !self.shared.is_application() {
            let messages = self.shared.transcript().crossing(direction, octets);
            self.shared.record_handshake(messages);
        }
    }

    fn handshake_complete(&mut self) {
        self.shared.application.store(true, Ordering::SeqCst);
    }
}

/// What the taps of one connection share.
#[derive(Debug)]
struct Shared {
    tap: Tap,
    /// Whether the handshake is over.
    application: AtomicBool,
    /// Whether the endpoint has accepted or refused.
    decided: AtomicBool,
    /// Number of the next key share.
    shares: AtomicU32,
    transcript: Mutex<Transcript>,
    /// Wrapped providers, given back with the last reference.
    leases: Mutex<Vec<Lease>>,
}

impl Shared {
    fn record(&self, kind: Kind) {
        self.tap.record(kind);
    }

    fn is_application(&self) -> bool {
        self.application.load(Ordering::SeqCst)
    }

    fn is_decided(&self) -> bool {
        self.decided.load(Ordering::SeqCst)
    }

    fn draw_source(&self) -> DrawSource {
        if self.is_application() {
            DrawSource::Application
        } else {
            DrawSource::Tls
        }
    }

    fn next_share(&self) -> u32 {
        self.shares.fetch_add(1, Ordering::SeqCst)
    }

    /// A panic elsewhere under the lock leaves at worst a partial message in
    /// the buffer, which shows in the recording as a missing one.
    fn transcript(&self) -> MutexGuard<'_, Transcript> {
        self.transcript
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn record_handshake(&self, messages: Vec<(Direction, Protection, Vec<u8>)>) {
        for (direction, protection, octets) in messages {
            let Some(&handshake_type) = octets.first() else {
                continue; // the transcript yields whole messages only
            };
            self.record(Kind::Handshake {
                direction,
                handshake_type,
                protection,
                octets: Bytes::clear(octets),
            });
        }
    }
}

/// Records each message of a request or an authenticator; what does not parse
/// is recorded as a gap, so that nothing received goes missing.
pub(crate) fn observe_authenticator_messages(
    observer: &mut impl Observer,
    direction: Direction,
    octets: &[u8],
) {
    let (messages, rest) = transcript::split(octets);
    for message in messages {
        observer.observe(Kind::Handshake {
            direction,
            handshake_type: message[0], // at least a header of four octets
            protection: Protection::Authenticator,
            octets: Bytes::clear(message),
        });
    }
    if !rest.is_empty() {
        observer.observe(Kind::Gap {
            id: "malformed".to_owned(),
            octets: Some(Bytes::clear(rest)),
            len: rest.len() as u64,
        });
    }
}

/// The server's Attester has produced `evidence` over `challenge`.
pub(crate) fn evidence(evidence: &Evidence, challenge: &Challenge) -> Kind {
    evidence_by(ATTESTATION_KEY, evidence, challenge)
}

/// The Attester with the key `attestation_key` has produced `evidence`.
pub(crate) fn evidence_by(
    attestation_key: &str,
    evidence: &Evidence,
    challenge: &Challenge,
) -> Kind {
    Kind::Evidence {
        format: match &evidence.message_type {
            MessageType::ContentFormat(number) => number.to_string(),
            MessageType::MediaType(media_type) => media_type.to_string(),
        },
        challenge: Bytes::clear(challenge.as_slice()),
        claims: Default::default(), // they are in the octets, signed
        octets: Bytes::clear(evidence.octets.as_slice()),
        attestation_key: attestation_key.to_owned(),
    }
}
