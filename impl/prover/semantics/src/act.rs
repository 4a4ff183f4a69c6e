//! What one step does to a state: the effects of evaluating its terms, and
//! what is reported as having happened.
//!
//! A step takes exactly the table entries it was given: a missing choice is an
//! error that names the entries that match, one left over is an error too, so
//! a trace has one reading.

use crate::error::StepError;
use crate::evaluate::{Effects, Environment, Place};
use crate::messages::{Message, Messages};
use crate::state::{Birth, EntryRecord, EventRecord, SentRecord, State};
use crate::step::Happened;
use pi::{EventId, Process, Span, TableId, VarId};
use proof::attack::Copy;
use std::sync::Arc;

/// The effects of one step on a state.
pub(crate) struct Act<'s, 'p> {
    state: &'s mut State<'p>,
    pub(crate) copy: Copy,
    span: Span,
    entries: &'s [Option<u32>],
    chosen: usize,
    pub(crate) happened: Vec<Happened>,
}

impl<'s, 'p> Act<'s, 'p> {
    pub(crate) fn new(
        state: &'s mut State<'p>,
        copy: Copy,
        span: Span,
        entries: &'s [Option<u32>],
    ) -> Self {
        Self {
            state,
            copy,
            span,
            entries,
            chosen: 0,
            happened: Vec::new(),
        }
    }

    pub(crate) fn turn(&mut self, copy: Copy, span: Span) {
        self.copy = copy;
        self.span = span;
    }

    pub(crate) fn sent(
        &mut self,
        channel: Message,
        message: Message,
        process: &Process,
        to_attacker: bool,
    ) {
        let moment = self.state.tick();
        let phase = self.state.phase;
        let number = u32::try_from(self.state.frame.len()).unwrap_or(u32::MAX);
        if to_attacker {
            self.state.frame.push((message, moment, phase));
        }
        let record = u32::try_from(self.state.sent.len()).unwrap_or(u32::MAX);
        self.state.sent.push(SentRecord {
            moment,
            phase,
            channel,
            message,
            copy: self.copy,
            point: process.point,
            output: to_attacker.then_some(number),
        });
        self.happened.push(Happened::Sent(record));
    }

    /// What happened; an error when a choice was left over.
    pub(crate) fn finish(self, at: impl FnOnce() -> String) -> Result<Vec<Happened>, StepError> {
        if self.chosen < self.entries.len() {
            return Err(StepError::UnusedEntries { at: at() });
        }
        Ok(self.happened)
    }
}

impl Effects for Act<'_, '_> {
    fn fresh(
        &mut self,
        messages: &mut Messages,
        binder: VarId,
        environment: &Environment,
        _: Place<'_>,
    ) -> Result<Message, StepError> {
        let number = self.state.names;
        let name = messages.fresh(binder, number);
        if let Some(thread) = self.state.thread(self.copy) {
            let birth = Birth {
                sessions: thread.sessions.clone(),
                environment: Arc::new(environment.clone()),
            };
            self.state.births.insert(number, birth);
        }
        self.state.names = self.state.names.saturating_add(1);
        self.happened.push(Happened::Created {
            copy: self.copy,
            binder,
            name,
        });
        Ok(name)
    }

    fn event(
        &mut self,
        event: EventId,
        arguments: Vec<Message>,
        at: Place<'_>,
    ) -> Result<(), StepError> {
        let moment = self.state.tick();
        let number = u32::try_from(self.state.events.len()).unwrap_or(u32::MAX);
        self.state.events.push(EventRecord {
            moment,
            event,
            arguments,
            copy: self.copy,
            point: at.point.unwrap_or(pi::PointId(u32::MAX)),
            span: at.span,
        });
        self.happened.push(Happened::Event(number));
        Ok(())
    }

    fn insert(
        &mut self,
        table: TableId,
        columns: Vec<Message>,
        at: Place<'_>,
    ) -> Result<(), StepError> {
        let moment = self.state.tick();
        let number = u32::try_from(self.state.entries.len()).unwrap_or(u32::MAX);
        self.state.entries.push(EntryRecord {
            moment,
            phase: self.state.phase,
            table,
            columns,
            copy: self.copy,
            point: at.point.unwrap_or(pi::PointId(u32::MAX)),
        });
        self.happened.push(Happened::Inserted(number));
        Ok(())
    }

    fn entries(&self, table: TableId) -> Vec<(u32, Vec<Message>)> {
        self.state
            .entries
            .iter()
            .enumerate()
            .filter(|(_, e)| e.table == table)
            .map(|(i, e)| (u32::try_from(i).unwrap_or(u32::MAX), e.columns.clone()))
            .collect()
    }

    fn choose(&mut self, matching: &[u32], at: Place<'_>) -> Result<Option<u32>, StepError> {
        let Some(entry) = self.entries.get(self.chosen) else {
            return Err(StepError::NeedsEntry {
                at: at.describe(),
                point: at.point.unwrap_or(pi::PointId(u32::MAX)),
                matching: matching.to_vec(),
            });
        };
        self.chosen += 1;
        self.happened.push(Happened::Took {
            copy: self.copy,
            entry: *entry,
        });
        Ok(*entry)
    }
}
