//! A laboratory in a folder, so that a server and a client in two terminals
//! share it: three certificates, two keys and a seed, each in a file of its own.

use super::{Laboratory, LaboratoryError};
use std::fs;
use std::path::Path;

const AUTHORITY: &str = "authority.der";
const AUTHORITY_KEY: &str = "authority-key.der";
const LEAF: &str = "server.der";
const KEY: &str = "server-key.der";
const CLIENT_LEAF: &str = "client.der";
const CLIENT_KEY: &str = "client-key.der";
const NAME: &str = "server-name.txt";
const SEED: &str = "attester-seed.hex";

/// Writes it, making the folder.
pub(crate) fn write(laboratory: &Laboratory, folder: &Path) -> Result<(), LaboratoryError> {
    fs::create_dir_all(folder).map_err(|error| file(folder, error))?;
    let put = |name: &str, octets: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, octets).map_err(|error| file(&path, error))
    };
    put(AUTHORITY, &laboratory.authority)?;
    put(AUTHORITY_KEY, &laboratory.authority_key)?;
    put(LEAF, &laboratory.leaf)?;
    put(KEY, &laboratory.key)?;
    put(CLIENT_LEAF, &laboratory.client_leaf)?;
    put(CLIENT_KEY, &laboratory.client_key)?;
    put(NAME, laboratory.name.as_bytes())?;
    put(SEED, hex::encode(laboratory.seed).as_bytes())
}

/// Reads it.
pub(crate) fn read(folder: &Path) -> Result<Laboratory, LaboratoryError> {
    let get = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| file(&path, error))
    };
    let shape = |name: &str, what| LaboratoryError::Shape {
        path: folder.join(name),
        what,
    };
    let text = |name: &str| {
        String::from_utf8(get(name)?)
            .map(|t| t.trim().to_owned())
            .map_err(|_| shape(name, "not text"))
    };
    let mut seed = [0; 32];
    hex::decode_to_slice(text(SEED)?, &mut seed)
        .map_err(|_| shape(SEED, "not 32 octets in hex"))?;
    Ok(Laboratory {
        authority: get(AUTHORITY)?.into(),
        authority_key: get(AUTHORITY_KEY)?,
        leaf: get(LEAF)?.into(),
        key: get(KEY)?,
        client_leaf: get(CLIENT_LEAF)?.into(),
        client_key: get(CLIENT_KEY)?,
        name: text(NAME)?,
        seed,
    })
}

fn file(path: &Path, error: std::io::Error) -> LaboratoryError {
    LaboratoryError::File {
        path: path.to_path_buf(),
        error,
    }
}
