//! Short names for long messages.
//!
//! A part that is large and shown more than once gets a name `M1`, `M2`, …, in
//! order of appearance. Names are chosen on the graph of messages, whose tree
//! can be very large.

use semantics::{Message, Messages, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Smallest part that gets a name, in symbols.
const LARGE: u64 = 5;
/// A part this large gets a name even when shown once.
const HUGE: u64 = 12;

/// Parts with their names, in order of appearance.
pub(super) fn choose(messages: &Messages, shown: &[Message]) -> Vec<(Message, String)> {
    let mut sizes = BTreeMap::new();
    let mut uses: BTreeMap<Message, u32> = BTreeMap::new();
    let mut order = Vec::new();
    let mut opened = BTreeSet::new();
    for message in shown {
        let mut stack = vec![*message];
        while let Some(m) = stack.pop() {
            *uses.entry(m).or_default() += 1;
            if !opened.insert(m) {
                continue;
            }
            order.push(m);
            if let Node::Apply(_, parts) = messages.node(m) {
                stack.extend(parts.iter().rev());
            }
        }
    }
    order
        .into_iter()
        .filter(|m| {
            let size = size(messages, *m, &mut sizes);
            let often = uses.get(m).copied().unwrap_or(0) > 1;
            size >= HUGE || (often && size >= LARGE)
        })
        .zip(1..)
        .map(|(m, n)| (m, format!("M{n}")))
        .collect()
}

/// Symbols of the tree, saturating.
fn size(messages: &Messages, message: Message, known: &mut BTreeMap<Message, u64>) -> u64 {
    if let Some(size) = known.get(&message) {
        return *size;
    }
    let size = match messages.node(message) {
        Node::Apply(_, parts) => parts
            .iter()
            .map(|p| size(messages, *p, known))
            .fold(1_u64, u64::saturating_add),
        Node::Successor(below) => size(messages, *below, known).saturating_add(1),
        Node::Attacker(..) | Node::Free(_) | Node::Fresh(..) | Node::Natural(_) => 1,
    };
    known.insert(message, size);
    size
}
