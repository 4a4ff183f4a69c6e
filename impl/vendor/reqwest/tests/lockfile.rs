//! Keeps the build free of a foreign HTTP client and of OpenSSL.

const LOCK: &str = include_str!("../../../../Cargo.lock");

/// The names and sources of all locked packages.
fn packages() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    LOCK.split("[[package]]").skip(1).map(|package| {
        let field = |name: &str| {
            package.lines().find_map(|line| {
                let value = line.strip_prefix(name)?.strip_prefix(" = \"")?;
                value.strip_suffix('"')
            })
        };
        (field("name").unwrap_or_default(), field("source"))
    })
}

#[test]
fn the_workspace_locks_no_openssl() {
    assert!(packages().any(|(name, _)| name == "cmw"));
    let found: Vec<_> = packages()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("openssl") || name.starts_with("native-tls"))
        .collect();
    assert!(
        found.is_empty(),
        "{found:?} would need OpenSSL headers; see impl/vendor/reqwest/README.md"
    );
}

#[test]
fn the_http_client_is_this_one() {
    let clients: Vec<_> = packages().filter(|&(name, _)| name == "reqwest").collect();
    assert_eq!(
        clients,
        [("reqwest", None)],
        "a package with a source comes from a registry and is not ours"
    );
}

#[test]
fn cmw_comes_from_the_registry_unmodified() {
    let sources: Vec<_> = packages()
        .filter(|&(name, _)| name == "cmw")
        .map(|(_, source)| source)
        .collect();
    assert_eq!(sources.len(), 1);
    assert!(
        sources[0].is_some_and(|source| source.starts_with("registry+")),
        "cmw must not be patched: {sources:?}"
    );
}
