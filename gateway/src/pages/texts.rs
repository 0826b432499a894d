//! Everything that the pages say. A language is one constant: a text that is missing in it does not
//! compile. Sentences with something in them are functions.

mod en;
mod zh;

pub(super) use en::EN;
pub(super) use zh::ZH;

/// What went wrong, for a payer: what happened, and what to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    /// What happened.
    pub title: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// All texts of a language.
#[derive(Debug)]
pub(super) struct Texts {
    /// The value of the `lang` attribute.
    pub tag: &'static str,
    /// The short name of the other language, as in the link to it.
    pub other: &'static str,
    /// The other language's `lang` attribute.
    pub other_tag: &'static str,
    /// The other language, in its own words.
    pub other_name: &'static str,

    // What surrounds every page.
    pub brand: &'static str,
    pub skip: &'static str,
    pub navigation: &'static str,
    pub nav_pay: &'static str,
    pub nav_history: &'static str,
    pub nav_privacy: &'static str,
    pub log_out: &'static str,
    pub account_tail: fn(&str) -> String,
    pub sandbox: &'static str,
    pub home: &'static str,

    // Login.
    pub login_title: &'static str,
    pub login_lead: &'static str,
    pub login_known: &'static str,
    pub login_other: &'static str,
    pub login_account: &'static str,
    pub login_account_hint: &'static str,
    pub login_name: &'static str,
    pub login_name_hint: &'static str,
    pub login_enter: &'static str,
    pub login_account_wrong: &'static str,
    pub live_title: &'static str,
    pub live_lead: &'static str,
    pub available: &'static str,

    // Finding the house.
    pub find_title: &'static str,
    pub find_lead: &'static str,
    pub find_recent: &'static str,
    pub find_search: &'static str,
    pub find_button: &'static str,
    pub find_all: &'static str,
    pub find_none: &'static str,
    pub house_label: &'static str,
    pub house_hint: &'static str,
    pub house_button: &'static str,
    pub house_unknown: Said,

    // Billers.
    pub billers_all: &'static str,
    pub biller_number_hint: &'static str,
    pub biller_button: &'static str,
    pub biller_other_number: &'static str,
    pub biller_lead: &'static str,
    pub biller_nothing_due: Said,
    pub biller_no_customer: Said,
    pub biller_down: Said,
    pub biller_busy: Said,
    pub biller_pending: Said,

    // Bills.
    pub bills_title: &'static str,
    pub bills_found: fn(usize) -> String,
    pub bills_none: &'static str,
    pub bills_none_lead: &'static str,
    pub bills_legend: &'static str,
    pub principal: &'static str,
    pub already_paid: &'static str,
    pub late_fee: &'static str,
    pub late_fee_why: fn(i64, &str) -> String,
    pub late_fee_cap: fn(&str) -> String,
    /// Basis points a day, as they are said.
    pub rate_per_day: fn(i64) -> String,
    pub due_by: fn(&str) -> String,
    pub overdue: fn(&str, i64) -> String,
    pub part_open: &'static str,
    pub part_label: &'static str,
    pub part_hint: fn(&str, &str) -> String,
    pub part_malformed: Said,
    pub whole_only: &'static str,
    pub ahead_legend: &'static str,
    pub ahead_no: &'static str,
    pub ahead_months: fn(usize, &str, &str) -> String,
    pub ahead_saves: fn(&str, &str) -> String,
    pub sum_pending: &'static str,
    pub sum_of: fn(&str) -> String,
    pub bills_button: &'static str,
    pub nothing_chosen: Said,

    // Quote.
    pub quote_title: &'static str,
    pub quote_lead: &'static str,
    pub for_house: &'static str,
    pub to_company: &'static str,
    pub from_account: &'static str,
    pub discount: &'static str,
    pub total: &'static str,
    pub valid_until: fn(&str) -> String,
    pub valid_left: &'static str,
    pub valid_over: &'static str,
    pub valid_again: &'static str,
    pub not_enough: &'static str,
    pub pay_button: fn(&str) -> String,
    pub paying: &'static str,
    pub change_choice: &'static str,

    // Receipt.
    pub receipt_title: &'static str,
    pub receipt_paid: &'static str,
    pub receipt_cancelled: &'static str,
    pub receipt_part_refunded: &'static str,
    pub receipt_refunded: &'static str,
    pub receipt_accepted: &'static str,
    pub receipt_unknown_outcome: &'static str,
    pub receipt_reversing: &'static str,
    pub receipt_refused: &'static str,
    pub receipt_reversed: &'static str,
    pub core_balance: &'static str,
    pub core_asked: &'static str,
    pub core_unknown: &'static str,
    pub core_drawn: &'static str,
    pub core_returning: &'static str,
    pub core_by_hand: &'static str,
    pub core_returned: &'static str,
    pub core_refused: &'static str,
    pub core_no_such_account: &'static str,
    pub core_insufficient_funds: &'static str,
    pub core_account_frozen: &'static str,
    pub core_unreachable: &'static str,
    pub login_core: &'static str,
    pub login_core_hint: &'static str,
    pub login_core_wrong: &'static str,
    pub order_number: &'static str,
    pub paid_at: &'static str,
    pub state: &'static str,
    pub state_paid: &'static str,
    pub state_cancelled: &'static str,
    pub state_part_refunded: &'static str,
    pub state_refunded: &'static str,
    pub state_accepted: &'static str,
    pub state_unknown: &'static str,
    pub state_reversing: &'static str,
    pub state_refused: &'static str,
    pub state_reversed: &'static str,
    pub total_of_it: &'static str,
    pub paid_total: &'static str,
    pub balance_after: &'static str,
    pub refunds: &'static str,
    pub refunded_on: fn(&str) -> String,
    pub print: &'static str,
    pub receipt_unknown: Said,
    pub no_marketing_note: &'static str,

    // History.
    pub history_title: &'static str,
    pub history_none: &'static str,
    pub history_more: &'static str,
    pub history_refunded: fn(&str) -> String,

    // Privacy.
    pub privacy_title: &'static str,
    pub privacy_lead: &'static str,
    pub privacy_now: &'static str,
    pub privacy_unsaid: &'static str,
    pub privacy_refused: fn(&str) -> String,
    pub privacy_allowed: fn(&str) -> String,
    pub privacy_refuse: &'static str,
    pub privacy_withdraw: &'static str,
    pub privacy_allow_title: &'static str,
    pub privacy_allow_lead: &'static str,
    pub privacy_allow: &'static str,
    pub privacy_recorded_no: &'static str,
    pub privacy_recorded_yes: &'static str,
    pub privacy_kept: &'static str,

    // Trouble.
    pub nothing_taken: &'static str,
    pub new_quote: &'static str,
    pub to_bills: &'static str,
    pub to_history: &'static str,
    pub to_accounts: &'static str,
    pub code: &'static str,
    pub repriced: Said,
    pub paid_meanwhile: Said,
    pub paid_at_desk: Said,
    pub withdrawn: Said,
    pub expired: Said,
    pub insufficient: Said,
    pub budget_exhausted: Said,
    pub no_open_day: Said,
    pub account_blocked: Said,
    pub account_unknown: Said,
    pub part_too_much: Said,
    pub part_refused: Said,
    pub part_too_little: Said,
    pub part_below_late_fee: Said,
    pub nothing_due: Said,
    pub too_many: Said,
    pub plan_gone: Said,
    pub other_decline: Said,
    pub not_known: Said,
    pub bad_request: Said,
    pub foreign_form: Said,
    pub no_page: Said,
    pub broken: Said,
}
