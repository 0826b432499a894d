//! Where the books are.

use serde::Deserialize;

use super::Complaint;

/// The database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Engine and place in one: `sqlite:FILE` or `postgres://…`. May hold a password.
    pub url: String,
}

impl Database {
    pub(super) fn check(&self) -> Result<(), Complaint> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| self.url.starts_with(scheme)) {
            return Err(Complaint::new(
                "database.url",
                "no engine has this scheme",
                "sqlite:FILE or postgres://USER@HOST/NAME",
            ));
        }
        Ok(())
    }

    /// The URL as it may be shown: without its password.
    pub fn shown_url(&self) -> String {
        without_password(&self.url)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("url", &self.shown_url()).finish()
    }
}

/// Blots out the password of a URL, in its authority and among its parameters.
pub(super) fn without_password(url: &str) -> String {
    let (rest, query) = match url.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (url, None),
    };
    let mut shown = match rest.split_once("://").map(|(s, r)| (s, r.rsplit_once('@'))) {
        Some((scheme, Some((user, place)))) if user.contains(':') => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:***@{place}")
        }
        _ => rest.to_owned(),
    };
    for (position, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if position == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if name.contains("password") => {
                shown.push_str(&format!("{name}=***"));
            }
            _ => shown.push_str(pair),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_blotted_out_and_the_rest_stays() {
        for (url, shown) in [
            ("sqlite:data/a.db", "sqlite:data/a.db"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            ("postgres://u:p@h:1/d", "postgres://u:***@h:1/d"),
            ("postgres://u:p@x@h/d?a=1", "postgres://u:***@h/d?a=1"),
            ("postgres:///d?password=p&host=/tmp", "postgres:///d?password=***&host=/tmp"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
