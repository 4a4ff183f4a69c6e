//! Families of models with their step files, and two ends that meet.

#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

use std::path::{Path, PathBuf};

use attested::{Attesting, Endpoint, Error};
use authenticator::Role;
use conformance::{Status, StepFile, Tier};
use event::recording::Setup;
use monitor::{Monitor, Monitored, Pace, Watching};
use stimuli::{Family, Hold, Honest};

/// The directory of the models.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(models().join(name)).expect("a file of the models")
}

/// A family's model, and the text of its mapping.
pub fn family(family: Family) -> (pi::Program, String) {
    let mapping = read(&family.mapping());
    let file = mapping
        .lines()
        .find_map(|line| line.strip_prefix("file = "))
        .expect("it names its model")
        .trim_matches('"');
    let main = format!("{}/{file}", family.models());
    let text = read(&main);
    let header = text.lines().next().expect("a header");
    let names = header
        .trim_start_matches("(* @libs ")
        .trim_end_matches(" *)");
    let mut sources = pi::Sources::default();
    for library in names.split(' ') {
        let name = format!("{library}.pvl");
        let text = read(&name);
        sources.add(name, text);
    }
    sources.add(main, text);
    (pi::load(sources).program.expect("a program"), mapping)
}

/// Compiled anew.
pub fn monitor(of: Family, tier: Tier) -> Monitor {
    let (program, mapping) = family(of);
    let steps = StepFile::compile(&program, &of.mapping(), &mapping).expect("up to date");
    Monitor::new(&steps, tier).expect("its own steps")
}

/// An endpoint, followed or not.
pub trait Meets: Endpoint {
    fn is_ready(&self) -> bool;
    fn status(&self) -> Option<&Status>;
    /// Matches while there is nothing else to do.
    fn follow(&mut self) {}
    /// Whether the door to application data opens.
    fn opens(self: Box<Self>) -> Result<bool, Error>;
}

pub struct Plain<E>(pub E);

impl<E: Endpoint> Endpoint for Plain<E> {
    fn receive(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.0.receive(octets)
    }

    fn receive_end(&mut self) -> Result<(), Error> {
        self.0.receive_end()
    }

    fn transmit(&mut self) -> Vec<u8> {
        self.0.transmit()
    }
}

impl<E: Attesting> Meets for Plain<E> {
    fn is_ready(&self) -> bool {
        self.0.is_ready()
    }

    fn status(&self) -> Option<&Status> {
        None
    }

    fn opens(self: Box<Self>) -> Result<bool, Error> {
        Ok(self.0.into_channel()?.is_ok())
    }
}

impl<E: Attesting> Meets for Monitored<E> {
    fn is_ready(&self) -> bool {
        Attesting::is_ready(self)
    }

    fn status(&self) -> Option<&Status> {
        Some(self.status())
    }

    fn follow(&mut self) {
        self.follow();
    }

    fn opens(self: Box<Self>) -> Result<bool, Error> {
        Ok(self.into_channel()?.is_ok())
    }
}

/// Puts an endpoint under its monitor, if it has one.
pub struct Under(pub Option<Watching>);

impl Hold for Under {
    type Held = Box<dyn Meets>;

    fn hold<E: Attesting + Send + 'static>(self, endpoint: E) -> Box<dyn Meets> {
        match self.0 {
            None => Box::new(Plain(endpoint)),
            Some(watching) => Box::new(watching.over(endpoint)),
        }
    }
}

/// One end of an honest session.
pub fn end(
    honest: &Honest<'_>,
    role: Role,
    monitor: Option<&Monitor>,
    setup: &[Setup],
) -> Box<dyn Meets> {
    let watching = monitor.map(|it| it.watch(role, setup).expect("all that is needed"));
    under(honest, role, watching)
}

/// The same, followed at a pace.
pub fn end_at(
    honest: &Honest<'_>,
    role: Role,
    pace: Pace,
    monitor: &Monitor,
    setup: &[Setup],
) -> Box<dyn Meets> {
    let watching = monitor.watch(role, setup).expect("all that is needed");
    under(honest, role, Some(watching.at(pace)))
}

/// The same, followed already.
pub fn under(honest: &Honest<'_>, role: Role, watching: Option<Watching>) -> Box<dyn Meets> {
    let observer: Box<dyn attested::observe::Observe + Send> = match &watching {
        None => Box::new(()),
        Some(watching) => Box::new(watching.observer()),
    };
    let held = match role {
        Role::Client => honest.client(observer, Under(watching)),
        Role::Server => honest.server(observer, Under(watching)),
    };
    held.expect("it begins")
}

/// Has two ends meet until neither has anything to say; their errors.
pub fn meet(client: &mut dyn Meets, server: &mut dyn Meets) -> [Option<Error>; 2] {
    meet_and(client, server, false)
}

/// The same, and each follows after it has sent.
pub fn meet_and(
    client: &mut dyn Meets,
    server: &mut dyn Meets,
    follows: bool,
) -> [Option<Error>; 2] {
    let (mut at_client, mut at_server) = (None, None);
    loop {
        let forth = client.transmit();
        if follows {
            client.follow();
        }
        if !forth.is_empty() && at_server.is_none() {
            at_server = server.receive(&forth).err();
        }
        let back = server.transmit();
        if follows {
            server.follow();
        }
        if !back.is_empty() && at_client.is_none() {
            at_client = client.receive(&back).err();
        }
        if forth.is_empty() && back.is_empty() {
            return [at_client, at_server];
        }
    }
}
