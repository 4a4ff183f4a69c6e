//! Protocols that grow in one direction at a time, for the benchmark.
//!
//! Each is sensible (its queries are about keys that are established), has the
//! same answers at every size, and grows by one thing only, so that what a
//! prover pays for that thing can be read off the times.

use std::fmt::Write;

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Growth {
    /// Layers of encryption and signature around one secret.
    Depth,
    /// Events on the way, and a query for each.
    Queries,
    /// Roles in a ring, each with keys of its own.
    Roles,
    /// Pairs of roles that run side by side with the same keys.
    Sessions,
}

impl Growth {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Depth, Self::Queries, Self::Roles, Self::Sessions];

    /// A word for tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Queries => "queries",
            Self::Roles => "roles",
            Self::Sessions => "sessions",
        }
    }
}

/// The protocol of a size, which is at least 1. Every query is true but the
/// last, which asks whether the end is reached.
#[must_use]
pub fn family(growth: Growth, size: usize) -> String {
    let size = size.max(1);
    let mut out = String::from(PRELUDE);
    match growth {
        Growth::Depth => depth(&mut out, size),
        Growth::Queries => queries(&mut out, size),
        Growth::Roles => roles(&mut out, size),
        Growth::Sessions => sessions(&mut out, size),
    }
    out
}

const PRELUDE: &str = "type key.
type skey.
type pkey.
type host.
free c: channel.
fun enc(bitstring, key): bitstring.
reduc forall x: bitstring, y: key; dec(enc(x, y), y) = x.
fun pk(skey): pkey.
fun aenc(bitstring, pkey): bitstring.
reduc forall x: bitstring, y: skey; adec(aenc(x, pk(y)), y) = x.
fun sign(bitstring, skey): bitstring.
reduc forall x: bitstring, y: skey; open(sign(x, y), pk(y)) = x.
fun keymsg(key): bitstring [data].
free s: bitstring [private].
event ended(bitstring).
";

/// One message, wrapped `size` times by the sender and unwrapped by the
/// receiver.
fn depth(out: &mut String, size: usize) {
    out.push_str("event sent(bitstring).\nfree ks: key [private].\n");
    for i in 0..size {
        let _ = writeln!(out, "free k{i}: key [private].");
    }
    // Written with a name for each layer: as one term the text would double with
    // every signature.
    let mut wrap = String::new();
    for i in 0..size {
        let inner = match i {
            0 => "n".to_owned(),
            _ => format!("w{}", i - 1),
        };
        let layer = if i % 2 == 0 {
            format!("enc({inner}, k{i})")
        } else {
            format!("enc(({inner}, sign({inner}, sk)), k{i})")
        };
        let _ = writeln!(wrap, "  let w{i} = {layer} in");
    }
    let last = size - 1;
    let mut unwrap = String::new();
    let mut outer = "x".to_owned();
    for i in (0..size).rev() {
        let inner = if i == 0 {
            "m".to_owned()
        } else {
            format!("y{i}")
        };
        if i % 2 == 0 {
            let _ = writeln!(unwrap, "  let {inner}: bitstring = dec({outer}, k{i}) in");
        } else {
            let _ = writeln!(
                unwrap,
                "  let ({inner}: bitstring, z{i}: bitstring) = dec({outer}, k{i}) in\n  let (={inner}) = open(z{i}, pk(sk)) in"
            );
        }
        outer = inner;
    }
    let _ = write!(
        out,
        "query attacker(s).
query x: bitstring; event(ended(x)) ==> event(sent(x)).
query x: bitstring; event(ended(x)).
let Sender(sk: skey) =
  new n: bitstring;
  event sent(n);
{wrap}  out(c, w{last});
  out(c, enc(s, ks)).
let Receiver(sk: skey) =
  in(c, x: bitstring);
{unwrap}  event ended(m).
process new sk: skey; out(c, pk(sk)); (!Sender(sk) | !Receiver(sk))
"
    );
}

/// A conversation of `size` signed messages, each announced by an event that
/// the end must be preceded by.
fn queries(out: &mut String, size: usize) {
    for i in 0..size {
        let _ = writeln!(out, "event step{i}(bitstring).\nfree t{i}: bitstring.");
    }
    for i in 0..size {
        let _ = writeln!(
            out,
            "query x: bitstring; event(ended(x)) ==> event(step{i}(x))."
        );
    }
    out.push_str(
        "query x: bitstring; event(ended(x)).\nlet Sender(sk: skey) =\n  new n: bitstring;\n",
    );
    for i in 0..size {
        let _ = writeln!(out, "  event step{i}(n);\n  out(c, sign((t{i}, n), sk));");
    }
    out.push_str("  0.\nlet Receiver(p: pkey) =\n");
    for i in 0..size {
        let name = if i == 0 { "n: bitstring" } else { "=n" };
        let _ = writeln!(
            out,
            "  in(c, x{i}: bitstring);\n  let (=t{i}, {name}) = open(x{i}, p) in"
        );
    }
    out.push_str(
        "  event ended(n).
process new sk: skey; out(c, pk(sk)); (!Sender(sk) | !Receiver(pk(sk)))
",
    );
}

/// A message goes once round a ring; each role decrypts, signs, encrypts for
/// the next.
fn roles(out: &mut String, size: usize) {
    for i in 0..=size {
        let _ = writeln!(out, "event passed{i}(bitstring).");
    }
    let _ = write!(
        out,
        "query attacker(new n).
query x: bitstring; event(ended(x)) ==> event(passed0(x)).
query x: bitstring; event(ended(x)) ==> event(passed{size}(x)).
query x: bitstring; event(ended(x)).
let First(sk: skey, next: pkey) =
  new n: bitstring; event passed0(n); out(c, aenc(sign(n, sk), next)).
"
    );
    for i in 1..=size {
        let _ = writeln!(
            out,
            "let Role{i}(sk: skey, before: pkey, next: pkey) =
  in(c, x: bitstring);
  let m: bitstring = open(adec(x, sk), before) in
  event passed{i}(m);
  out(c, aenc(sign(m, sk), next))."
        );
    }
    out.push_str(
        "let Last(sk: skey, before: pkey) =
  in(c, x: bitstring);
  let m: bitstring = open(adec(x, sk), before) in
  event ended(m).
process
",
    );
    for i in 0..=size + 1 {
        let _ = writeln!(out, "  new sk{i}: skey; out(c, pk(sk{i}));");
    }
    out.push_str("  ( !First(sk0, pk(sk1))");
    for i in 1..=size {
        let _ = write!(
            out,
            "\n  | !Role{i}(sk{i}, pk(sk{}), pk(sk{}))",
            i - 1,
            i + 1
        );
    }
    let _ = writeln!(out, "\n  | !Last(sk{}, pk(sk{size})) )", size + 1);
}

/// The same exchange `size` times, told apart by a tag.
fn sessions(out: &mut String, size: usize) {
    out.push_str("event sent(bitstring, bitstring).\nevent received(bitstring, bitstring).\n");
    for i in 0..size {
        let _ = writeln!(out, "free t{i}: bitstring.");
    }
    out.push_str(
        "query attacker(s).
query t: bitstring, x: bitstring; event(received(t, x)) ==> event(sent(t, x)).
query x: bitstring; event(ended(x)).
let Sender(t: bitstring, sk: skey, p: pkey) =
  new k: key; new n: bitstring;
  out(c, aenc(sign((t, keymsg(k), p), sk), p));
  in(c, x: bitstring);
  let (=t, n0: bitstring) = dec(x, k) in
  event sent(t, n); out(c, enc((t, n0, n), k)); out(c, enc(s, k)).
let Receiver(t: bitstring, sk: skey, p: pkey) =
  in(c, x: bitstring);
  let (=t, keymsg(k: key), q: pkey) = open(adec(x, sk), p) in
  if q = pk(sk) then
  new n0: bitstring; out(c, enc((t, n0), k));
  in(c, y: bitstring);
  let (=t, =n0, n: bitstring) = dec(y, k) in
  event received(t, n); event ended(n).
process
  new skA: skey; new skB: skey; out(c, pk(skA)); out(c, pk(skB));
  ( 0",
    );
    for i in 0..size {
        let _ = write!(
            out,
            "\n  | !Sender(t{i}, skA, pk(skB)) | !Receiver(t{i}, skB, pk(skA))"
        );
    }
    out.push_str(" )\n");
}

#[cfg(test)]
mod tests {
    use super::{Growth, family};

    #[test]
    fn members_are_models_and_grow() {
        for growth in Growth::ALL {
            let mut last = 0;
            for size in 1..6 {
                let text = family(growth, size);
                assert!(text.len() > last, "{}", growth.name());
                last = text.len();
                let mut sources = pi::Sources::default();
                sources.add("family.pv", &text);
                let loaded = pi::load(sources);
                assert!(loaded.program.is_some(), "{:?}\n{text}", loaded.diagnostics);
            }
        }
    }
}
