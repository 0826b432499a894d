//! Links with values in them.

/// A path with a query.
pub(super) fn query(path: &str, values: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (place, (name, value)) in values.iter().enumerate() {
        link.push(if place == 0 { '?' } else { '&' });
        link.push_str(name);
        link.push('=');
        encode(value, &mut link);
    }
    link
}

/// The link if it leads to one of these pages, else the first page: a stranger's link must not send
/// people elsewhere.
pub(super) fn ours(link: &str) -> &str {
    let within = ["/pay/", "/pay?"].iter().any(|start| link.starts_with(start));
    let plain = link.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if within && plain { link } else { "/pay" }
}

/// Percent-encodes everything but what RFC 3986 calls unreserved.
fn encode(value: &str, link: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ours, query};

    #[test]
    fn values_cannot_break_out_of_their_place() {
        let link = query("/pay/bills", &[("house", "1栋&x=1"), ("site", "a b")]);
        assert_eq!(link, "/pay/bills?house=1%E6%A0%8B%26x%3D1&site=a%20b");
    }

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        for stranger in
            ["https://evil.example/pay/", "//evil.example", "/payroll", "/pay/\r\nx", ""]
        {
            assert_eq!(ours(stranger), "/pay", "{stranger}");
        }
        assert_eq!(ours("/pay/bills?house=1"), "/pay/bills?house=1");
    }
}
