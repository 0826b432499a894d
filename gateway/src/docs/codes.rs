//! Every code of a problem that a caller of the API can get, with what to make of it. A test reads the
//! sources and finds a code that is missing here, or that nothing says any more.

/// The codes, group by group.
pub const CODES: &[(&str, &[(&str, &str)])] = &[
    (
        "The request",
        &[
            ("body_broken_off", "The body ended before its length."),
            (
                "body_invalid",
                "The body is JSON, but not what was expected: `place` names the field.",
            ),
            ("body_not_json", "The body is not JSON: `place` names line and column."),
            ("body_too_large", "Send less at once."),
            ("body_too_slow", "The body took too long to arrive; repeat."),
            ("cursor_invalid", "A cursor is used as it was given, with the same query."),
            ("host_missing", "Exactly one host name is expected."),
            (
                "media_type_unknown",
                "`Content-Type` is `application/json`, or `application/octet-stream` for files.",
            ),
            ("no_such_method", "The path knows other methods; `Allow` lists them."),
            ("no_such_resource", "There is no such path."),
            ("not_found", "There is no such thing among those that you can see."),
            ("query_invalid", "`place` names the parameter."),
        ],
    ),
    (
        "Who calls",
        &[
            ("certificate_unknown", "No partner is registered with this client certificate."),
            (
                "digest_mismatch",
                "`Content-Digest` is not that of the body: it was changed after it was signed.",
            ),
            ("digest_missing", "A body needs `Content-Digest`."),
            ("digest_unsupported", "`sha-256` or `sha-512` is expected."),
            ("kind_wrong", "The call is for the other kind of caller: a partner or a channel."),
            (
                "nonce_seen",
                "A nonce is used once. Sign again with another and the same `Idempotency-Key`.",
            ),
            ("scope_missing", "The partner's specification does not give this scope."),
            ("signature_algorithm_mismatch", "`alg` is not the key's algorithm."),
            ("signature_component_absent", "A covered component is not in the request."),
            (
                "signature_component_invalid",
                "A covered component is not one of RFC 9421 that this door knows.",
            ),
            ("signature_component_repeated", "Each component is covered once."),
            (
                "signature_component_uncovered",
                "Something that must be covered is not; `place` says what.",
            ),
            ("signature_expired", "`expires` is over."),
            ("signature_from_the_future", "`created` is ahead of our clock: set yours."),
            ("signature_key_unknown", "No such key is registered for use now."),
            (
                "signature_label_unpaired",
                "`Signature` and `Signature-Input` name different signatures.",
            ),
            ("signature_malformed", "The header is not a structured field."),
            (
                "signature_mismatch",
                "The signature is not this key's over this request: compare the signature base.",
            ),
            ("signature_missing", "The request is not signed."),
            ("signature_parameter_invalid", "A parameter has another form."),
            (
                "signature_parameter_missing",
                "`created` and `keyid` are needed; `nonce` where the specification asks for it.",
            ),
            ("signature_parameter_unknown", "The parameter is not one of RFC 9421."),
            ("signature_too_large", "Too many signatures."),
            ("signature_too_old", "`created` is outside the window; sign again."),
        ],
    ),
    (
        "The idempotency key",
        &[
            (
                "idempotency_conflict",
                "The key was used for another request. A new request needs a new key.",
            ),
            (
                "idempotency_in_progress",
                "The first request with this key is under way; repeat in a moment.",
            ),
            ("idempotency_key_invalid", "1 to 255 visible ASCII characters are expected."),
            ("idempotency_key_missing", "The call needs an `Idempotency-Key`."),
        ],
    ),
    (
        "Publishing bills",
        &[
            ("amount_out_of_range", "The amount is not one that a bill can have."),
            ("below_paid", "More than the new amount is paid already."),
            ("bill_already_paid", "The bill is paid: it cannot be changed or withdrawn."),
            ("bill_part_paid", "A part of the bill is paid: give it back first."),
            ("bill_withdrawn", "The bill is withdrawn."),
            ("house_changed", "A bill stays with its house: withdraw it and publish another."),
            ("import_id_reserved", "The identifier is of a form that we use ourselves."),
            ("month_paid_ahead", "The month was paid ahead with another amount."),
            ("name_missing", "A name is empty or too long."),
            ("period_malformed", "A period is a month or more, in the form of the specification."),
            ("too_many_lines", "Send the lines in several requests."),
            ("unknown_bill", "There is no such bill among yours."),
            ("unknown_community", "The specification has no such community."),
            ("unknown_item", "The specification has no such item."),
        ],
    ),
    (
        "Quotes and payments",
        &[
            ("above_ceiling", "An account would hold more than it may."),
            ("account_not_active", "The account is frozen or closed."),
            ("amount_too_large", "A sum does not fit: split it."),
            ("bill_paid_meanwhile", "Somebody has just paid it. Ask for a new quote."),
            ("bill_repriced", "The company has just changed it. Ask for a new quote."),
            ("bill_twice", "A bill is named twice."),
            ("currency", "The account is of another currency than the bill."),
            ("discount_exhausted", "The budget that bears the discount has not enough left."),
            ("insufficient_funds", "The payer's account has not enough available."),
            ("no_open_day", "No clearing day is open; repeat with a new key."),
            ("no_price", "The plan has no price for this house yet."),
            ("nothing_due", "There is nothing to pay."),
            ("partial_above_open", "The part is more than what is open."),
            ("partial_below_late_fee", "The part does not cover the late fee."),
            ("partial_below_minimum", "The part is less than the company takes."),
            ("partial_refused", "The company takes this item only whole."),
            ("quote_expired", "A quote holds for minutes. Ask for a new one."),
            ("quote_used", "The customer has paid since the quote was given. Ask for a new one."),
            ("quote_invalid", "The token is not one of ours, or for another channel."),
            ("quote_of_other_partner", "The bills of one quote are of one partner."),
            ("reference_used", "Your reference names another payment already."),
            ("too_many_bills", "Quote fewer at once."),
            ("unknown_account", "The account is not in these books."),
            ("unknown_plan", "The specification has no such plan."),
        ],
    ),
    (
        "Cancelling and refunding",
        &[
            ("already_cancelled", "The payment is cancelled already."),
            ("bill_not_in_order", "The payment did not pay this bill."),
            ("day_closed", "The clearing day is closed: ask for a refund."),
            ("day_funds_used", "Refunds have used the day's money: ask for a refund instead."),
            ("partial_refund_refused", "The company gives back only whole bills."),
            (
                "partner_funds_insufficient",
                "The company's settled account is short by `short_fen`.",
            ),
            ("refund_not_offered", "The company does not give back for this reason."),
            ("refund_out_of_range", "More than what is left of the payment."),
            ("refund_too_late", "The time for refunds is over."),
            ("refunded", "It was given back already, or a part of it."),
        ],
    ),
    (
        "Mandates and withholding",
        &[
            ("batch_not_done", "Not every line was presented yet, or the result was handed over."),
            ("calendar_ends", "The calendar does not reach the day of the run; tell the bank."),
            (
                "file_name_used",
                "Another file came under this name: `batch` and `sha256` say which. Send it under another name.",
            ),
            ("line_not_due", "The line is presented on a later day."),
            ("line_presented", "The line was presented meanwhile."),
            ("lines_out_of_order", "Hand the file in again; it goes on where it stopped."),
            ("mandate_exists", "The contract has a mandate that is not revoked."),
            ("mandate_revoked", "A revoked mandate stays revoked; sign another one."),
            ("mandate_terms", "`place` names the member, `expected` what it can be."),
        ],
    ),
    (
        "Days, files, accounts",
        &[
            ("day_not_closed", "The day has no file yet; the notice `day.closed` tells when."),
            (
                "file_refused",
                "The file as a whole is refused: `place` and `expected` say where and what. Nothing was taken.",
            ),
            ("format_unknown", "The specification has no such format."),
            ("not_in_chart", "Accounts have other codes."),
        ],
    ),
    (
        "Our side",
        &[
            (
                "answer_overdue",
                "The answer is not there in time. Repeat with the same key: it has one effect.",
            ),
            (
                "internal_error",
                "Something failed on our side. Repeat with the same key, or read the resource.",
            ),
            ("keys_unavailable", "The keys cannot be read now; repeat."),
            ("not_ready", "The gateway is starting or ending."),
            (
                "outcome_unknown",
                "It may have been done. Repeat with the same key: you get the outcome.",
            ),
            ("overloaded", "Nothing was done; repeat after `Retry-After`."),
            (
                "store_unavailable",
                "The database cannot be reached; nothing was done. Repeat with the same key.",
            ),
        ],
    ),
    (
        "Payments to billers",
        &[
            ("already_reversing", "The biller is being asked to undo it: read the payment."),
            ("biller_busy", "The biller takes no more questions now: see `retry_after_seconds`."),
            (
                "biller_does_not_add_up",
                "What the biller says is due does not add up; nothing can be paid on it.",
            ),
            (
                "biller_unavailable",
                "The biller cannot be reached, or has not said what is due: `reason` says which.",
            ),
            (
                "customer_number_invalid",
                "The biller's customer numbers look otherwise: `expected` says how.",
            ),
            ("hold_is_gone", "The reservation is not there any more; tell the bank."),
            ("no_such_customer", "The biller knows no such customer."),
            (
                "core_account_invalid",
                "`payer` is no account number of the bank's core: `expected` says what one looks like.",
            ),
            (
                "core_day_over",
                "The bank's core takes nothing back any more for this payment: it stands as it is.",
            ),
            (
                "core_gone",
                "The core that the money was taken from is not configured at the moment; ask again later.",
            ),
            (
                "no_core",
                "No core system is connected: payers' accounts are deposits, as in `deposit:6222-01`.",
            ),
            (
                "no_refund_to_core",
                "What was paid from an account with the core is cancelled whole while the core's day lasts; \
                 otherwise the bank gives it back itself.",
            ),
            (
                "not_drawn",
                "The core's money for this payment is not there to be spent or given back: read the payment.",
            ),
            ("not_paid", "There is no payment to take back: the payer has the money."),
            (
                "payment_pending",
                "A payment for this customer is on its way: wait until its outcome is known. `order` names \
                 it to its own payer.",
            ),
            ("references_exhausted", "The biller's references are used up; tell the bank."),
            (
                "too_late_to_reverse",
                "The biller's day is over, or it takes nothing back: ask the biller for a refund.",
            ),
        ],
    ),
];
