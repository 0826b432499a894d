//! The signature: that it stands somewhere, once, and not within what it signs.

use std::collections::BTreeSet;

use super::super::Problems;
use crate::spec::biller::Biller;
use crate::spec::message::{Field, FieldSource, Method, Verb};
use crate::spec::outbound::{BodyKind, Transport};
use crate::spec::signing::{Over, Piece};

pub(super) fn agrees(biller: &Biller, problems: &mut Problems<'_>) {
    let Some(signing) = &biller.outbound.signature else {
        return;
    };
    let request = &biller.outbound.request;
    let signs = |fields: &[Field]| {
        fields.iter().filter(|f| f.source == Some(FieldSource::Signature)).count()
    };
    let (headers, head, tail) =
        (signs(&request.headers), signs(&request.head), signs(&request.tail));
    problems.unless(
        headers + head + tail == 1,
        "outbound.signature",
        "expected one field with source `signature`, in `headers`, `head` or `tail` of the request",
    );
    let fixed = request.body == BodyKind::Fixed;
    let inside = if fixed { tail > 0 } else { head + tail > 0 };
    let key = "outbound.signature.over";
    over(biller, &signing.over, inside, key, problems);
    sent(biller, &signing.over, key, problems);
    let Some(answer) = &signing.answer else {
        return;
    };
    let key = "outbound.signature.answer";
    problems.unless(
        answer.header.is_some() != answer.field.is_some(),
        key,
        "expected either `header` or `field`",
    );
    let https = matches!(biller.outbound.transport, Transport::Https { .. });
    problems.unless(
        https || answer.header.is_none(),
        &format!("{key}.header"),
        "applies to transport `https` only",
    );
    let fixed = biller.outbound.answer.body == BodyKind::Fixed;
    let inside = answer.field.is_some() && !fixed;
    let (over_key, signed) = match &answer.over {
        Some(own) => (format!("{key}.over"), own),
        None => (key.to_owned(), &signing.over),
    };
    over(biller, signed, inside, &over_key, problems);
    if let Over::Template(pieces) = signed {
        let about_us = pieces.iter().any(|p| matches!(p, Piece::Method | Piece::Path));
        problems.unless(!about_us, &over_key, "an answer has neither {method} nor {path}");
    }
}

fn over(biller: &Biller, over: &Over, inside: bool, key: &str, problems: &mut Problems<'_>) {
    let request = &biller.outbound.request;
    match over {
        Over::Body => problems.unless(
            !inside,
            key,
            "a signature within the body cannot cover the whole body, expected `fields`",
        ),
        Over::Template(pieces) => {
            problems.unless(
                !inside,
                key,
                "a signature within the body cannot cover the whole body, expected `fields`",
            );
            let tcp = matches!(biller.outbound.transport, Transport::Tcp { .. });
            let http = pieces.iter().any(|p| !matches!(p, Piece::Literal(_) | Piece::Body));
            problems.unless(
                !(tcp && http),
                key,
                "a tcp message has only {body}: no method, path or header",
            );
        }
        Over::Fields { names, .. } => {
            let messages = Verb::ALL.iter().filter_map(|verb| biller.messages.of(*verb));
            let own = messages.flat_map(|message| {
                message
                    .fields
                    .iter()
                    .map(|f| &f.name)
                    .chain(message.answer.fields.iter().map(|c| &c.name))
            });
            let framed = request.head.iter().chain(&request.tail);
            let framed = framed.filter(|f| f.source != Some(FieldSource::Signature));
            let head = biller.outbound.answer.head.iter().map(|cell| &cell.name);
            let known: BTreeSet<_> = own.chain(framed.map(|f| &f.name)).chain(head).collect();
            for name in names {
                problems.unless(
                    known.contains(name),
                    key,
                    &format!("`{name}` is not a field of any message"),
                );
            }
        }
    }
}

/// What is signed of a message that we send is there.
fn sent(biller: &Biller, over: &Over, key: &str, problems: &mut Problems<'_>) {
    let request = &biller.outbound.request;
    if let Over::Template(pieces) = over {
        for piece in pieces {
            let Piece::Header(name) = piece else { continue };
            let known = request.headers.iter().any(|field| {
                field.name.as_str().eq_ignore_ascii_case(name)
                    && field.source != Some(FieldSource::Signature)
            });
            let message = format!("`{name}` is not one of `outbound.request.headers`");
            problems.unless(known, key, &message);
        }
    }
    // With GET everything that matters is in the address.
    let mut messages = Verb::ALL.iter().filter_map(|verb| biller.messages.of(*verb));
    let addressed = messages.any(|message| message.method == Some(Method::Get));
    let covered = match over {
        Over::Body => false,
        Over::Fields { .. } => true,
        Over::Template(pieces) => pieces.contains(&Piece::Path),
    };
    problems.unless(
        covered || !addressed,
        key,
        "a message with GET has no body: expected `fields`, or {path} in the template",
    );
}
