//! Until when a certificate is valid: the one date of X.509 that the doctor needs, read from its DER
//! without a library for all the rest.

use std::path::Path;

use jiaozi_ledger::time::Instant;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of the first certificate of a chain.
pub(super) fn valid_until(file: &Path) -> anyhow::Result<Instant> {
    let certificate = CertificateDer::from_pem_file(file)?;
    not_after(&certificate).ok_or_else(|| anyhow::anyhow!("its end cannot be read"))
}

/// `Certificate ::= { tbsCertificate { [0] version?, serial, signature, issuer, validity { from, to } …`
fn not_after(der: &[u8]) -> Option<Instant> {
    let (_, certificate, _) = element(der).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    for _serial_signature_issuer in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, to) = element(validity)?;
    let (tag, text, _) = element(to)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// One element: its tag, its content, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

/// `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` from then on (RFC 5280, 4.1.2.5).
fn time(tag: u8, text: &str) -> Option<Instant> {
    let digits = text.strip_suffix('Z')?;
    let whole = match tag {
        UTC_TIME => {
            let century = if digits.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            format!("{century}{digits}")
        }
        GENERALIZED_TIME => digits.to_owned(),
        _ => return None,
    };
    let at = DateTime::strptime("%Y%m%d%H%M%S", &whole).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_before_and_after_the_form_changes() {
        for (year, expected) in [(2027, "2027-03-04T00:00:00Z"), (2061, "2061-03-04T00:00:00Z")] {
            let key = rcgen::KeyPair::generate().unwrap();
            let mut wanted = rcgen::CertificateParams::new(vec!["pay.example".to_owned()]).unwrap();
            wanted.not_after = rcgen::date_time_ymd(year, 3, 4);
            let made = wanted.self_signed(&key).unwrap();
            let expected: jiff::Timestamp = expected.parse().unwrap();
            assert_eq!(not_after(made.der()), Some(expected.into()), "{year}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let key = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
        for length in 0..made.der().len() {
            // Cut anywhere it is refused, and nothing panics.
            assert_eq!(not_after(&made.der()[..length]), None, "{length} bytes");
        }
        assert_eq!(not_after(b"no certificate"), None);
    }
}
