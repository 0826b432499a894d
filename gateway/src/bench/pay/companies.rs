//! The specifications of a bench: some companies from one template, a channel, and a calendar without
//! rest days, in a folder that the gateway reads like any other.

use crate::trial::place::Place;

/// How many companies payments are spread over.
pub const COMPANIES: usize = 64;

/// The channel that pays.
pub const CHANNEL: &str = "bench-bank";

/// The company in the template.
const TEMPLATE_CODE: &str = "bench-00";
const COMPANY: &str = include_str!("company.toml");

/// The channel's template, with the key for which the run's own stands.
const TEMPLATE_KEY: &str = "bench-key";
const CHANNEL_SPEC: &str = include_str!("channel.toml");

/// The calendar's template; the years around the run stand for its own.
const CALENDAR: &str = "calendar = 1\nname = \"bench-days\"\nsource = \"made for the bench\"\n\
                        covers = { from = \"FROM-01-01\", to = \"TO-12-31\" }\nrest_days = []\n";

/// The code of a company.
#[must_use]
pub fn code(nth: usize) -> String {
    format!("bench-{nth:02}")
}

/// Writes the folder. The channel signs with the key of this identifier.
///
/// # Errors
/// When it cannot be written.
pub fn write(place: &Place, key_id: &str, year: i16) -> anyhow::Result<()> {
    let put = |folder: &str, file: &str, text: &str| {
        place.put(&format!("partner-specs/{folder}/{file}"), text.as_bytes()).map(|_| ())
    };
    let (from, to) = (year - 1, year + 10);
    let calendar = CALENDAR.replace("FROM", &from.to_string()).replace("TO", &to.to_string());
    put("calendars", "bench-days.toml", &calendar)?;
    put(CHANNEL, "partner.toml", &CHANNEL_SPEC.replace(TEMPLATE_KEY, key_id))?;
    for nth in 0..COMPANIES {
        let code = code(nth);
        put(&code, "partner.toml", &COMPANY.replace(TEMPLATE_CODE, &code))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partners::Partners;

    #[test]
    fn the_specifications_of_the_bench_are_taken() {
        let place = Place::make("test", None).expect("a folder");
        write(&place, "bench-key-of-this-run", 2026).expect("specifications");
        let partners = Partners::load(&place.specs()).expect("specifications that pass");
        assert_eq!(partners.companies().count(), COMPANIES);
        let channel = partners.spec(CHANNEL).expect("the channel");
        assert!(partners.specs().all(|spec| {
            spec.partner.code == channel.partner.code || partners.serves(channel, spec)
        }));
    }
}
