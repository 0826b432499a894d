//! What a partner calls its communities and items, in the payer's language. What its specification
//! does not know any more keeps its code.

use super::frame::Visit;
use jiaozi_adapters::spec::PartnerSpec;
use std::sync::Arc;

/// The names of one partner.
#[derive(Debug, Clone)]
pub(super) struct Names<'a> {
    visit: &'a Visit,
    spec: Option<&'a Arc<PartnerSpec>>,
    code: &'a str,
}

impl<'a> Names<'a> {
    /// The names of a partner.
    pub(super) fn of(visit: &'a Visit, partner: &'a str) -> Names<'a> {
        Names { visit, spec: visit.gateway().partners.spec(partner), code: partner }
    }

    /// The company.
    pub(super) fn company(&self) -> String {
        self.spec.map_or_else(
            || self.code.to_owned(),
            |spec| self.visit.language.name(&spec.partner.name),
        )
    }

    /// A community, if the specification has it.
    pub(super) fn known_community(&self, site: &str) -> Option<String> {
        let communities = &self.spec?.property()?.communities;
        let found = communities.iter().find(|community| community.code.as_str() == site)?;
        Some(self.visit.language.name(&found.name))
    }

    /// A community.
    pub(super) fn community(&self, site: &str) -> String {
        self.known_community(site).unwrap_or_else(|| site.to_owned())
    }

    /// An item.
    pub(super) fn item(&self, code: &str) -> String {
        let item = self.spec.and_then(|spec| spec.property()).and_then(|terms| terms.item(code));
        item.map_or_else(|| code.to_owned(), |item| self.visit.language.name(&item.name))
    }
}
