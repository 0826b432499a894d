//! The interface document, OpenAPI 3.1: the types and routes say most of it; what is the same for every
//! route (who may call, the idempotency key, the problems) is added here.

use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder};

use crate::edge::problem::{self, Problem};

/// What every route can answer besides its own.
pub(crate) const ALWAYS: [(&str, &str); 9] = [
    ("400", "The request cannot be read; `place` and `expected` say where and what."),
    ("401", "The signature or certificate does not convince."),
    ("403", "The partner does not have the scope."),
    ("404", "There is no such thing among those that the caller can see."),
    ("408", "The body took too long to arrive."),
    ("413", "The body is too large."),
    ("500", "Something failed on our side; repeat with the same key, or read the resource."),
    ("503", "Nothing was done, or the outcome is not known yet; repeat with the same key."),
    ("504", "The answer is not there in time; repeat with the same key, or read the resource."),
];

/// What a route with an idempotency key can answer besides.
const KEYED: [(&str, &str); 3] = [
    (
        "409",
        "It cannot be done as things stand (`code` says why), or the first request with this key is still under way.",
    ),
    ("415", "The body is not application/json."),
    ("422", "It was declined (`code` says why), or the key was used for another request."),
];

const ABOUT: &str = "Jiaozi takes payments for partners of the bank.

Amounts are whole fen. Dates are civil dates of the partner; instants are RFC 3339 in UTC.

Every request is signed with HTTP Message Signatures (RFC 9421) over the method, the target, the \
Content-Digest (RFC 9530) of the body, its type and the Idempotency-Key, or comes over mutual TLS. \
Every POST that moves money or creates something carries an Idempotency-Key: repeated, it has the \
first effect and the first answer, byte for byte, with `idempotency-replayed: true`.

Errors and declines are problems (RFC 9457); programs look at `code`.";

/// The document before any route.
pub(super) fn begin() -> OpenApi {
    let info = InfoBuilder::new().title("Jiaozi").version("1").description(Some(ABOUT)).build();
    OpenApiBuilder::new().info(info).paths(PathsBuilder::new().build()).build()
}

/// The document with what is the same for every route.
pub(super) fn finish(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete(path, method, operation);
            }
        }
    }
    if document.get("components").is_none_or(Value::is_null) {
        document["components"] = json!({});
    }
    document["components"]["schemas"]["Problem"] = problem_schema();
    document["components"]["securitySchemes"] = json!({
        "signature": {
            "type": "apiKey", "in": "header", "name": "Signature",
            "description": "RFC 9421, with Signature-Input. Covers @method, @target-uri, \
                content-digest and content-type where there is a body, and idempotency-key where \
                there is one; parameters created and keyid, and nonce where the partner's \
                specification asks for it. Algorithms: ed25519, ecdsa-p256-sha256, hmac-sha256.",
        },
        "certificate": {
            "type": "mutualTLS",
            "description": "A client certificate that the partner's specification lists.",
        },
    });
    document["security"] = json!([{"signature": []}, {"certificate": []}]);
    document
}

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let keyed = method == "post" && !KEYLESS.contains(&path);
    let body = (method == "post").then_some(&KEYED[1]);
    let more: Vec<_> =
        ALWAYS.iter().chain(if keyed { &KEYED[..] } else { &[] }).chain(body).collect();
    for (status, about) in more {
        let known = responses.get(*status).and_then(|response| response.get("content")).is_some();
        if !known {
            responses[*status] = json!({
                "description": about,
                "content": {problem::CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            });
        }
    }
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        let Some(response) = response.as_object_mut().filter(|_| status.starts_with('2')) else {
            continue;
        };
        response.entry("description").or_insert_with(|| json!("It is done, or read."));
        if keyed {
            response.insert("headers".to_owned(), replayed());
        }
    }
    if keyed {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(json!({
                "name": "Idempotency-Key", "in": "header", "required": true,
                "description": "One effect and one answer for ever, for this partner and operation.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }));
        }
    }
}

fn replayed() -> Value {
    json!({"idempotency-replayed": {
        "description": "`true`: this answer was given before; its body is the same byte for byte.",
        "schema": {"type": "string", "const": "true"},
    }})
}

/// POSTs that leave nothing behind, or whose repetition is harmless anyway.
const KEYLESS: [&str; 4] =
    ["/v1/quotes", "/v1/sandbox/time", "/v1/files/{kind}/{format}", "/v1/withholdings"];

fn problem_schema() -> Value {
    use utoipa::PartialSchema as _;
    let mut schema = serde_json::to_value(Problem::schema()).unwrap_or_default();
    debug_assert_eq!(Problem::name(), "Problem");
    schema["additionalProperties"] = json!(true);
    schema
}
