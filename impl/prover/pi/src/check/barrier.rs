//! Barriers: `sync n; P` waits until every other `sync n` of the process has been
//! reached, too.
//!
//! Each has two private channels of its own. It says on the one that it is reached,
//! and goes on when it is answered on the other. One more copy, beside the process,
//! hears all barriers of a level before it answers the first of them, and goes from
//! level to level (Blanchet and Smyth, "Automated Reasoning for Equivalences in the
//! Applied Pi Calculus with Barriers", 2018, section 3.3). So barriers are not under
//! replications, and there are neither phases nor compromised sessions besides.

use super::Checker;
use crate::program::{
    FreeName, KeyCompromise, NameId, Pattern, PatternKind, Process, ProcessKind, Term, TermKind,
    TypeId,
};
use crate::source::Span;
use crate::syntax::tree;

/// A barrier of the main process, macros expanded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Barrier {
    level: u64,
    reached: NameId,
    answered: NameId,
    span: Span,
}

impl<'t> Checker<'t> {
    /// `sync n; P`.
    pub(super) fn sync_process(
        &mut self,
        level: u64,
        then: &'t tree::Process,
        span: Span,
    ) -> Option<ProcessKind> {
        self.synced.get_or_insert(span);
        let outer = self.level;
        let place = self.call.map_or(span, |(place, _)| place);
        if level == 0 {
            self.error(span, "the level of a barrier is 1 at least", None);
        } else if level <= outer {
            self.error(
                place,
                format!("a barrier of level {level} cannot follow one of level {outer}"),
                Some("levels increase along a process"),
            );
        }
        if self.replications > 0 {
            self.error(
                place,
                "a barrier cannot stand under a replication",
                Some("it waits for all others, and copies have no number"),
            );
        }
        self.level = level.max(outer);
        if !self.expanding {
            let then = self.continuation(then);
            self.level = outer;
            // A definition is kept as it is written.
            return then.map(|then| then.kind);
        }
        let ordinal = self.barriers.len() + 1;
        let barrier = Barrier {
            level,
            reached: self.channel(&format!("reached_{ordinal}"), span),
            answered: self.channel(&format!("answered_{ordinal}"), span),
            span,
        };
        self.barriers.push(barrier);
        let point = self.point();
        let then = self.continuation(then);
        self.level = outer;
        let kind = self.wait(barrier.answered, span, then?);
        let wait = Process { point, kind, span };
        Some(self.signal(barrier.reached, span, Box::new(wait)))
    }

    /// Refuses barriers, be they used or not, where sessions are compromised.
    pub(super) fn barriers_uncompromised(&mut self) {
        if let Some(span) = self.synced
            && self.program.settings.key_compromise != KeyCompromise::None
        {
            self.error(
                span,
                "barriers and keyCompromise do not go together",
                Some("leave `set keyCompromise` out, or the barriers"),
            );
        }
    }

    /// The main process with what answers its barriers.
    pub(super) fn with_barriers(&mut self, process: Process) -> Process {
        let mut barriers = core::mem::take(&mut self.barriers);
        if barriers.is_empty() {
            return process;
        }
        if let Some(span) = self.phased {
            self.error(span, "phases and barriers do not go together", None);
            return process;
        }
        barriers.sort_by_key(|barrier| barrier.level);
        let span = process.span;
        let mut answers = Process {
            point: self.point(),
            kind: ProcessKind::Nil,
            span,
        };
        for level in barriers.chunk_by(|a, b| a.level == b.level).rev() {
            for barrier in level {
                let kind = self.signal(barrier.answered, barrier.span, Box::new(answers));
                answers = self.step(kind, barrier.span);
            }
            for barrier in level {
                let kind = self.wait(barrier.reached, barrier.span, Box::new(answers));
                answers = self.step(kind, barrier.span);
            }
        }
        self.step(ProcessKind::Parallel(vec![process, answers]), span)
    }

    fn step(&mut self, kind: ProcessKind, span: Span) -> Process {
        let point = self.point();
        Process { point, kind, span }
    }

    fn channel(&mut self, wanted: &str, span: Span) -> NameId {
        let mut name = wanted.to_owned();
        while self.names.find(&name).is_some() {
            name.push('_');
        }
        let id = NameId(super::declare::index(self.program.names.len()));
        self.program.names.push(FreeName {
            name,
            ty: TypeId::CHANNEL,
            private: true,
            span: Some(span),
        });
        id
    }

    /// `out(channel, ()); then`.
    fn signal(&mut self, channel: NameId, span: Span, then: Box<Process>) -> ProcessKind {
        let nothing = TermKind::Apply(self.tuple(0), Vec::new());
        ProcessKind::Output {
            channel: on(channel, span),
            message: Term {
                kind: nothing,
                ty: TypeId::BITSTRING,
                span,
            },
            then,
        }
    }

    /// `in(channel, ()); then`.
    fn wait(&mut self, channel: NameId, span: Span, then: Box<Process>) -> ProcessKind {
        let nothing = PatternKind::Data(self.tuple(0), Vec::new());
        ProcessKind::Input {
            channel: on(channel, span),
            pattern: Pattern {
                kind: nothing,
                ty: TypeId::BITSTRING,
                span,
            },
            precise: false,
            then,
        }
    }
}

fn on(channel: NameId, span: Span) -> Term {
    Term {
        kind: TermKind::Name(channel),
        ty: TypeId::CHANNEL,
        span,
    }
}
