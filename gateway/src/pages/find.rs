//! Finding the house: the homes that were paid for before, the communities that the channel serves,
//! then the number of the house.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiaozi_adapters::utility;

use super::billers::{self, Offered};
use super::form::{Fields, Selection, field};
use super::frame::{Frame, Payer, Visit, html};
use super::names::Names;
use super::texts::{Said, Texts};
use super::{CHANNEL, link, trouble};
use crate::paging::Paging;
use crate::property::{houses, payments};
use crate::refused::Refused;

/// How many homes are offered again, and among how many payments they are looked for.
const RECENT_MAX: usize = 3;
const RECENT_AMONG: i64 = 20;

#[derive(Template)]
#[template(path = "pay/find.html")]
struct FindPage {
    f: Frame,
    recent: Vec<Home>,
    billers: Vec<Offered>,
    list: Communities,
}

struct Home {
    house: String,
    community: String,
    link: String,
}

#[derive(Template)]
#[template(path = "pay/communities.html")]
struct Communities {
    t: &'static Texts,
    wanted: String,
    found: Vec<Community>,
}

struct Community {
    name: String,
    company: String,
    link: String,
}

#[derive(Template)]
#[template(path = "pay/house.html")]
struct HousePage {
    f: Frame,
    company: String,
    partner: String,
    site: String,
    house: String,
    alert: Option<Said>,
}

/// The first page.
pub(super) async fn page(payer: Payer, Query(fields): Query<Fields>) -> Response {
    let visit = &payer.visit;
    let shown = async {
        let recent = recent(&payer).await?;
        let billers = billers::offered(visit)?;
        let list = communities(visit, field(&fields, "q"))?;
        let f = visit.frame(visit.t().find_title, "pay");
        Ok(html(StatusCode::OK, &FindPage { f, recent, billers, list }))
    };
    shown.await.unwrap_or_else(|refused| trouble::refused(visit, &refused))
}

/// The communities alone, as they are typed.
pub(super) async fn matching(payer: Payer, Query(fields): Query<Fields>) -> Response {
    match communities(&payer.visit, field(&fields, "q")) {
        Ok(list) => html(StatusCode::OK, &list),
        Err(refused) => trouble::refused(&payer.visit, &refused),
    }
}

/// The homes of the last payments, each once.
async fn recent(payer: &Payer) -> Result<Vec<Home>, Refused> {
    let visit = &payer.visit;
    let paging = Paging { cursor: None, limit: Some(RECENT_AMONG) };
    let paid =
        payments::latest_of_payer(visit.gateway(), CHANNEL, payer.session.account, &paging).await?;
    let mut homes: Vec<Home> = Vec::new();
    for order in paid.items {
        let names = Names::of(visit, &order.partner);
        let (link, community) = if order.scene == utility::SCENE {
            let path = format!("/pay/billers/{}/due", order.partner);
            (link::query(&path, &[("customer", &order.house)]), names.company())
        } else {
            let values =
                [("partner", &*order.partner), ("site", &*order.site), ("house", &*order.house)];
            (link::query("/pay/bills", &values), names.community(&order.site))
        };
        if homes.len() < RECENT_MAX && !homes.iter().any(|home| home.link == link) {
            homes.push(Home { house: order.house, community, link });
        }
    }
    Ok(homes)
}

/// The communities whose name, or whose company's name, has what is wanted, in either language.
fn communities(visit: &Visit, wanted: &str) -> Result<Communities, Refused> {
    let needle = wanted.to_lowercase();
    let mut found = Vec::new();
    for served in houses::served(visit.gateway(), visit.channel()?) {
        let company = &served.spec.partner.name;
        for community in &served.company.terms.communities {
            let texts =
                [&community.name.zh, &community.name.en, &company.zh, &company.en].into_iter();
            if texts.into_iter().any(|text| text.as_str().to_lowercase().contains(&needle)) {
                let code = served.spec.partner.code.as_str();
                let values = [("partner", code), ("site", community.code.as_str())];
                found.push(Community {
                    name: visit.language.name(&community.name),
                    company: visit.language.name(company),
                    link: link::query("/pay/house", &values),
                });
            }
        }
    }
    Ok(Communities { t: visit.t(), wanted: wanted.to_owned(), found })
}

/// Asks for the number of the house.
pub(super) async fn house(payer: Payer, Query(fields): Query<Fields>) -> Response {
    ask(&payer.visit, &Selection::of(&fields), StatusCode::OK, None)
}

/// Asks for the number of the house, again if need be.
pub(super) fn ask(
    visit: &Visit,
    selection: &Selection,
    status: StatusCode,
    alert: Option<Said>,
) -> Response {
    let names = Names::of(visit, &selection.partner);
    let Some(community) = names.known_community(&selection.site) else {
        return Redirect::to("/pay").into_response();
    };
    let page = HousePage {
        f: visit.frame(community, "pay"),
        company: names.company(),
        partner: selection.partner.clone(),
        site: selection.site.clone(),
        house: selection.house.clone(),
        alert,
    };
    html(status, &page)
}
