//! `seatproof proxy`: plain programs talk over an attested channel.
//!
//! ```text
//! program --TCP--> proxy client ==attested channel==> proxy server --TCP--> program
//! ```
//!
//! One plain connection, one attested channel: the client's proxy accepts plain
//! connections and takes no octet of one before the server is attested. Who
//! reaches a proxy's plain side speaks for its program, so that side listens on,
//! and connects to, the machine itself unless told otherwise.

use crate::exit::Exit;
use crate::laboratory::guest::{Guest, Refused};
use crate::laboratory::network::{self, Failure, Handler, Host, Terms};
use crate::laboratory::shown::plain;
use crate::laboratory::{Behaviour, folder};
use crate::policy;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Plain connections at once; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// Carries plain connections over attested channels.
#[derive(Debug, clap::Args)]
pub(crate) struct Proxy {
    #[command(subcommand)]
    end: End,
}

#[derive(Debug, clap::Subcommand)]
enum End {
    /// Takes plain connections, attests the server for each.
    Client(Arguments),
    /// Attests, then connects to the plain program.
    Server(Arguments),
}

#[derive(Debug, clap::Args)]
struct Arguments {
    /// The laboratory's folder.
    #[arg(long)]
    laboratory: PathBuf,
    /// Where to listen: for plain programs as client, for attested channels as
    /// server.
    #[arg(long)]
    listen: String,
    /// Where to connect to: the other proxy as client, the plain program as
    /// server.
    #[arg(long)]
    to: String,
    /// A policy for the other proxy, TOML, instead of the laboratory's; as server
    /// with `--mutual` only.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// End after this many connections.
    #[arg(long)]
    connections: Option<u64>,
    #[command(flatten)]
    terms: Terms,
}

/// Runs `proxy`.
pub(crate) fn proxy(arguments: &Proxy) -> Result<Exit, Box<dyn std::error::Error>> {
    network::run(async {
        match &arguments.end {
            End::Client(arguments) => {
                let laboratory = folder::read(&arguments.laboratory)?;
                let mut guest = Guest::new(&laboratory, arguments.terms, None)?;
                if let Some(path) = &arguments.policy {
                    guest.rely_on(&policy::load(path)?);
                }
                client(Arc::new(guest), arguments).await?;
            }
            End::Server(arguments) => {
                let laboratory = folder::read(&arguments.laboratory)?;
                if arguments.policy.is_some() && !arguments.terms.mutual {
                    return Err("--policy is for clients that attest: say --mutual".into());
                }
                let mut host = Host::new(&laboratory, arguments.terms, Behaviour::Honest)?;
                if let Some(path) = &arguments.policy {
                    host.rely_on(&policy::load(path)?);
                }
                let handler = forward_to(&arguments.to);
                let bound = |address| println!("proxy server on {address}");
                let (listen, connections) = (&arguments.listen, arguments.connections);
                let serving = Arc::new(host).serve(listen, connections, bound, handler);
                serving.await?;
            }
        }
        Ok(Exit::AsLabelled)
    })
}

/// Each attested stream to a plain connection of its own.
fn forward_to(plain: &str) -> Handler {
    let plain: Arc<str> = plain.into();
    Arc::new(move |mut stream| {
        let plain = Arc::clone(&plain);
        Box::pin(async move {
            let reached = TcpStream::connect(&*plain).await;
            let mut program = reached.map_err(|error| format!("cannot reach {plain}: {error}"))?;
            program.set_nodelay(true)?;
            let (there, back) = copy_bidirectional(&mut stream, &mut program).await?;
            Ok(format!("carried {there} octets there and {back} back"))
        })
    })
}

async fn client(guest: Arc<Guest>, arguments: &Arguments) -> Result<(), Failure> {
    let listen = &arguments.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    println!("proxy client on {}", listener.local_addr()?);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = tokio::task::JoinSet::new();
    for _ in 0..arguments.connections.unwrap_or(u64::MAX) {
        let place = Arc::clone(&room).acquire_owned().await?;
        let program = network::accepted(&listener).await;
        let (guest, to) = (Arc::clone(&guest), arguments.to.clone());
        open.spawn(async move {
            match carry(&guest, program, &to).await {
                Ok(text) => println!("{}", plain(text)),
                Err(error) => println!("connection ended: {}", plain(error)),
            }
            drop(place);
        });
        while open.try_join_next().is_some() {}
    }
    while open.join_next().await.is_some() {}
    Ok(())
}

async fn carry(guest: &Guest, mut program: TcpStream, to: &str) -> Result<String, Failure> {
    program.set_nodelay(true)?;
    let mut attested = match guest.connect(to, 1).await {
        Ok(attested) => attested,
        Err(Refused::Attestation(error)) => return Err(format!("refused: {error}").into()),
        Err(Refused::Other(error)) => return Err(error),
    };
    let software = attested.software.clone();
    let carried = copy_bidirectional(&mut program, &mut attested.stream).await;
    attested.close().await;
    let (there, back) = carried?;
    Ok(format!(
        "{software}: carried {there} octets there and {back} back"
    ))
}
