//! Messages on their way to endpoints and from them.

use authenticator::Role;

use super::Outcome;
use super::run::{End, Entry, Run, fails, is_client, is_quoting, is_server, stuck};
use crate::machine::Stuck;
use crate::machine::codec::{self, Reader, record};
use crate::machine::suite::{APPLICATION_DATA, HANDSHAKE};
use crate::machine::value::{Carriage, Unfit, Value};
use crate::plan::{Move, TermId};
use crate::scene::{self, ATTACKER, Scene, lane};

impl Run<'_> {
    /// A message on its way to a party.
    pub(super) fn send(&mut self, at: usize, who: &str, message: TermId) -> Result<(), End> {
        if is_client(who) && !self.players.contains_key(who) {
            let value = self.value(at, message)?;
            let name = value
                .name()
                .map_err(|e| fails(at, self.plan, message, &e))?;
            let observer = self.instrument(who, Role::Client, name);
            let client = self.target.client(self.laboratory, name, observer)?;
            let client = self.network.join(client)?;
            self.players.insert(who.to_owned(), client);
            self.names.insert(who.to_owned(), name.to_owned());
            self.machine.heard.entry(who.to_owned()).or_default().flight = 1;
            self.note(&lane(who), format!("connects to {name}"));
            self.pump(who);
            return Ok(());
        }
        if is_server(who) && !self.players.contains_key(who) {
            let given = self.given.get(who).and_then(Entry::whole);
            let Some(given) = given else {
                let symbol = format!("{who}, which took no name, key and machine");
                return Err(stuck(at, Stuck::NotExpressible { symbol }));
            };
            let observer = self.instrument(who, Role::Server, &given.name);
            let server = self.target.server(self.laboratory, &given, observer)?;
            let server = self.network.join(server)?;
            self.players.insert(who.to_owned(), server);
            self.machine.heard.entry(who.to_owned()).or_default().flight = 4;
        }
        if !self.players.contains_key(who) {
            if is_quoting(who) {
                self.asked.insert(who.to_owned(), message);
            }
            return Ok(()); // what it answers says what it made of this
        }
        if let Some(hello) = self.machine.heard.get(who).and_then(|h| h.plain.first())
            && let Some(hello) = codec::read_client_hello(hello)
        {
            self.machine.session_id = hello.session_id.to_vec();
        }
        let value = self.value(at, message)?;
        let octets = self.octets(at, who, message, &value)?;
        self.scenes.push(Scene::Arrow {
            from: ATTACKER.to_owned(),
            to: lane(who),
            what: scene::what(self.plan, message),
        });
        if octets.is_empty() {
            return Ok(()); // it went with what came before it
        }
        let Some(player) = self.players.get_mut(who) else {
            return Ok(());
        };
        let outcome = player.receive(&octets);
        self.pump(who);
        outcome.map_err(|error| {
            End::Outcome(Outcome::Refused {
                at,
                who: who.to_owned(),
                code: error.code().to_owned(),
                why: error.to_string(),
            })
        })
    }

    /// A value as the network carries it.
    fn octets(
        &mut self,
        at: usize,
        who: &str,
        message: TermId,
        value: &Value,
    ) -> Result<Vec<u8>, End> {
        match value {
            Value::Message(Carriage::Handshake, octets) => {
                if is_server(who) {
                    self.hellos.insert(who.to_owned(), octets.clone());
                }
                Ok(record(HANDSHAKE, octets))
            }
            Value::Sealed(secret, content) => {
                let (kind, content) = match &**content {
                    Value::Message(carriage, octets) => match self.frame(who, *carriage, octets) {
                        None => (HANDSHAKE, octets.clone()),
                        Some(frame) => {
                            let length = (octets.len() as u32).to_be_bytes();
                            let frame = [&[frame][..], &length, octets].concat();
                            (APPLICATION_DATA, frame)
                        }
                    },
                    other => {
                        let unfit = Unfit::new("a record", other.sort());
                        return Err(fails(at, self.plan, message, &unfit));
                    }
                };
                if kind == APPLICATION_DATA {
                    self.last.insert(who.to_owned(), secret.clone());
                }
                let number = self
                    .numbers
                    .entry((who.to_owned(), secret.clone()))
                    .or_default();
                let sealed = self.laboratory.suite.seal(secret, *number, kind, &content);
                *number += 1;
                sealed.ok_or_else(|| {
                    let unfit = Unfit::new("a record", "it is too long");
                    fails(at, self.plan, message, &unfit)
                })
            }
            Value::Stream { who: from, .. } => {
                let sent = self
                    .forwarded
                    .entry((from.clone(), who.to_owned()))
                    .or_default();
                let records = self.machine.heard.get(from).map(|h| &h.records[..]);
                let records = records.unwrap_or_default();
                let octets = records[(*sent).min(records.len())..].concat();
                *sent = records.len();
                Ok(octets)
            }
            other => {
                let unfit = Unfit::new("a message", other.sort());
                Err(fails(at, self.plan, message, &unfit))
            }
        }
    }

    /// The frame a message travels in, if it travels in one. An endpoint gets
    /// one Finished in its handshake; another is an empty authenticator (RFC
    /// 9261 section 5.2.3).
    fn frame(&mut self, who: &str, carriage: Carriage, octets: &[u8]) -> Option<u8> {
        let is_finished = codec::body(codec::FINISHED, octets).is_some();
        match carriage {
            Carriage::Handshake if is_finished && !self.finished.insert(who.to_owned()) => {
                Carriage::Authenticator.frame()
            }
            other => other.frame(),
        }
    }

    /// What a party has to send crosses the network.
    pub(super) fn pump(&mut self, who: &str) {
        let Some(player) = self.players.get_mut(who) else {
            return;
        };
        let octets = player.transmit();
        let heard = self.machine.heard.entry(who.to_owned()).or_default();
        let mut reader = Reader(&octets);
        while let Some(header) = reader.take(3) {
            let Some(content) = reader.vector(2) else {
                break; // an endpoint sends whole records
            };
            match header[0] {
                HANDSHAKE => {
                    let mut messages = Reader(content);
                    while let Some((_, _, all)) = messages.message() {
                        heard.plain.push(all.to_vec());
                    }
                }
                APPLICATION_DATA => {
                    let length = (content.len() as u16).to_be_bytes();
                    heard.records.push([header, &length, content].concat());
                }
                _ => {} // change_cipher_spec, alerts in the clear
            }
        }
    }

    /// The attacker hears what a party sends.
    pub(super) fn hear(
        &mut self,
        at: usize,
        who: &str,
        output: u32,
        message: TermId,
    ) -> Result<(), End> {
        if !self.players.contains_key(who) {
            // Not an endpoint: the message is what the model says.
            let value = match self.asked.get(who) {
                Some(&data) => {
                    let what = "has the quoting service quote what it likes";
                    self.note(ATTACKER, what.to_owned());
                    let marks = self.target.marks_quotes();
                    let quote = self.machine.quote(message, data, marks);
                    quote.map_err(|e| stuck(at, e))?
                }
                None => self.value(at, message)?,
            };
            self.machine.outputs.insert(output, value);
            return Ok(());
        }
        self.pump(who);
        let earlier = self
            .plan
            .moves
            .iter()
            .take(at)
            .filter(|m| matches!(m, Move::Sends { who: it, .. } if it == who))
            .count();
        let heard = self.machine.heard.entry(who.to_owned()).or_default();
        let value = if earlier == 0 {
            let silent = Stuck::Silent {
                who: who.to_owned(),
                output: output + 1,
            };
            let hello = heard.plain.first().ok_or_else(|| stuck(at, silent))?;
            Value::Message(Carriage::Handshake, hello.clone())
        } else {
            Value::Stream {
                who: who.to_owned(),
                place: earlier - 1,
            }
        };
        self.scenes.push(Scene::Arrow {
            from: lane(who),
            to: ATTACKER.to_owned(),
            what: scene::what(self.plan, message),
        });
        self.machine.outputs.insert(output, value);
        Ok(())
    }
}
