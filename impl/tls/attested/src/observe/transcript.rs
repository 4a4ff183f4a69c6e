//! From hash updates to handshake messages.
//!
//! A TLS 1.3 endpoint feeds its transcript hash exactly the handshake messages
//! of the connection, each once, in protocol order (RFC 8446 §4.4.1). The tap
//! sees those updates. Three things need care:
//! - a client knows the hash only from ServerHello on, so its ClientHello
//!   reaches the hash late. It left in the clear before that, so it is recorded
//!   from the wire, and its later hashing is recognised by its octets;
//! - after a HelloRetryRequest the transcript restarts with a synthetic
//!   `message_hash`, which was never sent and is not recorded;
//! - direction is not in the octets: it follows from type, role and whether
//!   the server's Finished was seen.

use std::collections::VecDeque;

use authenticator::Role;
use event::kind::{Direction, Protection};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const FINISHED: u8 = 20;
const MESSAGE_HASH: u8 = 254;

const RECORD_CHANGE_CIPHER_SPEC: u8 = 20;
const RECORD_HANDSHAKE: u8 = 22;

/// A handshake message with what the octets do not say.
pub(super) type Message = (Direction, Protection, Vec<u8>);

#[derive(Debug)]
pub(super) struct Transcript {
    role: Role,
    /// Hashed octets that are not yet a whole message.
    hashed: Vec<u8>,
    /// Octets of the wire that are not yet a whole record, and of plaintext
    /// handshake records that are not yet a whole message.
    wire: Vec<u8>,
    plaintext: Vec<u8>,
    /// Whether the wire still carries plaintext handshake messages.
    wire_is_plain: bool,
    /// ClientHellos recorded from the wire and not yet hashed.
    awaited: VecDeque<Vec<u8>>,
    server_finished: bool,
}

impl Transcript {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            hashed: Vec::new(),
            wire: Vec::new(),
            plaintext: Vec::new(),
            wire_is_plain: role == Role::Client,
            awaited: VecDeque::new(),
            server_finished: false,
        }
    }

    /// Whether a hash that begins with `octets` is a transcript hash.
    pub(super) fn begins_with(octets: &[u8]) -> bool {
        matches!(octets.first(), Some(&(CLIENT_HELLO | MESSAGE_HASH)))
    }

    /// The transcript hash takes in `octets`; returns the messages that are
    /// new with them.
    pub(super) fn hashing(&mut self, octets: &[u8]) -> Vec<Message> {
        self.hashed.extend_from_slice(octets);
        let (messages, rest) = split(&self.hashed);
        let messages: Vec<_> = messages.into_iter().map(<[u8]>::to_vec).collect();
        self.hashed = rest.to_vec();
        messages
            .into_iter()
            .filter_map(|message| self.place(message))
            .collect()
    }

    /// A client's TLS octets leave; returns the ClientHellos among them.
    pub(super) fn transmitting(&mut self, octets: &[u8]) -> Vec<Message> {
        if !self.wire_is_plain {
            return Vec::new();
        }
        self.wire.extend_from_slice(octets);
        // TLSPlaintext: type, legacy version, length, fragment (RFC 8446 §5.1)
        while let [typ, _, _, high, low, rest @ ..] = self.wire.as_slice() {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some(fragment) = rest.get(..length) else {
                break;
            };
            match *typ {
                RECORD_HANDSHAKE => self.plaintext.extend_from_slice(fragment),
                RECORD_CHANGE_CIPHER_SPEC => {} // only there for middleboxes
                _ => self.wire_is_plain = false,
            }
            self.wire.drain(..5 + length);
        }
        let (messages, rest) = split(&self.plaintext);
        let hellos: Vec<_> = messages
            .into_iter()
            .filter(|message| message.first() == Some(&CLIENT_HELLO))
            .map(<[u8]>::to_vec)
            .collect();
        self.plaintext = rest.to_vec();
        self.awaited.extend(hellos.iter().cloned());
        hellos
            .into_iter()
            .map(|hello| (Direction::Out, Protection::None, hello))
            .collect()
    }

    /// Direction and protection of a hashed message; `None` if it is already
    /// recorded or was never sent.
    fn place(&mut self, message: Vec<u8>) -> Option<Message> {
        let typ = *message.first()?;
        match typ {
            MESSAGE_HASH => return None,
            CLIENT_HELLO if self.awaited.front() == Some(&message) => {
                self.awaited.pop_front();
                return None;
            }
            _ => {}
        }
        let from_client = typ == CLIENT_HELLO || self.server_finished;
        self.server_finished |= typ == FINISHED;
        let direction = if from_client == (self.role == Role::Client) {
            Direction::Out
        } else {
            Direction::In
        };
        let protection = match typ {
            CLIENT_HELLO | SERVER_HELLO => Protection::None,
            _ => Protection::Handshake,
        };
        Some((direction, protection, message))
    }
}

/// Whole handshake messages at the front of `octets`, headers included, and
/// what is left.
pub(super) fn split(mut octets: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut messages = Vec::new();
    while let [_, a, b, c, ..] = octets {
        let length = 4 + (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c));
        let Some((message, rest)) = octets.split_at_checked(length) else {
            break;
        };
        messages.push(message);
        octets = rest;
    }
    (messages, octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(typ: u8) -> Vec<u8> {
        vec![typ, 0, 0, 1, typ]
    }

    fn types(messages: &[Message]) -> Vec<(Direction, u8)> {
        messages.iter().map(|(d, _, m)| (*d, m[0])).collect()
    }

    #[test]
    fn a_client_hello_is_recorded_once_and_first() {
        let mut transcript = Transcript::new(Role::Client);
        let hello = message(1);
        let record = [&[22, 3, 1, 0, 5], hello.as_slice()].concat();
        assert!(transcript.transmitting(&record[..7]).is_empty());
        let sent = transcript.transmitting(&record[7..]);
        assert_eq!(types(&sent), [(Direction::Out, 1)]);
        let hashed = transcript.hashing(&[hello, message(2)].concat());
        assert_eq!(types(&hashed), [(Direction::In, 2)]);
    }

    #[test]
    fn direction_turns_with_the_servers_finished() {
        for (role, from_server, from_client) in [
            (Role::Client, Direction::In, Direction::Out),
            (Role::Server, Direction::Out, Direction::In),
        ] {
            let mut transcript = Transcript::new(role);
            let all: Vec<u8> = [1, 2, 8, 11, 15, 20, 20].map(message).concat();
            assert_eq!(
                types(&transcript.hashing(&all)),
                [
                    (from_client, 1),
                    (from_server, 2),
                    (from_server, 8),
                    (from_server, 11),
                    (from_server, 15),
                    (from_server, 20),
                    (from_client, 20),
                ]
            );
        }
    }

    #[test]
    fn a_hello_retry_request_shows_as_two_hellos_each() {
        let mut transcript = Transcript::new(Role::Server);
        let mut seen = transcript.hashing(&message(1));
        seen.extend(transcript.hashing(&[message(254), message(2)].concat()));
        seen.extend(transcript.hashing(&message(1)));
        seen.extend(transcript.hashing(&message(2)));
        assert_eq!(
            types(&seen),
            [
                (Direction::In, 1),
                (Direction::Out, 2),
                (Direction::In, 1),
                (Direction::Out, 2)
            ]
        );
    }

    #[test]
    fn messages_arrive_in_pieces() {
        let mut transcript = Transcript::new(Role::Server);
        let all = [message(1), message(2)].concat();
        let mut seen = Vec::new();
        for byte in &all {
            seen.extend(transcript.hashing(&[*byte]));
        }
        assert_eq!(types(&seen), [(Direction::In, 1), (Direction::Out, 2)]);
    }
}
