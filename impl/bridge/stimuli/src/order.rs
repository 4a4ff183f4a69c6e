//! One order of a recording's events, whoever was faster.
//!
//! Two ends on two threads do the same things each time, and each in the same
//! order; which of two things at different ends comes first is chance. Here the
//! client goes first as long as it can: a message is received behind its sending,
//! and an end decides behind the other's appraisals, since a peer's acceptance is
//! what an end that attests waits for.

use std::collections::VecDeque;

use event::kind::Appraisal;
use event::recording::Event;
use event::{Kind, Recording};

/// Puts the events in that order. A recording in which it would go against a
/// cause, or in which an end refused, stays as it was.
pub fn settle(recording: &mut Recording) {
    let mut parties: Vec<u32> = recording.events.iter().map(|it| it.party).collect();
    parties.sort_unstable();
    parties.dedup();
    let mut waiting: Vec<VecDeque<&Event>> = parties
        .iter()
        .map(|party| {
            let own = recording.events.iter();
            own.filter(|event| event.party == *party).collect()
        })
        .collect();
    // What became of an index.
    let mut places: Vec<Option<u64>> = vec![None; recording.events.len()];
    let mut settled = Vec::with_capacity(recording.events.len());
    while settled.len() < recording.events.len() {
        let appraising: Vec<bool> = waiting
            .iter()
            .map(|events| events.iter().any(|event| is_appraisal(&event.kind)))
            .collect();
        let next = (0..waiting.len()).find(|&party| {
            waiting[party].front().is_some_and(|event| {
                let is_caused = event.causes.iter().all(|cause| {
                    let place = usize::try_from(*cause).ok().and_then(|it| places.get(it));
                    place.is_some_and(Option::is_some)
                });
                let others = (0..waiting.len()).filter(|&other| other != party);
                let is_decision = matches!(event.kind, Kind::Decision { .. });
                is_caused && !(is_decision && others.into_iter().any(|it| appraising[it]))
            })
        });
        let Some(event) = next.and_then(|party| waiting[party].pop_front()) else {
            return;
        };
        let index = settled.len() as u64;
        let mut event = event.clone();
        if let Some(place) = usize::try_from(event.index)
            .ok()
            .and_then(|it| places.get_mut(it))
        {
            *place = Some(index);
        }
        event.index = index;
        for cause in &mut event.causes {
            // It was looked at above.
            if let Some(Some(place)) = usize::try_from(*cause).ok().and_then(|it| places.get(it)) {
                *cause = *place;
            }
        }
        event.causes.sort_unstable();
        settled.push(event);
    }
    recording.events = settled;
}

fn is_appraisal(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Appraise {
            verdict: Appraisal::Affirming,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, Prepared, Stimulus, Suite, World};

    fn session() -> Recording {
        let world = World::new().expect("a world");
        let prepared = Prepared::new(&world, Family::PostMutual, Suite::Sha256, &Stimulus::HONEST);
        prepared.and_then(Prepared::in_memory).expect("a recording")
    }

    /// As it would be if the server had always been the faster one, within what
    /// messages allow.
    fn server_first(recording: &Recording) -> Recording {
        let mut other = recording.clone();
        let by = |event: &Event| event.party;
        let (mut done, mut left) = (Vec::<Event>::new(), recording.events.clone());
        while !left.is_empty() {
            let at = [2, 1]
                .into_iter()
                .find_map(|party| {
                    let at = left.iter().position(|event| by(event) == party)?;
                    let known = |cause: &u64| done.iter().any(|it| it.index == *cause);
                    left[at].causes.iter().all(known).then_some(at)
                })
                .expect("somebody can go on");
            done.push(left.remove(at));
        }
        let place = |index: u64| done.iter().position(|it| it.index == index);
        other.events = done
            .iter()
            .enumerate()
            .map(|(index, event)| {
                let mut event = event.clone();
                event.index = index as u64;
                for cause in &mut event.causes {
                    *cause = place(*cause).expect("before it") as u64;
                }
                event
            })
            .collect();
        other
    }

    #[test]
    fn whoever_was_faster_it_is_one_order() {
        let mut first = session();
        let mut second = server_first(&first);
        assert_ne!(first, second);
        settle(&mut first);
        settle(&mut second);
        assert_eq!(first, second);
        event::to_json_lines(&first).expect("coherent");
    }

    #[test]
    fn what_cannot_be_settled_stays() {
        let mut recording = session();
        let last = recording.events.len() as u64 - 1;
        recording.events[0].causes = vec![last];
        let before = recording.clone();
        settle(&mut recording);
        assert_eq!(recording, before);
    }
}
