//! Lines over TCP: the attacker between sockets.
//!
//! ```text
//!  endpoint ── far socket ══ loopback ══ near socket ── attacker
//! ```
//!
//! Every endpoint has a connection of its own to the attacker's address. What
//! is written at one end is read at the other before anything else happens, so
//! a run is the same over TCP as in memory, but for the octets having crossed
//! the network in pieces.

use attack::Network;
use attack::player::Player;
use attack::target::SetupError;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Octets in a piece; less than any socket holds, so that no write waits for a
/// read that comes after it.
const PIECE: usize = 1024;
/// How long a piece may take over the loopback.
const PATIENCE: Duration = Duration::from_secs(10);

/// The attacker's address.
#[derive(Debug)]
pub(super) struct Tcp {
    listener: TcpListener,
    address: SocketAddr,
    /// Connections made.
    pub(super) lines: usize,
}

impl Tcp {
    /// Listens on a free port of the loopback.
    pub(super) fn listen() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            lines: 0,
        })
    }

    fn connect(&self) -> std::io::Result<(TcpStream, TcpStream)> {
        let far = TcpStream::connect(self.address)?;
        let own = far.local_addr()?;
        // Somebody else may have found the port; only the endpoint is let in.
        let near = loop {
            let (stream, peer) = self.listener.accept()?;
            if peer == own {
                break stream;
            }
        };
        for end in [&far, &near] {
            end.set_nodelay(true)?;
            end.set_read_timeout(Some(PATIENCE))?;
        }
        Ok((near, far))
    }
}

impl Network for Tcp {
    fn join(&mut self, player: Box<dyn Player>) -> Result<Box<dyn Player>, SetupError> {
        let (near, far) = self
            .connect()
            .map_err(|e| SetupError::Line(format!("{}: {e}", self.address)))?;
        self.lines += 1;
        Ok(Box::new(Line { player, near, far }))
    }
}

/// An endpoint at the far end of a connection.
struct Line {
    player: Box<dyn Player>,
    near: TcpStream,
    far: TcpStream,
}

/// One piece from one end to the other.
fn carry(from: &mut TcpStream, to: &mut TcpStream, piece: &[u8]) -> std::io::Result<Vec<u8>> {
    from.write_all(piece)?;
    let mut arrived = vec![0; piece.len()];
    to.read_exact(&mut arrived)?;
    Ok(arrived)
}

impl Player for Line {
    fn receive(&mut self, octets: &[u8]) -> Result<(), attested::Error> {
        for piece in octets.chunks(PIECE) {
            let arrived = carry(&mut self.near, &mut self.far, piece);
            let arrived = arrived.map_err(|_| attested::Error::Truncated)?;
            self.player.receive(&arrived)?;
        }
        Ok(())
    }

    fn transmit(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        for piece in self.player.transmit().chunks(PIECE) {
            match carry(&mut self.far, &mut self.near, piece) {
                Ok(arrived) => all.extend(arrived),
                Err(_) => break, // what is missing fails the run
            }
        }
        all
    }

    fn is_ready(&self) -> bool {
        self.player.is_ready()
    }

    fn write(&mut self, data: &[u8]) -> Result<(), attested::Error> {
        self.player.write(data)
    }

    fn read(&mut self) -> Vec<u8> {
        self.player.read()
    }
}
