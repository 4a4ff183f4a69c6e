use super::*;
use crate::standing::TcbStatus;

const LEAST: &str = "version = 1\nsoftware = [\"a\"]\n";

fn policy(rest: &str) -> Policy {
    PolicyFile::parse(&format!("{LEAST}{rest}")).unwrap().policy
}

fn refused(rest: &str) -> FileError {
    PolicyFile::parse(&format!("{LEAST}{rest}")).unwrap_err()
}

#[test]
fn what_is_left_out_is_strict() {
    let policy = policy("");
    assert_eq!(policy.channel.server_name, ServerName::CheckedByPki);
    assert_eq!(policy.passport, None);
    assert_eq!(
        Policy {
            channel: ChannelTerms::default(),
            ..policy
        },
        Policy::for_software(["a"])
    );
}

#[test]
fn every_clause_is_read() {
    let read = policy(
        "[evidence]\ndebug = \"disabled\"\nkey_claim = \"implied-by-challenge\"\n\
         machines = [\"0a0b\"]\nlocations = [\"gr-ath\"]\n\
         [tcb]\nstatus = [\"OutOfDate\"]\nminimum = { snp = 8 }\n\
         rejected_advisories = [\"X\"]\nmaximum_collateral_age = 5\n\
         [channel]\nplacements = [\"post\", \"intra\"]\nmaximum_evidence_age = 6\n\
         names = [\"A.example\", \"spiffe://b/c\"]\n\
         server_name = \"attestation-may-replace-pki\"\n",
    );
    assert_eq!(read.minimum_debug, DebugStatus::Disabled);
    assert_eq!(read.key_claim, KeyClaim::ImpliedByChallenge);
    assert_eq!(read.machines, Some([MachineId(vec![10, 11])].into()));
    assert_eq!(read.locations, Some(["gr-ath".to_owned()].into()));
    assert_eq!(
        read.tcb,
        TcbTerms {
            status: Some([TcbStatus::OutOfDate].into()),
            minimum: [("snp".to_owned(), 8)].into(),
            rejected_advisories: ["X".to_owned()].into(),
            maximum_collateral_age: Some(5),
        }
    );
    assert_eq!(
        read.channel,
        ChannelTerms {
            placements: Some([Placement::Post, Placement::Intra].into()),
            server_name: ServerName::AsTheEndpointSays,
            names: Names::one_of(["a.example", "spiffe://b/c"]).unwrap(),
            maximum_evidence_age: Some(6),
        }
    );
    let read = policy("[collection]\nrequired = { cpu = [\"a\"], gpu = [\"b\", \"c\"] }\n");
    let required = read.collection.unwrap().required;
    assert_eq!(required["cpu"], ["a".to_owned()].into());
    assert_eq!(required["gpu"], ["b".to_owned(), "c".to_owned()].into());
    let any = policy("[channel]\nnames = [\"*\"]\n");
    assert_eq!(any.channel.names, Names::Any);
    let key = "11".repeat(32);
    let read = policy(&format!(
        "[passport]\nmaximum_age = 7\nverifiers = [{{ name = \"v\", key = \"{key}\" }}]\n"
    ));
    let terms = read.passport.unwrap();
    assert_eq!(terms.maximum_age, 7);
    assert_eq!(
        terms.verifiers,
        [(PublicKey::new([0x11; 32]), "v".to_owned())].into()
    );
}

#[test]
fn refusals_say_where() {
    for (rest, line) in [
        ("sofware = []\n", 3),
        ("[evidence]\nmachine = []\n", 4),
        ("[evidence]\ndebug = \"off\"\n", 4),
        ("[evidence]\nmachines = []\n", 4),
        ("[evidence]\nmachines = [\n\"0a\",\n\"0\"]\n", 6),
        ("[tcb]\nstatus = [\"Revoked\"]\n", 4),
        ("[tcb]\nminimum = { snp = -1 }\n", 4),
        ("[collection]\nrequired = {}\n", 4),
        ("[collection]\nrequired = { cpu = [] }\n", 4),
        ("[channel]\nnames = []\n", 4),
        ("[channel]\nnames = [\"a.example\",\n\"*\"]\n", 5),
        ("[channel]\nnames = [\"*.example\"]\n", 4),
        ("[channel]\nnames = [\"10.0.0.1\"]\n", 4),
        ("[channel]\nplacements = [\"after\"]\n", 4),
        ("[channel]\nserver_name = \"no\"\n", 4),
        ("[passport]\nmaximum_age = 1\nverifiers = []\n", 5),
        (
            "[passport]\nmaximum_age = 1\nverifiers = [{ name = \"v\", key = \"00\" }]\n",
            5,
        ),
        ("[passport]\nverifiers = []\n", 3),
        ("[nonsense]\n", 3),
        ("= 1\n", 3),
    ] {
        let error = refused(rest);
        assert_eq!(error.line, line, "{rest}: {error}");
    }
    let version = PolicyFile::parse("software = [\"a\"]\nversion = 2\n").unwrap_err();
    assert_eq!((version.line, version.column), (2, 11), "{version}");
    assert!(PolicyFile::parse("version = 1\nsoftware = []\n").is_err());
    assert!(PolicyFile::parse("version = 1\n").is_err());
}

#[test]
fn reference_values_are_read_and_refused() {
    let values = parse_reference_values(
        "version = 1\n[[value]]\nsoftware = \"a\"\nmeasurements = { x = \"01\" }\n",
    )
    .unwrap();
    let measured = Measurements([("x".to_owned(), vec![1])].into());
    assert_eq!(values.identify(&measured), ["a"]);
    for (text, line) in [
        (
            "version = 1\n[[value]]\nsoftware = \"a\"\nmeasurements = {}\n",
            4,
        ),
        (
            "version = 1\n[[value]]\nsoftware = \"a\"\nmeasurements = { x = \"\" }\n",
            4,
        ),
        (
            "version = 1\n[[value]]\nsoftware = \"a\"\nmeasurements = { x = \"1\" }\n",
            4,
        ),
        ("version = 1\n[[value]]\nsoftware = \"a\"\n", 2),
        ("version = 3\nvalue = []\n", 1),
    ] {
        assert_eq!(
            parse_reference_values(text).unwrap_err().line,
            line,
            "{text}"
        );
    }
}

#[test]
fn reference_values_are_signed_where_the_policy_names_signers() {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let key: String = pair
        .public_key()
        .as_ref()
        .iter()
        .map(|o| format!("{o:02x}"))
        .collect();
    let unsigned = PolicyFile::parse(LEAST).unwrap();
    let signed = PolicyFile::parse(&format!("{LEAST}reference_signers = [\"{key}\"]\n")).unwrap();
    let signature = pair.sign(b"file");
    assert_eq!(unsigned.admit(b"file", None), Ok(()));
    assert_eq!(signed.admit(b"file", Some(signature.as_ref())), Ok(()));
    assert_eq!(signed.admit(b"file", None), Err(NotSigned));
    assert_eq!(
        signed.admit(b"fil", Some(signature.as_ref())),
        Err(NotSigned)
    );
    assert_eq!(signed.admit(b"file", Some(b"")), Err(NotSigned));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = PolicyFile::parse(&text);
        let error = parse_reference_values(&text).unwrap_err();
        proptest::prop_assert!(error.line >= 1);
    }
}
