//! Text that a peer may have had a hand in, for a terminal or a log.
//!
//! Reasons name media types, labels and names out of certificates, and a QUIC peer
//! words its own. Control characters would move the cursor or begin a line that
//! looks like ours, and marks of direction would show another order: all of them
//! are shown as what they are.

use std::fmt::Display;

/// One line without control characters.
pub(crate) fn plain(said: impl Display) -> String {
    let mut line = String::new();
    for character in said.to_string().chars() {
        let is_direction = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || is_direction {
            line.extend(character.escape_unicode());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_writes_no_lines_of_ours() {
        let said = "no\r\nattested: server.example\u{1b}[2K\u{202e}evil";
        assert_eq!(
            plain(said),
            "no\\u{d}\\u{a}attested: server.example\\u{1b}[2K\\u{202e}evil"
        );
        assert_eq!(plain("grüße, Wörter"), "grüße, Wörter");
    }
}
