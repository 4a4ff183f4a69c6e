//! Attested TLS over stock rustls: placements of Evidence, each a room.
//!
//! ```text
//!  post::Client ---- TLS 1.3, RFC 9261, Evidence ---- post::Server
//!       |                                                 |
//!       v  attestation succeeded                          v  client accepted
//!  AttestedChannel<AttestedPeer> -- application data -- AttestedChannel<RelyingPeer>
//! ```
//!
//! # Choose your placement
//!
//! | | [`pre`] | [`intra`] | [`intra::experimental`] | [`post`] |
//! |---|---|---|---|---|
//! | Evidence is about | a key | nonce and key | handshake secret and key | exporter, context and key |
//! | fresh | as the certificate | yes | yes | yes, each exchange |
//! | stands a leaked certificate key | no | no | yes | yes |
//! | who attests | server | server | server | server, client, both |
//! | again on one connection | no | no | no | yes |
//! | extra round trips | 0 | 0 | 0 | 1 |
//! | peer's TLS stack | any | any that passes the nonce on | one with certificate compression of ours | any with exporters |
//! | server knows it was accepted | no | no | no | yes |
//!
//! None of them proves that the attested program keeps its keys to itself, or
//! that it is honest; and without PKI, or a policy that names machines, any
//! machine with the right program is as good as another.
//!
//! # The core
//!
//! The core is sans-IO: an [`Endpoint`] takes and gives TLS octets.
//! [`AttestedStream`] runs one over anything that reads and writes, [`pair`]
//! runs two of them in memory. Every endpoint takes an observer, see
//! [`observe`]; `()` observes nothing.
//!
//! ```
//! # use std::sync::Arc;
//! # use attested::{ApplicationData, Identity, post::*};
//! # use rustls::{RootCertStore, crypto::ring, pki_types::{PrivatePkcs8KeyDer, UnixTime}};
//! # let rcgen::CertifiedKey { cert, signing_key } =
//! #     rcgen::generate_simple_self_signed(["server.example".to_owned()])?;
//! # let pkcs8 = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
//! # let key = ring::sign::any_supported_type(&pkcs8.into())?;
//! # let spki = key.public_key().ok_or("no public half")?.to_vec();
//! # let identity = Identity { chain: vec![cert.der().clone()], key };
//! # let mut roots = RootCertStore::empty();
//! # roots.add(cert.der().clone())?;
//! # let provider = Arc::new(ring::default_provider());
//! # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000));
//! let root = mock_tee::Root::from_seed([7; 32]);
//! let workload = root.machine(1).launch(b"the program", &spki);
//! let server = ServerSettings::new(Arc::clone(&provider), identity, Arc::new(workload));
//!
//! let relying_party = RelyingParty {
//!     verifier: mock_tee::verifier(&root, "program", b"the program"),
//!     policy: rats::Policy::for_software(["program"]),
//! };
//! let client = ClientSettings::new(provider, Arc::new(roots), relying_party);
//!
//! let mut server = Server::new(&server, now, ())?;
//! let mut client = Client::new(&client, "server.example".try_into()?, now, ())?;
//! let (at_client, at_server) = pair::run(&mut client, &mut server);
//! at_client?;
//! at_server?;
//! let mut channel = client.into_attested()?.map_err(|_| "not attested")?;
//! assert_eq!(channel.peer().appraised().result().software, "program");
//! channel.write(b"the secret the server was attested for")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Evidence and its appraisal are `rats`'s, RFC 9261 is `authenticator`'s; here
//! is what joins them to a connection.
//!
//! - [`attacks`]: what is refused, and the test that shows it
//! - [`pre`]: attestation before the handshake, in a certificate
//! - [`intra`]: attestation during the handshake
//! - [`post`]: attestation after the handshake
//! - [`endpoint`]: what endpoints of all placements have in common
//! - [`relying_party`]: whom to believe, what to accept
//! - [`handshake`]: the handshake attestation stands on
//! - [`observe`]: recording taps
//! - [`pair`], [`stream`]: transports
//! - [`error`]: whose fault, which alert

mod certified;
mod codes;
mod evidence;
mod exporter;
mod frame;
mod question;
mod tls;

pub mod attacks;
pub mod endpoint;
pub mod error;
pub mod handshake;
pub mod intra;
pub mod observe;
pub mod pair;
pub mod post;
pub mod pre;
pub mod relying_party;
pub mod stream;

pub use codes::CODES;
pub use endpoint::{ApplicationData, Attesting, Endpoint};
pub use error::{ApiMisuse, CertificateRefusal, Error, PeerIncompatible, PeerMisbehaved};
pub use frame::FrameKind;
pub use handshake::Identity;
pub use question::Question;
pub use relying_party::RelyingParty;
pub use stream::{AttestedStream, StreamError};
