//! Attested TLS over blocking streams, tokio and QUIC: thin adapters over one
//! sans-IO core.
//!
//! ```text
//!  blocking   Read + Write              \
//!  stream     AsyncRead + AsyncWrite     >-- attested::Endpoint --> Attesting --> channel
//!  quic       one stream of quinn       /          |
//!                                                  | Question
//!                                                  v
//!                                desk: a bounded queue before the Attester
//! ```
//!
//! | | [`blocking`] | [`stream`] | [`quic`] |
//! |---|---|---|---|
//! | placements | all | all | post |
//! | who attests | as the endpoint says | as the endpoint says | server, client, both |
//! | again on one connection | yes | yes | yes |
//! | Evidence is made | in the connection's thread | behind the [`desk`] | behind the [`desk`] |
//! | a peer may take, to attest | [`Limits::exchange`] | same | same |
//! | data before attestation | no such type | no such type | no such type, and no stream may be opened |
//!
//! [`intra::experimental`](attested::intra::experimental) makes its Evidence
//! inside a call of rustls's, so there it blocks whoever drives the endpoint:
//! [`AttestedStream::establish_apart`](stream::AttestedStream::establish_apart)
//! takes its octets in on another thread, at a place of the desk.
//!
//! A server that serves one connection, and its client, on tokio. A server of yours
//! makes the settings once and a [`Server`](attested::post::Server) for each connection
//! it accepts, in a task of its own; the clock is yours to read.
//!
//! ```
//! # use std::sync::Arc;
//! # use attested::{Identity, RelyingParty, post::{Client, ClientSettings, Server, ServerSettings}};
//! # use rustls::{RootCertStore, crypto::ring, pki_types::{PrivatePkcs8KeyDer, UnixTime}};
//! # use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};
//! # use transport::{Desk, Limits, Pace, stream::AttestedStream};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let rcgen::CertifiedKey { cert, signing_key } =
//! #     rcgen::generate_simple_self_signed(["server.example".to_owned()])?;
//! # let pkcs8 = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
//! # let key = ring::sign::any_supported_type(&pkcs8.into())?;
//! # let spki = key.public_key().ok_or("no public half")?.to_vec();
//! # let identity = Identity { chain: vec![cert.der().clone()], key };
//! # let mut roots = RootCertStore::empty();
//! # roots.add(cert.der().clone())?;
//! # let provider = Arc::new(ring::default_provider());
//! # let root = mock_tee::Root::from_seed([7; 32]);
//! # let attester = Arc::new(root.machine(1).launch(b"the program", &spki));
//! # let verifier = mock_tee::verifier(&root, "program", b"the program");
//! # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_782_864_000));
//! let desk = Desk::new(Pace::default()); // one for each attesting environment
//! let limits = Limits::default();
//! let serves = ServerSettings::new(Arc::clone(&provider), identity, attester);
//! let policy = rats::Policy::for_software(["program"]);
//! let relies = RelyingParty { verifier, policy };
//! let connects = ClientSettings::new(provider, Arc::new(roots), relies);
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let serving = async {
//!     let (socket, _) = listener.accept().await?;
//!     socket.set_nodelay(true)?;
//!     let endpoint = Server::new(&serves, now, ())?;
//!     let mut stream = AttestedStream::establish(endpoint, socket, &desk, &limits).await?;
//!     let mut question = String::new();
//!     stream.read_to_string(&mut question).await?; // the client has accepted us
//!     Ok::<_, Box<dyn std::error::Error>>(question)
//! };
//! let asking = async {
//!     let socket = TcpStream::connect(address).await?;
//!     socket.set_nodelay(true)?;
//!     let endpoint = Client::new(&connects, "server.example".try_into()?, now, ())?;
//!     let mut stream = AttestedStream::establish(endpoint, socket, &desk, &limits).await?;
//!     assert_eq!(stream.peer().appraised().result().software, "program");
//!     stream.write_all(b"a secret for the program").await?;
//!     stream.shutdown().await?;
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! };
//! let (question, asked) = tokio::join!(serving, asking);
//! asked?;
//! assert_eq!(question?, "a secret for the program");
//! # Ok(())
//! # }
//! ```
//!
//! Attesting again is cancel safe: a dropped future leaves a request out, and
//! neither repeats nor loses an octet.
//!
//! Set `TCP_NODELAY` on a socket before it is handed over: requests and
//! authenticators are small messages that wait for each other, and Nagle's algorithm
//! with delayed acknowledgements holds one of them back for some 40 ms.
//!
//! # Memory
//!
//! What one connection can make this end hold, whatever the peer sends:
//!
//! | What | At most |
//! |---|---|
//! | handshake messages and one record, in rustls | 64 KiB + 18 KiB |
//! | one unfinished frame | 300 KiB + 16 KiB |
//! | contexts used, of both sides | 4096 of 255 octets |
//! | our request | 16 KiB |
//! | what is queued for the peer | [`Limits::unsent`], and one authenticator |
//! | data not yet read, while Evidence is awaited | [`Limits::unread`], and one read |
//! | QUIC streams before attestation | the one of the exchange |
//!
//! So below 2.5 MiB with the default limits, and some 60 KiB for a peer that
//! keeps to the protocol. Whoever accepts connections bounds how many there are.
//!
//! - [`blocking`]: a deadline over anything that reads and writes
//! - [`desk`]: who may ask the attesting environment, how many at once, how often
//! - [`error`]: the transport failed, or the protocol on it
//! - [`quic`]: the exchange on a stream of its own
//! - [`mod@stream`]: over tokio

pub mod blocking;
pub mod desk;
pub mod error;
pub mod limits;
pub mod quic;
pub mod stream;

pub use desk::{Desk, Pace};
pub use error::Error;
pub use limits::Limits;
