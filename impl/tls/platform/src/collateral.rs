//! What Intel publishes about a family of platforms, and signs.
//!
//! TCB information, the Quoting Enclave's identity, two revocation lists, and
//! the chains of those who signed them. JSON in the form of `dcap-qvl`, which
//! is what its own tools and PCCS clients write: texts as strings, octets in
//! hex. Nothing is believed here; [`crate::tdx`] verifies it
//! together with the quote it is for.

use dcap_qvl::{QeIdentity, QuoteCollateralV3, TcbInfo};
use rats::UnixSeconds;

/// The largest collateral read, in octets.
pub const MAX_SIZE: usize = 1 << 20;

/// Collateral for the platforms of one FMSPC.
#[derive(Clone, Debug)]
pub struct Collateral {
    pub(crate) parts: QuoteCollateralV3,
    fmspc: [u8; 6],
    issued: UnixSeconds,
}

/// Why octets are not collateral.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollateralError {
    #[error("the collateral is malformed at line {line}, column {column}: {reason}")]
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("the collateral's {part} is malformed: {reason}")]
    Part { part: &'static str, reason: String },
    #[error("the collateral has {0} octets, at most {MAX_SIZE} are read")]
    TooLarge(usize),
}

impl Collateral {
    /// Reads collateral.
    pub fn from_json(octets: &[u8]) -> Result<Self, CollateralError> {
        if octets.len() > MAX_SIZE {
            return Err(CollateralError::TooLarge(octets.len()));
        }
        let parts: QuoteCollateralV3 =
            serde_json::from_slice(octets).map_err(|error| CollateralError::Json {
                line: error.line(),
                column: error.column(),
                reason: error.to_string(),
            })?;
        let tcb_info: TcbInfo = part("TCB information", &parts.tcb_info)?;
        let identity: QeIdentity = part("Quoting Enclave identity", &parts.qe_identity)?;
        let mut fmspc = [0; 6];
        hex::decode_to_slice(&tcb_info.fmspc, &mut fmspc)
            .map_err(|error| malformed("FMSPC", error))?;
        let dates = [&tcb_info.issue_date, &identity.issue_date].map(|date| {
            unix_seconds(date).ok_or_else(|| malformed("issue date", format!("{date:?}")))
        });
        let [tcb_info, identity] = dates;
        Ok(Self {
            parts,
            fmspc,
            issued: tcb_info?.min(identity?),
        })
    }

    /// Family, model, stepping, platform type and custom SKU of the platforms it
    /// is for.
    pub fn fmspc(&self) -> [u8; 6] {
        self.fmspc
    }

    /// When the older of TCB information and identity was issued.
    pub(crate) fn issued(&self) -> UnixSeconds {
        self.issued
    }
}

fn part<T: serde::de::DeserializeOwned>(
    name: &'static str,
    text: &str,
) -> Result<T, CollateralError> {
    serde_json::from_str(text).map_err(|error| malformed(name, error))
}

fn malformed(part: &'static str, reason: impl ToString) -> CollateralError {
    let reason = reason.to_string();
    CollateralError::Part { part, reason }
}

/// `YYYY-MM-DDThh:mm:ssZ`, the one form Intel writes (RFC 3339), from 1970.
fn unix_seconds(date: &str) -> Option<UnixSeconds> {
    let octets = date.as_bytes();
    let separators = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'Z'),
    ];
    let has_form = octets.len() == 20
        && octets.iter().enumerate().all(|(at, octet)| {
            match separators.iter().find(|(position, _)| *position == at) {
                Some((_, separator)) => octet == separator,
                None => octet.is_ascii_digit(),
            }
        });
    if !has_form {
        return None;
    }
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let february = if is_leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let in_month = *months.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if year < 1970 || !(1..=in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years: u64 = (1970..year)
        .map(|year| 365 + u64::from(is_leap(year)))
        .sum();
    let in_year: u64 = months.iter().take(month as usize - 1).sum();
    let days = years + in_year + day - 1;
    Some(UnixSeconds(
        ((days * 24 + hour) * 60 + minute) * 60 + second,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_as_clocks_count() {
        for (date, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2025-06-19T09:13:00Z", 1_750_324_380),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(unix_seconds(date), Some(UnixSeconds(seconds)), "{date}");
        }
        for date in [
            "",
            "2025-06-19T09:13:00",
            "2025-06-19T09:13:00+00:00",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "2025-06-19T09:13:0éZ",
        ] {
            assert_eq!(unix_seconds(date), None, "{date}");
        }
    }

    #[test]
    fn what_is_no_collateral_is_refused() {
        let json = |octets: &[u8]| Collateral::from_json(octets);
        assert!(matches!(
            json(b"{\n]"),
            Err(CollateralError::Json { line: 2, .. })
        ));
        assert!(matches!(
            json(&vec![b' '; MAX_SIZE + 1]),
            Err(CollateralError::TooLarge(_))
        ));
    }
}
