//! What came of a run.

use super::run::{Run, is_server};
use super::{Outcome, contains};
use crate::machine::opened;
use crate::machine::suite::APPLICATION_DATA;
use crate::machine::value::Value;
use crate::scene::{ATTACKER, Scene, lane};
use crate::target::SetupError;
use crate::violation::Violation;

impl Run<'_> {
    /// Whether the victim accepted, and who reads what it then sends.
    pub(super) fn end(&mut self, violation: Violation) -> Result<Outcome, SetupError> {
        let in_vain = |why: String| Ok(Outcome::InVain { why });
        let Some(victim) = self.victim.clone() else {
            return in_vain("the plan has no victim".to_owned());
        };
        if !self.players.get(&victim).is_some_and(|p| p.is_ready()) {
            return in_vain(format!("{} has not accepted", lane(&victim)));
        }
        let seated = self.parties.iter().find(|it| it.who == victim);
        let name = seated.map(|it| it.name.clone()).unwrap_or_default();
        self.scenes.push(Scene::Accepts {
            who: lane(&victim),
            what: format!("accepted: {name} is attested, and this channel is its own"),
        });
        let canary = format!(
            "canary {:032x}",
            u128::from_be_bytes(crate::laboratory::draw()?)
        );
        let Some(player) = self.players.get_mut(&victim) else {
            return in_vain("the victim is gone".to_owned());
        };
        if let Err(error) = player.write(canary.as_bytes()) {
            return in_vain(format!("the victim does not send: {error}"));
        }
        self.pump(&victim);
        let reader = match self.plan.reads {
            Some(term) => match self.machine.value(term) {
                Ok(Value::Octets(secret)) => {
                    let heard = self.machine.heard.get(&victim);
                    let records = heard.map(|h| &h.records[..]).unwrap_or_default();
                    let read: Vec<u8> = opened(self.laboratory.suite, &secret, records)
                        .into_iter()
                        .flat_map(|(_, content)| content)
                        .collect();
                    contains(&read, canary.as_bytes()).then(|| ATTACKER.to_owned())
                }
                _ => None,
            },
            None => self.diverted(&victim, canary.as_bytes()),
        };
        let Some(reader) = reader else {
            return in_vain("nobody but whom the victim meant reads its secret".to_owned());
        };
        self.scenes.push(Scene::Arrow {
            from: lane(&victim),
            to: reader.clone(),
            what: "a secret for the attested server".to_owned(),
        });
        self.scenes.push(Scene::Note {
            who: reader.clone(),
            what: format!("reads it; {}", violation.says()),
        });
        Ok(Outcome::Reproduced { victim, reader })
    }

    /// The server that reads what the victim sends, if its records go on to it.
    fn diverted(&mut self, victim: &str, canary: &[u8]) -> Option<String> {
        let records = self.machine.heard.get(victim)?.records.clone();
        let servers: Vec<String> = self
            .players
            .keys()
            .filter(|w| is_server(w))
            .cloned()
            .collect();
        servers.into_iter().find_map(|server| {
            let sent = self.forwarded.get(&(victim.to_owned(), server.clone()));
            let sent = sent.copied().unwrap_or(0);
            let player = self.players.get_mut(&server)?;
            player.receive(&records.get(sent..)?.concat()).ok()?;
            contains(&player.read(), canary).then(|| lane(&server))
        })
    }

    /// The attacker ends what it opened as the plan leaves it: it completes a
    /// handshake where it can, and tells whoever waits for more that there is
    /// none.
    pub(super) fn leave(&mut self) {
        const USER_CANCELED: u8 = 90;
        let hellos = std::mem::take(&mut self.hellos);
        for (who, hello) in hellos {
            if self.numbers.keys().any(|(to, _)| *to == who) {
                continue; // the plan goes on from there
            }
            if let Some(finished) = self.machine.finished(&who, &hello)
                && let Some(player) = self.players.get_mut(&who)
                && !player.is_ready()
            {
                // Whether it is content shows in its recording.
                let _ = player.receive(&finished);
            }
        }
        for (who, secret) in std::mem::take(&mut self.last) {
            let Some(player) = self.players.get_mut(&who) else {
                continue;
            };
            if !is_server(&who) || player.is_ready() {
                continue;
            }
            let number = self.numbers.get(&(who, secret.clone())).copied();
            let frame = [4, 0, 0, 0, 1, USER_CANCELED];
            let number = number.unwrap_or(0);
            let suite = self.laboratory.suite;
            if let Some(alert) = suite.seal(&secret, number, APPLICATION_DATA, &frame) {
                // It ends the connection; that is what it is for.
                let _ = player.receive(&alert);
            }
        }
    }

    pub(super) fn conclude(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Refused { who, why, .. } => self.scenes.push(Scene::Refuses {
                who: lane(who),
                what: why.clone(),
            }),
            Outcome::Stuck { why, .. } => self.note(ATTACKER, format!("cannot go on: {why}")),
            Outcome::InVain { why } => self.note(ATTACKER, format!("gains nothing: {why}")),
            Outcome::Reproduced { .. } => {}
        }
    }
}
