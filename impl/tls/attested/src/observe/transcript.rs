//! From hash updates to handshake messages.
//!
//! A TLS 1.3 endpoint feeds its transcript hash exactly the handshake messages
//! of the connection, each once, in protocol order (RFC 8446 §4.4.1). The tap
//! sees those updates. Three things need care:
//! - what an endpoint receives reaches the hash late, or never if it is
//!   refused, and a client's own hello late, since the hash is known only from
//!   ServerHello on. Hellos are recorded from the wire, where they are in the
//!   clear, and other messages received as their protection comes off; their
//!   later hashing is recognised by their octets;
//! - after a HelloRetryRequest the transcript restarts with a synthetic
//!   `message_hash`, which was never sent and is not recorded;
//! - direction is not in the octets: it follows from type, role and whether
//!   the server's Finished was seen. A ticket, which a server hashes behind the
//!   client's Finished, is its own all the same.

use std::collections::VecDeque;

use authenticator::Role;
use event::kind::{Direction, Protection};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;
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
    received: Wire,
    sent: Wire,
    /// Messages recorded already and not yet hashed, in order.
    awaited: VecDeque<Vec<u8>>,
    /// Opened octets that are not yet a whole message.
    opening: Vec<u8>,
    /// Octets sent in CRYPTO frames that are not yet a whole message.
    framing: Vec<u8>,
    server_finished: bool,
}

impl Transcript {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            hashed: Vec::new(),
            received: Wire::default(),
            sent: Wire::default(),
            awaited: VecDeque::new(),
            opening: Vec::new(),
            framing: Vec::new(),
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

    /// A protected record of handshake messages came open; returns those that
    /// are whole with it.
    pub(super) fn opened(&mut self, octets: &[u8]) -> Vec<Message> {
        self.opening.extend_from_slice(octets);
        let (messages, rest) = split(&self.opening);
        let messages: Vec<_> = messages.into_iter().map(<[u8]>::to_vec).collect();
        self.opening = rest.to_vec();
        self.awaited.extend(messages.iter().cloned());
        messages
            .into_iter()
            .map(|message| (Direction::In, Protection::Handshake, message))
            .collect()
    }

    /// TLS octets cross the wire; returns the hellos among them, but for a
    /// server's own, which it hashes in time.
    pub(super) fn crossing(&mut self, direction: Direction, octets: &[u8]) -> Vec<Message> {
        let wire = match (self.role, direction) {
            (Role::Server, Direction::Out) => return Vec::new(),
            (_, Direction::In) => &mut self.received,
            (Role::Client, Direction::Out) => &mut self.sent,
        };
        let hellos = wire.messages(octets);
        self.awaited.extend(hellos.iter().cloned());
        hellos
            .into_iter()
            .map(|message| (direction, Protection::None, message))
            .collect()
    }

    /// CRYPTO frames carry `octets`; returns the messages received that are whole
    /// with them, and a client's own hellos. What else is sent is hashed in time.
    pub(super) fn framed(&mut self, direction: Direction, octets: &[u8]) -> Vec<Message> {
        let buffer = match direction {
            Direction::In => &mut self.opening,
            Direction::Out => &mut self.framing,
        };
        buffer.extend_from_slice(octets);
        let (messages, rest) = split(buffer);
        let messages: Vec<_> = messages.into_iter().map(<[u8]>::to_vec).collect();
        *buffer = rest.to_vec();
        let mut seen = Vec::new();
        for message in messages {
            let protection = match message.first() {
                Some(&(CLIENT_HELLO | SERVER_HELLO)) => Protection::None,
                _ => Protection::Handshake,
            };
            let is_hashed_late = self.role == Role::Client && protection == Protection::None;
            if direction == Direction::In || is_hashed_late {
                self.awaited.push_back(message.clone());
                seen.push((direction, protection, message));
            }
        }
        seen
    }

    /// Direction and protection of a hashed message; `None` if it is already
    /// recorded or was never sent.
    fn place(&mut self, message: Vec<u8>) -> Option<Message> {
        let typ = *message.first()?;
        if typ == MESSAGE_HASH {
            return None;
        }
        let from_client = match typ {
            CLIENT_HELLO => true,
            // Hashed behind the client's Finished by the server that makes it,
            // and by nobody else.
            NEW_SESSION_TICKET => false,
            _ => self.server_finished,
        };
        self.server_finished |= typ == FINISHED;
        if self.awaited.front() == Some(&message) {
            self.awaited.pop_front();
            return None;
        }
        let direction = if from_client == (self.role == Role::Client) {
            Direction::Out
        } else {
            Direction::In
        };
        let protection = match typ {
            CLIENT_HELLO | SERVER_HELLO => Protection::None,
            NEW_SESSION_TICKET => Protection::Application,
            _ => Protection::Handshake,
        };
        Some((direction, protection, message))
    }
}

/// One direction of the wire, read for as long as it carries plaintext.
#[derive(Debug, Default)]
struct Wire {
    /// Not yet a whole record.
    octets: Vec<u8>,
    /// Fragments of handshake records, not yet a whole message.
    plaintext: Vec<u8>,
    is_protected: bool,
}

impl Wire {
    /// The plaintext handshake messages that are whole with `octets`.
    fn messages(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        if self.is_protected {
            return Vec::new();
        }
        self.octets.extend_from_slice(octets);
        // TLSPlaintext: type, legacy version, length, fragment (RFC 8446 §5.1)
        while let [typ, _, _, high, low, rest @ ..] = self.octets.as_slice() {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some(fragment) = rest.get(..length) else {
                break;
            };
            match *typ {
                RECORD_HANDSHAKE => self.plaintext.extend_from_slice(fragment),
                RECORD_CHANGE_CIPHER_SPEC => {} // only there for middleboxes
                _ => {
                    self.is_protected = true;
                    self.octets.clear();
                    break;
                }
            }
            self.octets.drain(..5 + length);
        }
        let (messages, rest) = split(&self.plaintext);
        let messages = messages.into_iter().map(<[u8]>::to_vec).collect();
        self.plaintext = rest.to_vec();
        messages
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
    fn a_clients_hellos_are_recorded_once_and_in_time() {
        let mut transcript = Transcript::new(Role::Client);
        let record = |typ| [&[22, 3, 1, 0, 5], message(typ).as_slice()].concat();
        let sent = record(1);
        let none = transcript.crossing(Direction::Out, &sent[..7]);
        assert!(none.is_empty());
        let seen = transcript.crossing(Direction::Out, &sent[7..]);
        assert_eq!(types(&seen), [(Direction::Out, 1)]);
        let seen = transcript.crossing(Direction::In, &record(2));
        assert_eq!(types(&seen), [(Direction::In, 2)]);
        let hashed = transcript.hashing(&[1, 2, 8].map(message).concat());
        assert_eq!(types(&hashed), [(Direction::In, 8)]);
    }

    #[test]
    fn what_crypto_frames_carry_is_recorded_once_and_in_time() {
        let mut transcript = Transcript::new(Role::Client);
        let hello = message(1);
        assert!(transcript.framed(Direction::Out, &hello[..3]).is_empty());
        let seen = transcript.framed(Direction::Out, &hello[3..]);
        assert_eq!(seen, [(Direction::Out, Protection::None, hello.clone())]);
        let seen = transcript.framed(Direction::In, &message(2));
        assert_eq!(seen, [(Direction::In, Protection::None, message(2))]);
        let flight: Vec<u8> = [8, 11, 15, 20].map(message).concat();
        let seen = transcript.framed(Direction::In, &flight);
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|(direction, protection, _)| {
            (*direction, *protection) == (Direction::In, Protection::Handshake)
        }));
        assert!(transcript.framed(Direction::Out, &message(20)).is_empty());
        let all = [hello, message(2), flight, message(20)].concat();
        assert_eq!(types(&transcript.hashing(&all)), [(Direction::Out, 20)]);
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
    fn a_ticket_is_the_servers_though_it_comes_last() {
        let mut transcript = Transcript::new(Role::Server);
        let all: Vec<u8> = [1, 2, 8, 11, 15, 20, 20].map(message).concat();
        transcript.hashing(&all);
        let tickets = transcript.hashing(&[message(4), message(4)].concat());
        let seen = (Direction::Out, Protection::Application, message(4));
        assert_eq!(tickets, [seen.clone(), seen]);
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
