//! A target with nobody between its ends.

use attested::observe::Instrument;
use authenticator::Role;
use event::Recorder;

use super::contains;
use crate::dialect::Dialect;
use crate::laboratory::Laboratory;
use crate::machine::value::Key;
use crate::player::converse;
use crate::scene::Scene;
use crate::target::{Given, SetupError, Target};

/// Client and server of a target with nobody between: how that goes, if they
/// come together.
///
/// # Errors
/// The endpoints cannot be set up.
pub fn honest(target: Target, laboratory: &Laboratory) -> Result<Option<Vec<Scene>>, SetupError> {
    let name = "server.example";
    let recorder = Recorder::new();
    let given = Given {
        name: name.to_owned(),
        key: Key::generate()?,
        leaf: None,
        machine: laboratory.root.machine(1),
        held: None,
    };
    let observer = Instrument::new(recorder.tap(1, 1), Role::Client);
    let mut client = target.client(laboratory, name, observer)?;
    let observer = Instrument::new(recorder.tap(2, 1), Role::Server);
    let mut server = target.server(laboratory, &given, observer)?;
    let (at_client, at_server) = converse(&mut *client, &mut *server);
    if at_client.is_err() || at_server.is_err() || !client.is_ready() {
        return Ok(None);
    }
    let data = b"data for an attested server";
    client.write(data)?;
    let received = server.receive(&client.transmit());
    if received.is_err() || !contains(&server.read(), data) {
        return Ok(None);
    }
    let forth = |what: &str| Scene::Arrow {
        from: "client".to_owned(),
        to: "server".to_owned(),
        what: what.to_owned(),
    };
    let back = |what: &str| Scene::Arrow {
        from: "server".to_owned(),
        to: "client".to_owned(),
        what: what.to_owned(),
    };
    let mut scenes = match target.dialect() {
        Dialect::Post => vec![
            forth("ClientHello"),
            back("ServerHello … Finished"),
            forth("Finished, authenticator request"),
            back("authenticator with Evidence"),
        ],
        Dialect::Pre | Dialect::Intra | Dialect::Woven => vec![
            forth("ClientHello"),
            back("ServerHello"),
            back("Certificate with Evidence"),
            back("CertificateVerify, Finished"),
            forth("Finished"),
        ],
    };
    scenes.extend([
        Scene::Note {
            who: "client".to_owned(),
            what: format!("accepted: {name} is attested"),
        },
        forth("data for an attested server"),
        Scene::Note {
            who: "server".to_owned(),
            what: "reads it; nobody else can".to_owned(),
        },
    ]);
    Ok(Some(scenes))
}
