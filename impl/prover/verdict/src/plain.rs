//! Whether a run falsifies an injective query is often seen without executions.
//!
//! What falsifies the query as it stands without `inj-` falsifies the query. If
//! another query of the program needs a base that serves for that, an attack is
//! looked for there first: such a base is smaller by far, because nothing in it
//! tells executions apart, and it is needed anyway.

use horn::{Kept, Options, Sharing};
use pi::{Correspondence, Formula, Program, QueryKind};

/// The program with the query made plain, and the options of bases that another
/// query of it may need and that serve for it.
pub(crate) fn plain(
    program: &Program,
    query: u32,
    sharing: &Sharing,
) -> Option<(Program, Vec<Options>)> {
    if horn::parts(program, query).ok()? != 1 {
        return None;
    }
    let mut kind = program.queries.get(query as usize)?.kind.clone();
    let QueryKind::Correspondence(correspondence) = &mut kind else {
        return None;
    };
    if !forget(correspondence) {
        return None;
    }
    let mut plain = program.clone();
    plain.queries.get_mut(query as usize)?.kind = kind;
    let needed = horn::options_of(&plain, query, 0);
    let others = (0..).zip(&program.queries).filter(|(q, _)| *q != query);
    let options = others
        .flat_map(|(other, _)| sharing.options(other, 0))
        .filter(|o| o.begins_at == Kept::none() && o.cover(&needed))
        .cloned()
        .collect();
    Some((plain, options))
}

/// Makes every event plain; whether one was injective.
fn forget(correspondence: &mut Correspondence) -> bool {
    let mut found = false;
    let premises = correspondence.premises.iter_mut();
    for formula in premises.chain([&mut correspondence.conclusion]) {
        found |= forget_in(formula);
    }
    found
}

fn forget_in(formula: &mut Formula) -> bool {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            let mut found = false;
            for part in parts {
                found |= forget_in(part);
            }
            found
        }
        Formula::Event { injective, .. } => std::mem::take(injective),
        Formula::Nested(fact, conclusion) => forget_in(fact) | forget_in(conclusion),
        Formula::Attacker { .. }
        | Formula::Equal(..)
        | Formula::False
        | Formula::Message { .. }
        | Formula::Natural(..)
        | Formula::Predicate { .. }
        | Formula::Table { .. }
        | Formula::True
        | Formula::Unequal(..) => false,
    }
}
