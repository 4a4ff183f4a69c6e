//! Hints of the writer steer the search, and cannot mislead it for good.

use verdict::{Answer, Limits, Session, Verdict};

const DECLARATIONS: &str = "free c: channel. free k, l, s: bitstring [private].
    fun h(bitstring): bitstring. fun enc(bitstring, bitstring): bitstring.
    reduc forall x: bitstring, y: bitstring; dec(enc(x, y), y) = x. event e(bitstring).";

fn judge(declarations: &str, process: &str) -> Answer {
    let text = format!("{DECLARATIONS} {declarations} process {process}");
    let mut sources = pi::Sources::default();
    sources.add("hints.pv", &text);
    let program = pi::load(sources).program.expect("a program");
    let limits = Limits {
        depth: 40,
        resolutions: 5_000,
        ..Limits::default()
    };
    let mut session = Session::new();
    let answer = verdict::prove(&program, 0, &mut session, limits, &mut |_| {});
    let answer = answer.expect("a supported program");
    if let Verdict::Proved(certificate) = &answer.verdict {
        assert!(checker::check(&program, certificate).is_ok());
    }
    answer
}

/// Two servers feed each other, which neither clause shows by itself.
#[test]
fn a_loop_of_two_is_avoided_where_the_writer_says_so() {
    let process = "out(c, enc(s, k))
        | (! in(c, x: bitstring); let y = dec(x, k) in out(c, enc(h(y), l)))
        | (! in(c, x: bitstring); let y = dec(x, l) in out(c, enc(h(y), k)))";
    for hint in [
        "nounif x: bitstring; attacker(enc(x, k)).",
        "noselect x: bitstring; attacker(enc( *x, k)) / 3.",
        "nounif x: bitstring; mess(c, enc(x, k)) / 3.",
        "select x: bitstring; attacker(enc(x, k)) / -3.",
        "nounif x: bitstring; attacker(enc(x, k)) phase 0 [hypothesis].",
    ] {
        let answer = judge(&format!("{hint} query attacker(s)."), process);
        assert!(matches!(answer.verdict, Verdict::Proved(_)), "{hint}");
    }
    for hint in [
        "",
        "select x: bitstring; attacker(enc(x, k)).",
        // A variable without a star is no other term.
        "nounif x: bitstring; attacker(enc(h(x), s)).",
        "nounif x: bitstring; attacker(enc(x, k)) [conclusion].",
    ] {
        let answer = judge(&format!("{hint} query attacker(s)."), process);
        assert!(matches!(answer.verdict, Verdict::Stopped(_)), "{hint}");
    }
}

#[test]
fn a_hint_that_misleads_is_dropped() {
    let process = "out(c, enc(s, k)) | (in(c, x: bitstring); let y = dec(x, k) in event e(y))";
    let query = "query x: bitstring; event(e(x)) ==> x = s.";
    for hint in ["", "nounif x: bitstring; attacker(enc( *x, k))."] {
        let answer = judge(&format!("{hint} {query}"), process);
        assert!(matches!(answer.verdict, Verdict::Proved(_)), "{hint}");
    }
    let wrong = "query x: bitstring; event(e(x)) ==> x = k.";
    for hint in ["", "nounif x: bitstring; attacker(enc( *x, k))."] {
        let answer = judge(&format!("{hint} {wrong}"), process);
        assert!(matches!(answer.verdict, Verdict::Attacked(_)), "{hint}");
    }
}
