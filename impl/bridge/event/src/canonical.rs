//! The canonical text of a JSON value, after RFC 8785.
//!
//! Invariant: equal values have equal text, whatever map type or features the
//! JSON library was built with. Object keys are sorted by their UTF-8 octets
//! (every key of this format is ASCII, where that is RFC 8785's order), strings
//! escape only what must be escaped, and there is no white space. Two
//! departures, both towards exactness: integers are written in full even beyond
//! 2^53, and numbers that are not integers have no canonical text at all.

use serde_json::Value;

/// The canonical text, or `None` if a number in `value` is not an integer.
pub(crate) fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    write_value(value, &mut text)?;
    Some(text)
}

fn write_value(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(natural), _) => out.push_str(&natural.to_string()),
            (None, Some(integer)) => out.push_str(&integer.to_string()),
            (None, None) => return None,
        },
        Value::String(string) => write_string(string, out),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|&(key, _)| key.as_bytes());
            out.push('{');
            for (position, (key, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write_value(value, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

/// RFC 8785 section 3.2.2.2.
fn write_string(string: &str, out: &mut String) {
    out.push('"');
    for character in string.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sorts_escapes_and_leaves_no_space() {
        let value = json!({"b": [1, -2, null], "a": "\u{1}\"\\\n\u{e9}/", "B": {"x": true}});
        assert_eq!(
            canonical(&value).as_deref(),
            Some("{\"B\":{\"x\":true},\"a\":\"\\u0001\\\"\\\\\\n\u{e9}/\",\"b\":[1,-2,null]}")
        );
    }

    #[test]
    fn integers_are_exact_and_nothing_else_is_a_number() {
        assert_eq!(
            canonical(&json!([u64::MAX, i64::MIN])).as_deref(),
            Some("[18446744073709551615,-9223372036854775808]")
        );
        assert_eq!(canonical(&json!([1.0])), None);
    }
}
