//! `seatproof laboratory`, `serve`, `connect`: the protocol between two
//! terminals, under the software Attester's root of trust.

use crate::exit::Exit;
use crate::laboratory::session::{self, PATIENCE};
use crate::laboratory::{Behaviour, Laboratory, folder};
use attested::post::{AttestedStream, Client, Server};
use rustls::crypto::ring;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

/// Makes a folder that `serve` and `connect` share.
#[derive(Debug, clap::Args)]
pub(crate) struct Make {
    /// Where to put certificates, key and seed.
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
    /// What to send once the server is attested.
    #[arg(long, default_value = "a secret for the attested workload")]
    message: String,
}

type Failure = Box<dyn std::error::Error>;

/// Runs `laboratory`.
pub(crate) fn make(arguments: &Make) -> Result<Exit, Failure> {
    folder::write(&Laboratory::generate(&arguments.name)?, &arguments.folder)?;
    println!(
        "laboratory for {} in {}",
        arguments.name,
        arguments.folder.display()
    );
    Ok(Exit::AsLabelled)
}

/// Runs `serve`.
pub(crate) fn serve(arguments: &Serve) -> Result<Exit, Failure> {
    let laboratory = folder::read(&arguments.laboratory)?;
    let provider = Arc::new(ring::default_provider());
    let settings = laboratory.server(provider, arguments.attester)?;
    let listener = TcpListener::bind(&arguments.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", arguments.listen))?;
    println!("serving {} on {}", laboratory.name, listener.local_addr()?);
    for (served, transport) in (1..).zip(listener.incoming()) {
        let settings = settings.clone();
        let serving = std::thread::spawn(move || match answer(&settings, transport) {
            Ok(octets) => println!("client accepted the Evidence; echoed {octets} octets"),
            Err(error) => println!("connection ended: {error}"),
        });
        if arguments.connections.is_some_and(|most| served >= most) {
            serving
                .join()
                .map_err(|_| "a connection's thread ended early")?;
            break;
        }
    }
    Ok(Exit::AsLabelled)
}

/// Runs `connect`.
pub(crate) fn connect(arguments: &Connect) -> Result<Exit, Failure> {
    let laboratory = folder::read(&arguments.laboratory)?;
    let settings = laboratory.client(Arc::new(ring::default_provider()))?;
    let name = arguments.name.as_deref().unwrap_or(&laboratory.name);
    let client = Client::new(&settings, session::server_name(name)?, session::now()?, ())?;
    let transport = TcpStream::connect(&arguments.to)
        .map_err(|e| format!("cannot reach {}: {e}", arguments.to))?;
    session::limit(&transport)?;
    let mut stream = match AttestedStream::connect(client, transport) {
        Ok(stream) => stream,
        Err(error) => {
            println!("refused: {error}");
            return Ok(Exit::Contradicted);
        }
    };
    let peer = stream.peer();
    println!(
        "attested: {name} runs {}",
        peer.appraised().result().software
    );
    stream.write_all(arguments.message.as_bytes())?;
    stream.close()?;
    let mut echoed = String::new();
    stream.read_to_string(&mut echoed)?;
    println!("answer: {echoed}");
    Ok(Exit::AsLabelled)
}

fn answer(
    settings: &attested::post::ServerSettings,
    transport: std::io::Result<TcpStream>,
) -> Result<usize, Failure> {
    let transport = transport?;
    transport.set_read_timeout(Some(PATIENCE))?;
    let server = Server::new(settings, session::now()?, ())?;
    let mut stream = AttestedStream::accept(server, transport)?;
    let mut received = Vec::new();
    Read::take(&mut stream, 1 << 20).read_to_end(&mut received)?;
    stream.write_all(&received)?;
    stream.close()?;
    Ok(received.len())
}
