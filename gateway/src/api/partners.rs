//! `/v1/partners`: for channels, whose bills they can show, and those of a house.

use axum::extract::{Path, State};
use jiaozi_adapters::spec::access::Scope;
use jiaozi_adapters::spec::identity::Names;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::answer::{Answered, read as answer};
use super::bills::view::BillView;
use super::call::Call;
use crate::property::houses::{self, Served, Which};
use crate::refused::not_found;

/// The partners that a channel serves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PartnerList {
    /// By code.
    pub partners: Vec<PartnerView>,
}

/// A partner that a channel serves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PartnerView {
    /// Its code.
    pub partner: String,
    /// Its name.
    pub name: NamesView,
    /// Its currency.
    pub currency: String,
    /// Its communities.
    pub communities: Vec<NamedView>,
    /// What can be on a bill.
    pub items: Vec<NamedView>,
    /// Plans to pay ahead.
    pub plans: Vec<NamedView>,
}

/// Something with a code and a name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: NamesView,
}

/// A name in both languages.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NamesView {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&Names> for NamesView {
    fn from(names: &Names) -> NamesView {
        NamesView { zh: names.zh.to_string(), en: names.en.to_string() }
    }
}

fn named(code: impl ToString, names: &Names) -> NamedView {
    NamedView { code: code.to_string(), name: names.into() }
}

impl From<&Served> for PartnerView {
    fn from(served: &Served) -> PartnerView {
        let (identity, terms) = (&served.spec.partner, &served.company.terms);
        PartnerView {
            partner: identity.code.to_string(),
            name: (&identity.name).into(),
            currency: identity.currency.to_string(),
            communities: terms.communities.iter().map(|c| named(&c.code, &c.name)).collect(),
            items: terms.items.iter().map(|item| named(&item.code, &item.name)).collect(),
            plans: terms.prepay.iter().map(|plan| named(&plan.code, &plan.name)).collect(),
        }
    }
}

/// The bills of a house.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HouseView {
    /// The partner.
    pub partner: String,
    /// The house.
    pub house: String,
    /// The day whose late fees these are.
    #[schema(value_type = String, format = "date")]
    pub as_of: Date,
    /// The bills, oldest month first.
    pub bills: Vec<BillView>,
}

/// Which bills of a house.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HouseQuery {
    /// `due` (if left out): those that can be paid; `all`: paid and withdrawn ones too.
    #[serde(default)]
    #[param(inline)]
    which: WhichName,
}

/// Which bills.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WhichName {
    #[default]
    Due,
    All,
}

/// The partners that the channel serves.
#[utoipa::path(get, path = "/v1/partners", operation_id = "list_partners", tag = "channel",
    responses((status = 200, body = PartnerList)))]
pub(super) async fn list(State(api): State<Api>, call: Call) -> Answered {
    let channel = call.channel(Scope::Query)?;
    let partners = houses::served(&api.gateway, channel);
    answer(PartnerList { partners: partners.iter().map(PartnerView::from).collect() })
}

/// The bills of a house, with what is open as of today.
///
/// A house that the partner has never billed has an empty list.
#[utoipa::path(get, path = "/v1/partners/{partner}/houses/{house}/bills",
    operation_id = "list_bills_of_house", tag = "channel",
    params(("partner" = String, Path, description = "The partner's code"),
        ("house" = String, Path, description = "The house"), HouseQuery),
    responses((status = 200, body = HouseView)))]
pub(super) async fn house(
    State(api): State<Api>,
    Path((partner, house)): Path<(String, String)>,
    call: Call,
) -> Answered {
    let channel = call.channel(Scope::Query)?;
    let query: HouseQuery = call.query()?;
    let served = houses::served_one(&api.gateway, channel, &partner);
    let served = served.ok_or_else(|| not_found("partner"))?;
    let which = match query.which {
        WhichName::Due => Which::Due,
        WhichName::All => Which::All,
    };
    let found = houses::bills(&api.gateway, &served.company, &house, which).await?;
    let bills = found.bills.into_iter().map(BillView::from).collect();
    answer(HouseView { partner, house, as_of: found.as_of, bills })
}
