//! `seatproof laboratory`, `serve`, `connect`: the protocol between two
//! terminals, under the software Attester's root of trust.

use crate::exit::Exit;
use crate::laboratory::follow::Following;
use crate::laboratory::guest::{Guest, Refused};
use crate::laboratory::network::{self, Handler, Host, Terms};
use crate::laboratory::shown::plain;
use crate::laboratory::{Behaviour, Laboratory, folder};
use crate::policy;
use authenticator::Role;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Octets of a client's message that are echoed, at most.
const MESSAGE: u64 = 1 << 20;

/// Makes a folder that `serve` and `connect` share.
#[derive(Debug, clap::Args)]
pub(crate) struct Make {
    /// Where to put certificates, keys and seed.
    folder: PathBuf,
    /// DNS name of the server.
    #[arg(long, default_value = "server.example")]
    name: String,
}

/// Serves attested connections, echoing what clients send.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// The laboratory's folder.
    #[arg(long)]
    laboratory: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4433")]
    listen: String,
    /// How the Attester behaves.
    #[arg(long, value_enum, default_value = "honest")]
    attester: Behaviour,
    /// End after this many connections.
    #[arg(long)]
    connections: Option<u64>,
    /// A policy for clients that attest (`--mutual`), TOML, instead of the
    /// laboratory's.
    #[arg(long)]
    policy: Option<PathBuf>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    following: Following,
}

/// Connects, attests the server, and only then sends a message.
#[derive(Debug, clap::Args)]
pub(crate) struct Connect {
    /// The laboratory's folder.
    #[arg(long)]
    laboratory: PathBuf,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:4433")]
    to: String,
    /// The name the server must prove, if not the laboratory's.
    #[arg(long)]
    name: Option<String>,
    /// A policy for the server, TOML, instead of the laboratory's.
    #[arg(long)]
    policy: Option<PathBuf>,
    /// What to send once the server is attested.
    #[arg(long, default_value = "a secret for the attested workload")]
    message: String,
    /// How often the server attests on the connection; more than once needs
    /// placement `post`.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    following: Following,
}

type Outcome = Result<Exit, Box<dyn std::error::Error>>;

/// Runs `laboratory`.
pub(crate) fn make(arguments: &Make) -> Outcome {
    folder::write(&Laboratory::generate(&arguments.name)?, &arguments.folder)?;
    println!(
        "laboratory for {} in {}",
        arguments.name,
        arguments.folder.display()
    );
    Ok(Exit::AsLabelled)
}

/// Runs `serve`.
pub(crate) fn serve(arguments: &Serve) -> Outcome {
    if arguments.policy.is_some() && !arguments.terms.mutual {
        return Err("--policy is for clients that attest: say --mutual".into());
    }
    let laboratory = folder::read(&arguments.laboratory)?;
    let handler: Handler = Arc::new(|mut stream| {
        Box::pin(async move {
            let mut received = Vec::new();
            let mut limited = (&mut stream).take(MESSAGE);
            limited.read_to_end(&mut received).await?;
            stream.write_all(&received).await?;
            stream.shutdown().await?;
            Ok(format!("echoed {} octets", received.len()))
        })
    });
    let bound = |address| println!("serving {} on {address}", laboratory.name);
    let listen = &arguments.listen;
    network::run(async {
        let mut host = Host::new(&laboratory, arguments.terms, arguments.attester)?;
        if let Some(path) = &arguments.policy {
            host.rely_on(&policy::load(path)?);
        }
        let follower = arguments
            .following
            .follower(&laboratory, arguments.terms, Role::Server)?;
        host.follow(follower);
        Arc::new(host)
            .serve(listen, arguments.connections, bound, handler)
            .await?;
        Ok(Exit::AsLabelled)
    })
}

/// Runs `connect`.
pub(crate) fn connect(arguments: &Connect) -> Outcome {
    let laboratory = folder::read(&arguments.laboratory)?;
    let name = arguments.name.as_deref().unwrap_or(&laboratory.name);
    network::run(async {
        let mut guest = Guest::new(&laboratory, arguments.terms, arguments.name.as_deref())?;
        if let Some(path) = &arguments.policy {
            guest.rely_on(&policy::load(path)?);
        }
        let follower = arguments
            .following
            .follower(&laboratory, arguments.terms, Role::Client)?;
        guest.follow(follower);
        let mut attested = match guest.connect(&arguments.to, arguments.repeat).await {
            Ok(attested) => attested,
            Err(Refused::Attestation(error)) => {
                println!("refused: {}", plain(error));
                return Ok(Exit::Contradicted);
            }
            Err(Refused::Other(error)) => return Err(error),
        };
        let times = match arguments.repeat {
            1 => String::new(),
            times => format!(", attested {times} times"),
        };
        println!("attested: {name} runs {}{times}", plain(&attested.software));
        let stream = &mut attested.stream;
        stream.write_all(arguments.message.as_bytes()).await?;
        stream.shutdown().await?;
        let mut echoed = String::new();
        stream.read_to_string(&mut echoed).await?;
        println!("answer: {echoed}");
        attested.close().await;
        Ok(Exit::AsLabelled)
    })
}
