//! RFC 9421, appendix B.2: requests and keys that everyone has, so that we agree with everyone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, Request, Response, header, request};
use sfv::{Dictionary, InnerList, ListEntry, Parser};

use super::super::base::{components, signature_base};
use super::*;

const ED25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n\
    -----END PUBLIC KEY-----\n";
const ED25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n\
    -----END PRIVATE KEY-----\n";
const P256_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n\
    w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n\
    -----END PUBLIC KEY-----\n";
const SHARED_SECRET: &str =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

/// `test-request` of appendix B.2.
fn test_request() -> request::Parts {
    let request = Request::post("/foo?param=Value&Pet=dog")
        .header("host", "example.com")
        .header("date", "Tue, 20 Apr 2021 02:07:55 GMT")
        .header("content-type", "application/json")
        .header("content-digest", "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:")
        .header("content-length", "18")
        .body(());
    request.unwrap().into_parts().0
}

fn input(text: &str) -> InnerList {
    let mut members = Parser::new(text).parse::<Dictionary>().unwrap();
    match members.pop() {
        Some((_, ListEntry::InnerList(list))) => list,
        other => panic!("not an inner list: {other:?}"),
    }
}

fn base_of(message: &Message<'_>, text: &str) -> Result<String, Refusal> {
    let covered = input(text);
    signature_base(message, &components(&covered)?, &covered)
}

fn base_of_request(text: &str) -> String {
    let (parts, origin) = (test_request(), Origin::parse("https://example.com").unwrap());
    base_of(&Message::request(&parts, &origin), text).unwrap()
}

fn bytes(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

#[test]
fn b_2_6_ed25519() {
    let base = base_of_request(
        "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ed25519\"",
    );
    assert_eq!(
        base,
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
         \"@method\": POST\n\
         \"@path\": /foo\n\
         \"@authority\": example.com\n\
         \"content-type\": application/json\n\
         \"content-length\": 18\n\
         \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
         \"content-length\");created=1618884473;keyid=\"test-key-ed25519\""
    );
    let signature = bytes(
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
    );
    let key = VerifyingKey::from_pem(ED25519_PUBLIC).unwrap();
    assert!(key.accepts(base.as_bytes(), &signature));
    let private = SigningKey::from_pem(ED25519_PRIVATE).unwrap();
    assert_eq!(private.sign(base.as_bytes()).unwrap(), signature);
}

#[test]
fn b_2_5_hmac_sha256() {
    let base = base_of_request(
        "sig-b25=(\"date\" \"@authority\" \"content-type\")\
         ;created=1618884473;keyid=\"test-shared-secret\"",
    );
    let signature = bytes("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    let secret = bytes(SHARED_SECRET);
    let key = VerifyingKey::hmac_sha256(&secret).unwrap();
    assert!(key.accepts(base.as_bytes(), &signature));
    let signing = SigningKey::hmac_sha256(&secret).unwrap();
    assert_eq!(signing.sign(base.as_bytes()).unwrap(), signature);
}

#[test]
fn b_2_4_ecdsa_p256_over_a_response() {
    let response = Response::builder()
        .status(200)
        .header("date", "Tue, 20 Apr 2021 02:07:56 GMT")
        .header("content-type", "application/json")
        .header("content-digest", "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:")
        .header("content-length", "23")
        .body(());
    let parts = response.unwrap().into_parts().0;
    let base = base_of(
        &Message::response(&parts, None),
        "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
         ;created=1618884473;keyid=\"test-key-ecc-p256\"",
    );
    let signature = bytes(
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==",
    );
    let key = VerifyingKey::from_pem(P256_PUBLIC).unwrap();
    assert!(key.accepts(base.unwrap().as_bytes(), &signature));
}

#[test]
fn derived_components_are_those_of_section_2_2() {
    for (component, value) in [
        ("\"@method\"", "POST"),
        ("\"@target-uri\"", "https://example.com/foo?param=Value&Pet=dog"),
        ("\"@authority\"", "example.com"),
        ("\"@scheme\"", "https"),
        ("\"@request-target\"", "/foo?param=Value&Pet=dog"),
        ("\"@path\"", "/foo"),
        ("\"@query\"", "?param=Value&Pet=dog"),
        ("\"@query-param\";name=\"Pet\"", "dog"),
    ] {
        let base = base_of_request(&format!("sig=({component})"));
        let line = base.lines().next().unwrap();
        assert_eq!(line, format!("{component}: {value}"));
    }
}

#[test]
fn query_parameters_are_encoded_as_in_section_2_2_8() {
    let uri = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&\
               bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&twice=1&twice=2";
    let parts = Request::get(uri).body(()).unwrap().into_parts().0;
    let origin = Origin::parse("https://www.example.com").unwrap();
    let message = Message::request(&parts, &origin);
    for (name, value) in [
        ("var", "this%20is%20a%20big%0Amultiline%20value"),
        ("bar", "with%20plus%20whitespace"),
        ("fa%C3%A7ade%22%3A%20", "something"),
    ] {
        let component = format!("\"@query-param\";name=\"{name}\"");
        let base = base_of(&message, &format!("sig=({component})")).unwrap();
        assert_eq!(base.lines().next().unwrap(), format!("{component}: {value}"));
    }
    for (name, code) in
        [("twice", "signature_component_invalid"), ("none", "signature_component_absent")]
    {
        let refused = base_of(&message, &format!("sig=(\"@query-param\";name=\"{name}\")"));
        assert_eq!(refused.unwrap_err().code(), code);
    }
}

#[test]
fn fields_are_taken_as_in_section_2_1() {
    let mut headers = HeaderMap::new();
    let dictionary = HeaderName::from_static("example-dict");
    for value in ["  a=1,    b=2;x=1;y=2  ", "c=(a   b   c), d"] {
        headers.append(dictionary.clone(), value.parse().unwrap());
    }
    headers.insert(header::CACHE_CONTROL, "max-age=60".parse().unwrap());
    headers.append(header::CACHE_CONTROL, "   must-revalidate".parse().unwrap());
    let mut parts = Request::get("/").body(()).unwrap().into_parts().0;
    parts.headers = headers;
    let origin = Origin::parse("https://www.example.com").unwrap();
    let message = Message::request(&parts, &origin);
    for (component, value) in [
        ("\"cache-control\"", "max-age=60, must-revalidate"),
        ("\"example-dict\"", "a=1,    b=2;x=1;y=2, c=(a   b   c), d"),
        ("\"example-dict\";key=\"a\"", "1"),
        ("\"example-dict\";key=\"d\"", "?1"),
        ("\"example-dict\";key=\"b\"", "2;x=1;y=2"),
        ("\"example-dict\";key=\"c\"", "(a b c)"),
        ("\"cache-control\";bs", ":bWF4LWFnZT02MA==:, :bXVzdC1yZXZhbGlkYXRl:"),
    ] {
        let base = base_of(&message, &format!("sig=({component})")).unwrap();
        assert_eq!(base.lines().next().unwrap(), format!("{component}: {value}"));
    }
}

/// The same vector from the shared folder, where it is present.
#[test]
fn the_shared_vectors_hold_where_they_are_present() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var("JIAOZI_SHARED_DATA").unwrap_or_else(|_| beside.to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{folder}/http/rfc9421-b25-hmac.json")) else {
        return;
    };
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let request = &vectors["request"];
    let text_of = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut builder = Request::builder()
        .method(text_of(&request["method"]).as_str())
        .uri(text_of(&request["target"]));
    for (name, value) in request["headers"].as_object().unwrap() {
        builder = builder.header(name, text_of(value));
    }
    let parts = builder.body(()).unwrap().into_parts().0;
    digest::check(&parts.headers, text_of(&request["body"]).as_bytes()).unwrap();
    let origin = Origin::of(&parts, "https").unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let base = base_of(&Message::request(&parts, &origin), &text_of(&case["signature_input"]))
            .unwrap();
        let signature = text_of(&case["signature"]);
        let signature = bytes(signature.split(':').nth(1).unwrap());
        let secret = bytes(&text_of(&case["shared_secret_base64"]));
        let key = VerifyingKey::hmac_sha256(&secret).unwrap();
        assert!(key.accepts(base.as_bytes(), &signature), "{}", case["case"]);
    }
}
