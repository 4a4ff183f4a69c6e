//! What attestation costs: `cargo bench -p transport`.
//!
//! - a handshake with attestation after it, against plain rustls and against the
//!   cryptography neither can do without, in the same run;
//! - an authenticator, made and verified;
//! - sessions per second, 1 to 1,000 at a time, over TCP;
//! - an echo on one connection while Evidence of 40 ms each is made for others.
//!
//! Medians over many runs; arguments that are numbers set how many (default
//! 200). Times are of this machine and this build, nothing more.

#![allow(clippy::print_stdout)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attested::pair;
use authenticator::{
    Context, Credential, ExportError, Exporter, Extension, ExtensionType, Extensions, Label, Role,
    Secret, ServerChain, Session, SuiteHash,
};
use common::{World, desk, limits, name, now};
use rats::{AttestError, Attester, Challenge, Evidence, Expected, Hash, KeyHash, Policy};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use transport::stream::AttestedStream;

fn main() {
    let runs = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200);
    let world = World::new();
    handshakes(&world, runs);
    authenticators(&world, runs);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(sessions(world, runs));
    runtime.block_on(slow_evidence(World::new()));
}

/// The median time of one run, in microseconds.
fn median(runs: usize, mut run: impl FnMut()) -> f64 {
    run(); // warm
    let mut times: Vec<_> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn show(what: &str, micros: f64) {
    println!("{what:<58} {micros:>9.0} us");
}

fn handshakes(world: &World, runs: usize) {
    let (client_config, server_config) = plain(world);
    let tls = median(runs, || {
        let mut client = ClientConnection::new(Arc::clone(&client_config), name()).expect("TLS");
        let mut server = ServerConnection::new(Arc::clone(&server_config)).expect("TLS");
        shake(&mut client, &mut server);
    });
    let (at_client, at_server) = (world.client_settings(), world.server_settings());
    let attested = median(runs, || {
        let client = attested::post::Client::new(&at_client, name(), now(), ());
        let server = attested::post::Server::new(&at_server, now(), ());
        let (mut client, mut server) = (client.expect("fits"), server.expect("fits"));
        let (at_client, at_server) = pair::run(&mut client, &mut server);
        at_client.expect("attested");
        at_server.expect("accepted");
    });

    // What attestation adds and cannot do without.
    let key = &world.server.key;
    let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
    let message = [7; 130];
    let sign = || {
        let signer = key.choose_scheme(&[scheme]).expect("a P-256 key");
        signer.sign(&message).expect("signed")
    };
    let signature = sign();
    let signing = median(runs, || drop(black_box(sign())));
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let algorithm = algorithms
        .mapping
        .iter()
        .find(|(known, _)| *known == scheme)
        .expect("P-256")
        .1[0];
    let spki = key.public_key().expect("a public half").to_vec();
    let point = &spki[spki.len() - 65..];
    let verifying = median(runs, || {
        let verified = algorithm.verify_signature(point, &message, &signature);
        verified.expect("the signature just made");
    });
    let verifier = server_verifier(world);
    let chain = median(runs, || {
        let verified =
            verifier.verify_server_cert(&world.server.chain[0], &[], &name(), &[], now());
        black_box(verified.expect("a sound chain"));
    });
    let attester = world.workload(1, &world.server);
    let expected = Expected {
        challenge: Challenge::new(vec![7; 32]).expect("32 octets"),
        key_hash: KeyHash::of(Hash::Sha256, &spki),
    };
    let quote = || {
        let evidence = attester.attest(&expected.challenge, Hash::Sha256);
        evidence.expect("an honest attester")
    };
    let attesting = median(runs, || drop(black_box(quote())));
    let evidence = quote();
    let relying_party = world.relying_party();
    let appraising = median(runs, || {
        let policy: &Policy = &relying_party.policy;
        let now = rats::UnixSeconds(now().as_secs());
        let appraised = relying_party
            .verifier
            .appraise(&evidence, &expected, policy, now);
        black_box(appraised.expect("honest Evidence"));
    });
    // Handshake context, Finished key and binder, at both ends.
    let exporting = 6.0 * exporter_call(&client_config, &server_config, runs);
    let added = signing + verifying + chain + attesting + appraising + exporting;
    show("plain rustls, full handshake", tls);
    show("the same with attestation after it", attested);
    show("  authenticator: signature", signing);
    show("  authenticator: its verification", verifying);
    show("  authenticator: the chain's", chain);
    show("  six exporter calls", exporting);
    show("  Evidence made by the software Attester", attesting);
    show("  Evidence appraised", appraising);
    show("plain handshake and that cryptography", tls + added);
    println!(
        "{:<58} {:>9.2}",
        "ratio to that sum (1 is the least possible)",
        attested / (tls + added)
    );
}

/// One value exported from a connection.
fn exporter_call(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, runs: usize) -> f64 {
    let mut client = ClientConnection::new(Arc::clone(client), name()).expect("TLS");
    let mut server = ServerConnection::new(Arc::clone(server)).expect("TLS");
    shake(&mut client, &mut server);
    median(runs, || {
        let exported = client.export_keying_material([0; 32], b"Attestation", Some(&[7; 32]));
        black_box(exported.expect("after the handshake"));
    })
}

fn plain(world: &World) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let mut client =
        ClientConfig::builder_with_details(Arc::clone(&world.provider), Arc::new(Frozen))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(world.roots())
            .with_no_client_auth();
    client.resumption = rustls::client::Resumption::disabled();
    let identity = &world.server;
    let certified = CertifiedKey::new(identity.chain.clone(), Arc::clone(&identity.key));
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&world.provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    server.send_tls13_tickets = 0;
    (Arc::new(client), Arc::new(server))
}

#[derive(Debug)]
struct Frozen;

impl rustls::time_provider::TimeProvider for Frozen {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        Some(now())
    }
}

fn shake(client: &mut ClientConnection, server: &mut ServerConnection) {
    let mut octets = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        octets.clear();
        while client.wants_write() {
            client.write_tls(&mut octets).expect("memory");
        }
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).expect("memory");
            server.process_new_packets().expect("honest");
        }
        octets.clear();
        while server.wants_write() {
            server.write_tls(&mut octets).expect("memory");
        }
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).expect("memory");
            client.process_new_packets().expect("honest");
        }
    }
}

fn server_verifier(world: &World) -> Arc<WebPkiServerVerifier> {
    let provider = Arc::clone(&world.provider);
    WebPkiServerVerifier::builder_with_provider(world.roots(), provider)
        .build()
        .expect("a verifier")
}

fn authenticators(world: &World, runs: usize) {
    let credential = Credential::new(world.server.chain.clone(), Arc::clone(&world.server.key));
    let credential = credential.expect("they fit");
    let context = Context::new(&[7; 32]).expect("32 octets");
    let payload = ExtensionType(0xff00);
    let offer = || {
        let schemes = [SignatureScheme::ECDSA_NISTP256_SHA256];
        let schemes = Extension::signature_algorithms(&schemes).expect("usable");
        Extensions::new(vec![schemes, Extension::empty(payload)]).expect("no duplicates")
    };
    let answer = || {
        let data = vec![0; 600];
        Extensions::new(vec![Extension { typ: payload, data }]).expect("no duplicates")
    };
    let create = || {
        let mut client = Session::new(Role::Client);
        let request = client.request(context.clone(), offer()).expect("a first");
        let mut server = Session::new(Role::Server);
        let request = server.receive_request(request.encoding()).expect("sound");
        let made = server.authenticate(&mut Fixed, request, &credential, answer());
        (client, made.expect("it fits"))
    };
    let creating = median(runs, || drop(black_box(create())));
    let verifier = server_verifier(world);
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let both = median(runs, || {
        let (mut client, octets) = create();
        let chain = ServerChain {
            verifier: &*verifier,
            name: name(),
            now: now(),
        };
        let verified = client.verify(&mut Fixed, &context, &octets, &algorithms, &chain);
        black_box(verified.expect("honest"));
    });
    show(
        "authenticator with 600 octets: request and answer",
        creating,
    );
    show(
        "authenticator: verification, chain included",
        both - creating,
    );
}

struct Fixed;

impl Exporter for Fixed {
    fn hash(&self) -> SuiteHash {
        let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13();
        SuiteHash::new(suite.expect("a suite of TLS 1.3")).expect("SHA-256")
    }

    fn export(&mut self, _: Label, _: &[u8], length: usize) -> Result<Secret, ExportError> {
        Ok(Secret::new(vec![0x11; length]))
    }
}

/// Attested sessions, `at_once` of them under way.
async fn sessions(world: World, runs: usize) {
    let world = Arc::new(world);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let desk = transport::Desk::new(transport::Pace {
                at_once: 2.try_into().expect("not zero"),
                at_desk: 2000.try_into().expect("not zero"),
                spacing: Duration::ZERO,
            });
            let limits = transport::Limits {
                exchange: Duration::from_secs(60),
                ..limits()
            };
            loop {
                let (transport, _) = listener.accept().await.expect("open");
                transport.set_nodelay(true).expect("a socket of TCP");
                let (server, desk) = (world.server(), Arc::clone(&desk));
                tokio::spawn(async move {
                    let stream = AttestedStream::establish(server, transport, &desk, &limits).await;
                    let _ = stream.expect("accepted").read(&mut [0]).await;
                });
            }
        })
    };
    for at_once in [1, 10, 100, 1000] {
        let total = runs.max(at_once);
        let room = Arc::new(Semaphore::new(at_once));
        let begun = Instant::now();
        let mut under_way = tokio::task::JoinSet::new();
        for _ in 0..total {
            let place = Arc::clone(&room).acquire_owned().await.expect("open");
            let world = Arc::clone(&world);
            under_way.spawn(async move {
                let limits = transport::Limits {
                    exchange: Duration::from_secs(60),
                    ..limits()
                };
                let transport = TcpStream::connect(address).await.expect("listening");
                transport.set_nodelay(true).expect("a socket of TCP");
                let client = world.client();
                let stream = AttestedStream::establish(client, transport, &desk(), &limits).await;
                stream.expect("attested").shutdown().await.expect("open");
                drop(place);
            });
        }
        while let Some(done) = under_way.join_next().await {
            done.expect("no panic");
        }
        let rate = total as f64 / begun.elapsed().as_secs_f64();
        let what = format!("attested sessions over TCP, {at_once} at a time");
        println!("{what:<58} {rate:>9.0} /s");
    }
    serving.abort();
}

/// Signs one challenge after the other, 40 ms each.
struct Slow(Mutex<()>, Arc<dyn Attester>);

impl Attester for Slow {
    fn attest(&self, challenge: &Challenge, hash: Hash) -> Result<Evidence, AttestError> {
        let _one_at_a_time = self.0.lock();
        std::thread::sleep(Duration::from_millis(40));
        self.1.attest(challenge, hash)
    }
}

async fn slow_evidence(world: World) {
    let attester = world.workload(1, &world.server);
    let slow: Arc<dyn Attester> = Arc::new(Slow(Mutex::new(()), attester));
    let (desk, limits) = (desk(), limits());
    let (near, far) = common::sockets().await;
    let (client, server) = tokio::join!(
        AttestedStream::establish(world.client(), near, &desk, &limits),
        AttestedStream::establish(world.server(), far, &desk, &limits),
    );
    let (mut client, mut server) = (client.expect("attested"), server.expect("accepted"));
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (near, far) = common::sockets().await;
        let (at_client, at_server) = (world.client(), world.server_with(Arc::clone(&slow)));
        let desk = Arc::clone(&desk);
        under_way.spawn(async move {
            let (client, server) = tokio::join!(
                AttestedStream::establish(at_client, near, &desk, &limits),
                AttestedStream::establish(at_server, far, &desk, &limits),
            );
            client.is_ok() && server.is_ok()
        });
    }
    let mut worst = Duration::ZERO;
    let begun = Instant::now();
    let mut octet = [0];
    while begun.elapsed() < Duration::from_millis(600) {
        let sent = Instant::now();
        client.write_all(b"x").await.expect("open");
        server.read_exact(&mut octet).await.expect("sent");
        server.write_all(b"y").await.expect("open");
        client.read_exact(&mut octet).await.expect("sent");
        worst = worst.max(sent.elapsed());
    }
    let mut attested = 0;
    while let Some(done) = under_way.join_next().await {
        attested += usize::from(done.expect("no panic"));
    }
    let what = format!("slowest echo while {attested} connections wait for Evidence");
    show(&what, worst.as_secs_f64() * 1e6);
}
