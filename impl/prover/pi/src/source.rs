//! Source files, byte spans and positions.
//!
//! Every node of a [`Program`](crate::Program) carries a [`Span`], also after
//! macro expansion, so that a verdict, a derived step or an error can always
//! point at text a person wrote.

/// Index of a file in [`Sources`]; files are numbered in the order in which
/// they were given, libraries first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// Half-open range of bytes `start..end` in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest span that covers both; `self` when the files differ.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A file's name as given by the caller, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Name used in messages; never opened by this crate.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Line and column, both from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The files of one program, in link order: libraries, then the main file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
    /// Of each file where its lines begin.
    lines: Vec<Vec<u32>>,
}

impl Sources {
    /// Adds a file and returns its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let (name, text) = (name.into(), text.into());
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let begins = [0].into_iter().chain(ends);
        let begins = begins.map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        self.lines.push(begins.collect());
        self.files.push(SourceFile { name, text });
        id
    }

    /// The file with this index, if it exists.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files in link order.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text under a span; empty when the span lies outside its file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file)
            .and_then(|f| f.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// Where a span begins; line 1, column 1 when it lies outside its file.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.position_at(span.file, span.start)
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn position_at(&self, file: FileId, offset: u32) -> Position {
        let start = Position { line: 1, column: 1 };
        let (Some(file), Some(lines)) = (self.file(file), self.lines.get(file.0 as usize)) else {
            return start;
        };
        let line = lines.partition_point(|begin| *begin <= offset);
        let begin = line.checked_sub(1).and_then(|last| lines.get(last));
        let before = begin.and_then(|b| file.text.get(*b as usize..offset as usize));
        before.map_or(start, |before| Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before.chars().count()).map_or(u32::MAX, |n| n.saturating_add(1)),
        })
    }

    /// The full line (without its end) in which a span begins.
    #[must_use]
    pub fn line(&self, span: Span) -> &str {
        let Some(file) = self.file(span.file) else {
            return "";
        };
        let start = (span.start as usize).min(file.text.len());
        let from = file
            .text
            .get(..start)
            .and_then(|t| t.rfind('\n'))
            .map_or(0, |n| n + 1);
        let rest = file.text.get(from..).unwrap_or("");
        rest.split(['\n', '\r']).next().unwrap_or("")
    }
}
