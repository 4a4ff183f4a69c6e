//! Media types, compared by meaning.
//!
//! Invariant: two values are equal exactly if they name the same type with the
//! same parameters, whatever the case, spacing, quoting or order they were
//! written in (RFC 9110 section 8.3.1). Parameter values keep their case.

use std::{collections::BTreeMap, fmt, str::FromStr};

/// The longest media type taken, in octets.
pub const MAX_LENGTH: usize = 255;

/// A media type with its parameters, such as
/// `application/eat+cwt; eat_profile="tag:example.com,2026:x"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType {
    /// `type/subtype`, lower-case.
    essence: String,
    parameters: BTreeMap<String, String>,
}

/// Why a text is not a media type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a media type at octet {octet}: {reason}")]
pub struct MediaTypeError {
    pub octet: usize,
    pub reason: &'static str,
}

impl MediaType {
    /// A type known when this crate was written, with one parameter.
    pub(crate) fn with_parameter(
        essence: &'static str,
        name: &'static str,
        value: &'static str,
    ) -> Self {
        Self {
            essence: essence.into(),
            parameters: BTreeMap::from([(name.into(), value.into())]),
        }
    }

    /// `type/subtype` in lower case, without parameters.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter, unquoted.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, MediaTypeError> {
        let mut parser = Parser { text, octet: 0 };
        if text.len() > MAX_LENGTH {
            return Err(parser.fault("longer than 255 octets"));
        }
        let kind = parser.token()?.to_ascii_lowercase();
        parser.expect('/')?;
        let subtype = parser.token()?.to_ascii_lowercase();
        let mut parameters = BTreeMap::new();
        loop {
            parser.skip_space();
            if parser.rest().is_empty() {
                break;
            }
            parser.expect(';')?;
            parser.skip_space();
            let at_name = parser.octet;
            let name = parser.token()?.to_ascii_lowercase();
            parser.expect('=')?;
            let value = parser.value()?;
            if parameters.insert(name, value).is_some() {
                parser.octet = at_name;
                return Err(parser.fault("a parameter is given twice"));
            }
        }
        Ok(Self {
            essence: format!("{kind}/{subtype}"),
            parameters,
        })
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            if !value.is_empty() && value.chars().all(is_token) {
                write!(f, "; {name}={value}")?;
            } else {
                let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "; {name}=\"{quoted}\"")?;
            }
        }
        Ok(())
    }
}

struct Parser<'t> {
    text: &'t str,
    octet: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        // `octet` only ever advances by the length of whole characters.
        self.text.get(self.octet..).unwrap_or_default()
    }

    fn fault(&self, reason: &'static str) -> MediaTypeError {
        MediaTypeError {
            octet: self.octet,
            reason,
        }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.octet += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn expect(&mut self, wanted: char) -> Result<(), MediaTypeError> {
        if self.rest().starts_with(wanted) {
            self.octet += wanted.len_utf8();
            return Ok(());
        }
        Err(self.fault(match wanted {
            '/' => "`/` expected",
            ';' => "`;` expected",
            _ => "`=` expected",
        }))
    }

    fn token(&mut self) -> Result<&'t str, MediaTypeError> {
        let rest = self.rest();
        let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.fault("a token expected"));
        }
        self.octet += end;
        Ok(&rest[..end])
    }

    fn value(&mut self) -> Result<String, MediaTypeError> {
        if !self.rest().starts_with('"') {
            return self.token().map(str::to_owned);
        }
        self.octet += 1;
        let mut value = String::new();
        let mut escaped = false;
        for character in self.rest().chars() {
            if !(character == '\t' || character == ' ' || character.is_ascii_graphic()) {
                return Err(self.fault("a printable ASCII character expected"));
            }
            self.octet += 1;
            match character {
                '"' if !escaped => return Ok(value),
                '\\' if !escaped => escaped = true,
                plain => {
                    value.push(plain);
                    escaped = false;
                }
            }
        }
        Err(self.fault("the quoted string has no end"))
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<MediaType, MediaTypeError> {
        text.parse()
    }

    #[test]
    fn spelling_does_not_matter_and_meaning_does() {
        let plain = parse("application/eat+cwt; b=2; a=\"1\"").unwrap();
        assert_eq!(parse("Application/EAT+cwt;A=1 ; B=\"2\"").unwrap(), plain);
        for other in [
            "application/eat+cwt; b=2; a=X",
            "application/eat+cwt",
            "a/b; b=2; a=1",
        ] {
            assert_ne!(parse(other).unwrap(), plain, "{other}");
        }
        assert_ne!(parse("a/b; p=x").unwrap(), parse("a/b; p=X").unwrap());
        assert_eq!(plain.parameter("a"), Some("1"));
    }

    #[test]
    fn printing_and_parsing_agree() {
        for text in [
            "a/b",
            "application/eat+cwt; eat_profile=\"tag:x.example,2026:y\"",
            "a/b; c=\"\"; d=\"\\\"\\\\ \"",
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parse(&parsed.to_string()).unwrap(), parsed);
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn refusals_say_where() {
        for (text, octet) in [
            ("", 0),
            ("a", 1),
            ("a/", 2),
            ("/b", 0),
            ("a/b c", 4),
            ("a/b;", 4),
            ("a/b;c", 5),
            ("a/b;c=", 6),
            ("a/b;c=\"x", 8),
            ("a/b;c=\"\u{e9}\"", 7),
            ("a/b;c=1;C=2", 8),
            ("a/b (TEMPORARY)", 4),
        ] {
            assert_eq!(parse(text).unwrap_err().octet, octet, "{text}");
        }
        assert!(parse(&format!("a/{}", "b".repeat(MAX_LENGTH))).is_err());
    }
}
