//! What comes in: the fields of a form or of a query, and which bills of a house a payer has chosen.

use jiaozi_adapters::property::BillRef;
use jiaozi_adapters::property::quote::{Quote, Wanted, WantedBill};
use jiaozi_ledger::id::BillId;
use uuid::Uuid;

use super::link;
use super::texts::{Said, Texts};
use super::wording::parse_yuan;
use crate::property::quotes::Wish;

/// The fields of a form, in their order.
pub(super) type Fields = Vec<(String, String)>;

/// The value of a field; empty if it is not there.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
}

/// What a payer has chosen to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// The company.
    pub partner: String,
    /// The community.
    pub site: String,
    /// The house.
    pub house: String,
    /// The payment's reference, made when the bills were shown.
    pub key: Option<Uuid>,
    /// Whether it was chosen by the payer; if not, everything is.
    pub chosen: bool,
    /// The bills.
    pub bills: Vec<BillId>,
    /// Parts of bills, as they were typed.
    pub parts: Vec<(BillId, String)>,
    /// A plan to pay ahead.
    pub plan: Option<String>,
}

impl Selection {
    /// The selection in a query or form.
    pub(super) fn of(fields: &Fields) -> Selection {
        let bills = fields.iter().filter(|(name, _)| name == "bill");
        let part = |(name, value): &(String, String)| {
            let id = name.strip_prefix("part_")?.parse().ok()?;
            let typed = value.trim();
            (!typed.is_empty()).then(|| (id, typed.to_owned()))
        };
        Selection {
            partner: field(fields, "partner").to_owned(),
            site: field(fields, "site").to_owned(),
            house: field(fields, "house").to_owned(),
            key: field(fields, "key").parse().ok(),
            chosen: !field(fields, "chosen").is_empty(),
            bills: bills.filter_map(|(_, value)| value.parse().ok()).collect(),
            parts: fields.iter().filter_map(part).collect(),
            plan: Some(field(fields, "plan")).filter(|plan| !plan.is_empty()).map(str::to_owned),
        }
    }

    /// Whether a bill is chosen.
    pub(super) fn has(&self, bill: BillId) -> bool {
        !self.chosen || self.bills.contains(&bill)
    }

    /// The part of a bill as it was typed.
    pub(super) fn part(&self, bill: BillId) -> &str {
        self.parts.iter().find(|(own, _)| *own == bill).map_or("", |(_, typed)| typed)
    }

    /// What to ask a quote for.
    ///
    /// # Errors
    /// Nothing is chosen, or a typed amount is none.
    pub(super) fn wish(&self, t: &Texts) -> Result<Wish, Said> {
        if self.bills.is_empty() && self.plan.is_none() {
            return Err(t.nothing_chosen);
        }
        let wanted = self.bills.iter().map(|bill| {
            let amount = match self.part(*bill) {
                "" => None,
                typed => Some(parse_yuan(typed).ok_or(t.part_malformed)?),
            };
            Ok(WantedBill { bill: BillRef::Id(*bill), amount })
        });
        let bills = Wanted::These(wanted.collect::<Result<_, Said>>()?);
        Ok(Wish { house: self.house.clone(), bills, prepay: self.plan.clone() })
    }

    /// A link that carries the selection, with another key or none.
    pub(super) fn link(&self, path: &str, key: Option<Uuid>) -> String {
        let mut values = vec![
            ("partner".to_owned(), self.partner.clone()),
            ("site".to_owned(), self.site.clone()),
            ("house".to_owned(), self.house.clone()),
        ];
        values.extend(key.map(|key| ("key".to_owned(), key.to_string())));
        if self.chosen {
            values.push(("chosen".to_owned(), "1".to_owned()));
            values.extend(self.bills.iter().map(|bill| ("bill".to_owned(), bill.to_string())));
            let parts = self.parts.iter();
            values.extend(parts.map(|(bill, typed)| (format!("part_{bill}"), typed.clone())));
            values.extend(self.plan.iter().map(|plan| ("plan".to_owned(), plan.clone())));
        }
        let values: Vec<(&str, &str)> =
            values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        link::query(path, &values)
    }

    /// The selection that a quote was made for; parts that were typed are not in it.
    pub(super) fn of_quote(quote: &Quote) -> Selection {
        Selection {
            partner: quote.partner.clone(),
            site: quote.site.clone(),
            house: quote.house.clone(),
            key: None,
            chosen: true,
            bills: quote.lines.iter().map(|line| line.bill).collect(),
            parts: Vec::new(),
            plan: quote.prepay.as_ref().map(|ahead| ahead.plan.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::texts::EN;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selection_survives_its_link() {
        let bill = "01920000-0000-7000-8000-000000000001";
        let selection = Selection::of(&fields(&[
            ("partner", "yunhe"),
            ("site", "yuntai"),
            ("house", "1栋"),
            ("chosen", "1"),
            ("bill", bill),
            (&format!("part_{bill}"), " 12.5 "),
            ("plan", "year"),
        ]));
        let link = selection.link("/pay/quote", None);
        let query: axum::extract::Query<Fields> =
            axum::extract::Query::try_from_uri(&link.parse().expect("a link")).expect("a query");
        assert_eq!(Selection::of(&query.0), selection);
        let wish = selection.wish(&EN).expect("a wish");
        assert!(matches!(wish.bills, Wanted::These(these) if these[0].amount.is_some()));
    }

    #[test]
    fn without_a_choice_nothing_is_asked_for() {
        let nothing = Selection::of(&fields(&[("house", "1"), ("chosen", "1")]));
        assert_eq!(nothing.wish(&EN), Err(EN.nothing_chosen));
    }
}
