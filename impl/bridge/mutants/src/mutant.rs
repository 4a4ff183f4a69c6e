//! A mistake: edits of the implementation's text, and where the gate must stop.

/// One mistake in the implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Unique, and what selects it at run time.
    pub id: &'static str,
    /// What the endpoint does wrong, in words.
    pub what: &'static str,
    pub edits: Vec<Edit>,
    /// Sessions in each of which the gate must notice.
    pub shown_by: Vec<Scenario>,
    /// Parts of the model's text at the acceptable steps of a kill; where a
    /// divergence has no place in the model, parts of what it says.
    pub steps: &'static [&'static str],
}

/// A change of one place of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// From the root of the workspace.
    pub file: String,
    /// Text that occurs in the file exactly once.
    pub anchor: &'static str,
    pub how: How,
}

/// What becomes of the anchor while its mutant is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Another expression of the same type stands in its place. Several mutants
    /// may share an anchor.
    Instead(&'static str),
    /// Text that holds the switch itself, where the anchor is no expression.
    Verbatim(&'static str),
    /// The statements are not executed.
    Without,
}

/// Sessions to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// A folder below `models/`.
    pub family: &'static str,
    /// Whether the suite's hash is SHA-384, otherwise SHA-256.
    pub sha384: bool,
    /// A stimulus by name, or `honest`.
    pub stimulus: &'static str,
    /// How many sessions, one after the other, in one recording.
    pub sessions: u8,
}

impl Scenario {
    /// One session with nothing wrong but the mutant.
    #[must_use]
    pub const fn honest(family: &'static str) -> Self {
        Self::stimulus(family, "honest")
    }

    /// One session with an adversary at one end.
    #[must_use]
    pub const fn stimulus(family: &'static str, stimulus: &'static str) -> Self {
        Self {
            family,
            sha384: false,
            stimulus,
            sessions: 1,
        }
    }

    /// The same with another number of sessions.
    #[must_use]
    pub const fn times(self, sessions: u8) -> Self {
        Self { sessions, ..self }
    }

    /// The same with a suite of SHA-384.
    #[must_use]
    pub const fn sha384(self) -> Self {
        Self {
            sha384: true,
            ..self
        }
    }

    /// Whether no peer lies.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        self.stimulus == "honest"
    }

    /// As the driver's arguments.
    #[must_use]
    pub fn arguments(&self) -> [String; 4] {
        [
            self.family.to_owned(),
            if self.sha384 { "sha384" } else { "sha256" }.to_owned(),
            self.stimulus.to_owned(),
            self.sessions.to_string(),
        ]
    }
}

impl std::fmt::Display for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.family, self.stimulus)?;
        if self.sha384 {
            f.write_str(" with SHA-384")?;
        }
        match self.sessions {
            1 => Ok(()),
            sessions => write!(f, ", {sessions} sessions"),
        }
    }
}

/// Begins a mutant.
pub(crate) fn mutant(id: &'static str, what: &'static str) -> Mutant {
    Mutant {
        id,
        what,
        edits: Vec::new(),
        shown_by: Vec::new(),
        steps: &[],
    }
}

impl Mutant {
    fn edit(mut self, file: &str, anchor: &'static str, how: How) -> Self {
        self.edits.push(Edit {
            file: format!("impl/tls/{file}"),
            anchor,
            how,
        });
        self
    }

    pub(crate) fn instead(self, file: &str, anchor: &'static str, mutated: &'static str) -> Self {
        self.edit(file, anchor, How::Instead(mutated))
    }

    pub(crate) fn without(self, file: &str, anchor: &'static str) -> Self {
        self.edit(file, anchor, How::Without)
    }

    pub(crate) fn verbatim(self, file: &str, anchor: &'static str, text: &'static str) -> Self {
        self.edit(file, anchor, How::Verbatim(text))
    }

    pub(crate) fn shown_by(mut self, scenarios: &[Scenario]) -> Self {
        self.shown_by = scenarios.to_vec();
        self
    }

    pub(crate) fn at(mut self, steps: &'static [&'static str]) -> Self {
        self.steps = steps;
        self
    }
}
