//! Contradictions among messages: values that are not there at that point, keys that do not suit the form
//! of a body or the transport, names that lead nowhere.

mod answer;
mod fields;
mod signature;

use super::Problems;
use crate::spec::biller::Biller;
use crate::spec::message::{FieldPath, Message, Method, Under, Verb};
use crate::spec::outbound::{BodyKind, Transport};
use crate::spec::request_path::PathPiece;

/// Whose messages they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A biller's, who says what is due.
    Biller,
    /// The core's, which gives money and takes it back.
    Core,
}

pub(super) fn all(biller: &Biller, whose: Of, problems: &mut Problems<'_>) {
    let messages = &biller.messages;
    let files = biller.outbound.files.as_ref();
    if let Some(files) = files {
        super::files::all(biller, whose, files, problems);
    }
    let write_off = ("write_off", messages.write_off.is_none() && files.is_none());
    let needed = match whose {
        Of::Biller => vec![("query", messages.query.is_none()), write_off],
        Of::Core => vec![write_off],
    };
    for (key, missing) in needed {
        problems.unless(
            !missing,
            &format!("message.{key}"),
            "expected this message: without it nothing can be paid",
        );
    }
    problems.unless(
        whose == Of::Biller || messages.query.is_none(),
        "message.query",
        "does not apply to kind `core`: nothing is due there",
    );
    if biller.outbound.transport == Transport::Files {
        for verb in Verb::ALL.into_iter().filter(|verb| messages.of(*verb).is_some()) {
            let says = "transport `files` has no messages: expected none, or a line such as https";
            problems.at(&format!("message.{verb}"), says);
        }
        return;
    }
    forms(biller, problems);
    fields::shared(biller, problems);
    answer::shared(biller, problems);
    for verb in Verb::ALL {
        if let Some(message) = messages.of(verb) {
            let key = format!("message.{verb}");
            addressed(biller, verb, message, &key, problems);
            fields::of(biller, verb, message, &key, problems);
            answer::of(biller, whose, verb, message, &key, problems);
        }
    }
    signature::agrees(biller, problems);
}

/// Forms of bodies against transports and roots.
fn forms(biller: &Biller, problems: &mut Problems<'_>) {
    let outbound = &biller.outbound;
    let (request, answer) = (&outbound.request, &outbound.answer);
    for (key, body, root) in [
        ("outbound.request", request.body, &request.root),
        ("outbound.answer", answer.body, &answer.root),
    ] {
        let named = root.as_ref().is_some_and(|root| root.names().count() == 1);
        let root_key = format!("{key}.root");
        match body {
            BodyKind::Xml => problems.unless(named, &root_key, "expected the name of one element"),
            _ => problems.unless(root.is_none(), &root_key, "applies to body `xml` only"),
        }
    }
    let xml = [request.body, answer.body].contains(&BodyKind::Xml);
    problems.unless(
        xml || outbound.declared.is_none(),
        "outbound.declared",
        "applies to body `xml` only",
    );
    if matches!(outbound.transport, Transport::Tcp { .. }) {
        problems.unless(
            request.headers.is_empty(),
            "outbound.request.headers",
            "applies to transport `https` only",
        );
        problems.unless(
            answer.also_read.is_empty(),
            "outbound.answer.also_read",
            "applies to transport `https` only",
        );
    }
    for (index, status) in answer.also_read.iter().enumerate() {
        problems.unless(
            (300..=599).contains(status),
            &format!("outbound.answer.also_read[{index}]"),
            "expected a status of 300 to 599; 2xx are read anyway",
        );
    }
}

/// Where a message goes, and under which reference.
fn addressed(
    biller: &Biller,
    verb: Verb,
    message: &Message,
    key: &str,
    problems: &mut Problems<'_>,
) {
    let about_another = matches!(verb, Verb::Ask | Verb::Reversal);
    let request = &biller.outbound.request;
    match (&biller.outbound.transport, &message.path) {
        (Transport::Https { .. }, Some(path)) => {
            problems.unless(
                verb != Verb::DayFile || !path.pieces().contains(&PathPiece::Customer),
                &format!("{key}.path"),
                "this message is about no customer",
            );
            problems.unless(
                about_another || !path.pieces().contains(&PathPiece::OriginalReference),
                &format!("{key}.path"),
                "this message is about no other: {original_reference} is not there",
            );
        }
        (Transport::Https { .. }, None) => {
            problems.at(&format!("{key}.path"), "expected a path such as /bank/trade");
        }
        (Transport::Files, _) => {}
        (Transport::Tcp { .. }, _) => {
            let applies = "applies to transport `https` only";
            problems.unless(message.path.is_none(), &format!("{key}.path"), applies);
            problems.unless(message.method.is_none(), &format!("{key}.method"), applies);
        }
    }
    problems.unless(
        message.method != Some(Method::Get) || request.body == BodyKind::Form,
        &format!("{key}.method"),
        "GET puts the fields in the address: expected `outbound.request.body = \"form\"`",
    );
    problems.unless(
        message.reference == Under::Own || about_another,
        &format!("{key}.reference"),
        "this message is about no other, expected `own`",
    );
    let rooted = |body, root: &Option<FieldPath>| {
        root.as_ref().is_none_or(|root| body == BodyKind::Xml && root.names().count() == 1)
    };
    let expected = "expected the name of one element, of body `xml` only";
    problems.unless(rooted(request.body, &message.root), &format!("{key}.root"), expected);
    problems.unless(
        rooted(biller.outbound.answer.body, &message.answer.root),
        &format!("{key}.answer.root"),
        expected,
    );
}
