//! Sessions of the same parties, one after the other, as one recording.

use event::Recording;

/// Puts a session behind those of a recording, as session `number` of each
/// party. Both are of one [`World`](crate::World), so that what was given to
/// one was given to the other.
pub fn join(recording: &mut Recording, next: Recording, number: u32) {
    let offset = recording.events.len() as u64;
    for mut session in next.head.sessions {
        session.session = number;
        recording.head.sessions.push(session);
    }
    for mut event in next.events {
        event.session = number;
        event.index += offset;
        for cause in &mut event.causes {
            *cause += offset;
        }
        recording.events.push(event);
    }
    recording.foot.count = recording.events.len() as u64;
}
