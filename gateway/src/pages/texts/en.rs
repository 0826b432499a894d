//! English.

use super::{Said, Texts};

/// Every text in English.
pub(in super::super) const EN: Texts = Texts {
    tag: "en",
    other: "zh",
    other_tag: "zh-CN",
    other_name: "中文",

    brand: "Jiaozi Pay",
    skip: "Skip to content",
    navigation: "Main menu",
    nav_pay: "Pay",
    nav_history: "History",
    nav_privacy: "Marketing",
    log_out: "Log out",
    account_tail: |tail| format!("ending {tail}"),
    sandbox: "Sandbox: no real money here",
    home: "Back to the start",

    login_title: "Choose a payer account",
    login_lead: "The sandbox has no bank login. Just choose an account to try it.",
    login_known: "Accounts to try",
    login_other: "Use another account",
    login_account: "Account",
    login_account_hint: "Letters, digits or hyphens, such as demo-1001. A new account starts with ¥20,000 of play money.",
    login_name: "Account holder's name",
    login_name_hint: "May be left empty. Pages show its last character only.",
    login_enter: "Continue",
    login_account_wrong: "Enter an account: letters, digits, dots and hyphens only, at most 64.",
    live_title: "Log in at the bank",
    live_lead: "The bank's own login belongs here. Open the bank's app and enter through “Bills”.",
    available: "Available",

    find_title: "Pay bills",
    find_lead: "Choose your community, then enter your house number.",
    find_recent: "Homes you paid for",
    find_search: "Community name",
    find_button: "Search",
    find_all: "Choose a community",
    find_none: "No community has this name. Try another spelling, or clear the field to see all.",
    house_label: "House number",
    house_hint: "As on your bill, for example 1栋1单元101室 or 1-1-101.",
    house_button: "Show bills",
    house_unknown: Said {
        title: "No bills found for this home",
        advice: "Check the community and the number. If both are right, the company may not have sent a bill yet: come back later or ask the property office.",
    },

    // Billers.
    billers_all: "Water, power, gas, tuition",
    biller_number_hint: "It is on your bill.",
    biller_button: "See what is due",
    biller_other_number: "Another number",
    biller_lead: "The money is reserved and the biller is told. The receipt shows what became of it.",
    biller_nothing_due: Said {
        title: "Nothing is due",
        advice: "The biller says that this number owes nothing now.",
    },
    biller_no_customer: Said {
        title: "The biller does not know this number",
        advice: "Compare it with your bill.",
    },
    biller_down: Said {
        title: "The biller cannot be reached",
        advice: "Nothing was taken. Please try again later; the others work as always.",
    },
    biller_busy: Said {
        title: "The biller takes no more questions for the moment",
        advice: "Nothing was taken. Please try again in a minute.",
    },
    biller_pending: Said {
        title: "A payment for this number is on its way",
        advice: "Wait until it is known what became of it, so that nothing is paid twice.",
    },

    bills_title: "Bills due",
    bills_found: |count| match count {
        1 => "One bill is due, and it is selected.".to_owned(),
        _ => format!("{count} bills are due, all selected. Tap one to leave it out."),
    },
    bills_none: "Nothing is due",
    bills_none_lead: "This home owes nothing now.",
    bills_legend: "Bills to pay",
    principal: "Principal",
    already_paid: "Already paid",
    late_fee: "Late fee",
    late_fee_why: |days, rate| match days {
        1 => format!("1 day late, {rate} of what is unpaid"),
        _ => format!("{days} days late, {rate} of what is unpaid"),
    },
    late_fee_cap: |cap| format!(", {cap} at most"),
    rate_per_day: |basis_points| {
        let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
        format!("{}% a day", text.trim_end_matches('0').trim_end_matches('.'))
    },
    due_by: |date| format!("No extra charge until {date}"),
    overdue: |date, days| match days {
        1 => format!("Was due {date}, 1 day late"),
        _ => format!("Was due {date}, {days} days late"),
    },
    part_open: "Pay only a part",
    part_label: "How much now, in yuan",
    part_hint: |least, most| format!("From {least} to {most}; empty means all."),
    part_malformed: Said {
        title: "This is not an amount",
        advice: "Write digits only, such as 100 or 100.50.",
    },
    whole_only: "Must be paid in full",
    ahead_legend: "Pay ahead and save",
    ahead_no: "Not this time",
    ahead_months: |count, first, last| format!("{count} months: {first} to {last}"),
    ahead_saves: |pay, saved| format!("You pay {pay} and save {saved}"),
    sum_pending: "The next page shows the total. Nothing is taken before you confirm.",
    sum_of: |total| format!("Total {total}"),
    bills_button: "Next: check the amount",
    nothing_chosen: Said {
        title: "No bill is selected",
        advice: "Select at least one bill, or an offer to pay ahead.",
    },

    quote_title: "Check and pay",
    quote_lead: "Nothing is taken until you press the button below.",
    for_house: "Home",
    to_company: "Paid to",
    from_account: "From account",
    discount: "Discount",
    total: "You pay",
    valid_until: |time| format!("This amount holds until {time}"),
    valid_left: "Time left:",
    valid_over: "This amount has expired.",
    valid_again: "Work it out again",
    not_enough: "There is not enough money in the account for this. Add money first, use another account, or select fewer bills.",
    pay_button: |total| format!("Pay {total} now"),
    paying: "Paying, please wait…",
    change_choice: "Change",

    receipt_title: "Receipt",
    receipt_paid: "Payment done",
    receipt_cancelled: "Cancelled; the money is back in the account",
    receipt_part_refunded: "Partly refunded",
    receipt_refunded: "Fully refunded",
    receipt_accepted: "On its way; the money is reserved",
    receipt_unknown_outcome: "The biller has not confirmed yet; your money is safe and we are asking",
    receipt_reversing: "Being taken back; your money is safe",
    receipt_refused: "The biller did not take it; you paid nothing",
    receipt_reversed: "Taken back; the money is in the account again",
    order_number: "Order number",
    paid_at: "Paid at",
    state: "Status",
    state_paid: "Paid",
    state_cancelled: "Cancelled",
    state_part_refunded: "Partly refunded",
    state_refunded: "Refunded",
    state_accepted: "On its way",
    state_unknown: "Being checked",
    state_reversing: "Being taken back",
    state_refused: "Not taken",
    state_reversed: "Taken back",
    total_of_it: "Amount",
    paid_total: "Paid",
    balance_after: "Balance after payment",
    refunds: "Refunds",
    refunded_on: |time| format!("Returned to the account, {time}"),
    print: "Print receipt",
    receipt_unknown: Said {
        title: "There is no such receipt",
        advice: "Look in your history. Payments from other accounts are not shown here.",
    },
    no_marketing_note: "The bank will not market to you because of this payment, unless you agree.",

    history_title: "History",
    history_none: "Nothing has been paid from this account yet.",
    history_more: "Show earlier ones",
    history_refunded: |amount| format!("{amount} refunded"),

    privacy_title: "Marketing",
    privacy_lead: "Yes or no: paying works the same, at the same price.",
    privacy_now: "As it stands",
    privacy_unsaid: "No marketing. You never agreed, so the bank does not contact you with offers.",
    privacy_refused: |time| {
        format!("No marketing. You said no on {time}, and the bank will keep to it.")
    },
    privacy_allowed: |time| {
        format!("Marketing allowed. You agreed on {time} and can withdraw at any time.")
    },
    privacy_refuse: "Say no to marketing",
    privacy_withdraw: "Withdraw my consent",
    privacy_allow_title: "Want to hear about offers?",
    privacy_allow_lead: "If you agree, the bank uses your name, your phone number and your community to tell you about its products. You can withdraw at any time.",
    privacy_allow: "I agree",
    privacy_recorded_no: "Noted: no marketing, starting now.",
    privacy_recorded_yes: "Noted: you agreed. You can withdraw here at any time.",
    privacy_kept: "What a payment needs (account, amount, house number) stays on record, whatever you choose here.",

    nothing_taken: "No money was taken.",
    new_quote: "Check the new amount",
    to_bills: "Back to the bills",
    to_history: "See history",
    to_accounts: "Use another account",
    code: "Code",
    repriced: Said {
        title: "The property company has just changed a bill",
        advice: "The amount may be different now. Check the new amount and pay if you agree.",
    },
    paid_meanwhile: Said {
        title: "A bill has just been paid by someone",
        advice: "Perhaps by your family. Go back to the bills to see what is still due; do not pay twice.",
    },
    paid_at_desk: Said {
        title: "The bill was paid at the property office",
        advice: "You need not pay it again. Go back to the bills to see what is left.",
    },
    withdrawn: Said {
        title: "The property company has withdrawn this bill",
        advice: "You need not pay it. Go back to the bills to see what is left.",
    },
    expired: Said {
        title: "This amount has expired",
        advice: "Late fees change every day, so an amount holds for a short time only. Check the new amount.",
    },
    insufficient: Said {
        title: "Not enough money in the account",
        advice: "Add money first, use another account, or select fewer bills.",
    },
    budget_exhausted: Said {
        title: "The offer to pay ahead is used up",
        advice: "Go back to the bills and pay without it.",
    },
    no_open_day: Said {
        title: "Payments are not taken at the moment",
        advice: "Try again in a few minutes. Tell the bank if it goes on.",
    },
    account_blocked: Said {
        title: "This account cannot pay now",
        advice: "It may be frozen or closed. Use another account, or ask the bank.",
    },
    account_unknown: Said {
        title: "The payer account is not there",
        advice: "Choose a payer account again.",
    },
    part_too_much: Said {
        title: "The amount is more than what is due",
        advice: "Enter less, or leave it empty to pay all.",
    },
    part_refused: Said {
        title: "This bill must be paid in full",
        advice: "The company takes no part of it. Clear the amount to pay all.",
    },
    part_too_little: Said {
        title: "The amount is too small",
        advice: "The company sets a smallest amount; it is written below the bill.",
    },
    part_below_late_fee: Said {
        title: "The amount does not cover the late fee",
        advice: "The late fee is paid first. Enter more than the late fee.",
    },
    nothing_due: Said { title: "Nothing is due", advice: "This home owes nothing now." },
    too_many: Said {
        title: "Too many bills at once",
        advice: "Pay in several steps, at most 100 bills each.",
    },
    plan_gone: Said {
        title: "Paying ahead is not possible now",
        advice: "It is, once the company has sent a monthly bill. Pay without it for now.",
    },
    other_decline: Said {
        title: "The payment was not made",
        advice: "Go back to the bills and try once more. If it fails again, tell the bank the code below.",
    },
    not_known: Said {
        title: "The outcome is not known yet",
        advice: "Do not pay again. Look in your history first, and once more a little later.",
    },
    bad_request: Said { title: "The page is not complete", advice: "Please start again." },
    foreign_form: Said {
        title: "This request did not come from our page",
        advice: "For your safety nothing was done. Start again from the first page.",
    },
    no_page: Said { title: "There is no such page", advice: "Start again from the first page." },
    broken: Said { title: "Something failed on our side", advice: "Please try again later." },
};
