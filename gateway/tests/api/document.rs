//! The interface document is served as it is kept.

use crate::bank::Bank;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// `JIAOZI_BLESS=1` writes the file anew.
#[test]
fn the_interface_document_is_the_one_that_is_kept() {
    let document = format!("{:#}\n", jiaozi::api::openapi());
    if std::env::var_os("JIAOZI_BLESS").is_some() {
        std::fs::write(KEPT, &document).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    assert!(
        kept == document,
        "gateway/openapi.json is not what the code says: see whether the change is meant, then run \
         this test with JIAOZI_BLESS=1"
    );
}

#[tokio::test]
async fn it_is_served_to_everyone() {
    let bank = Bank::open().await;
    let request = http::Request::get(format!(
        "{}://{}/openapi.json",
        bank.origin().scheme,
        bank.origin().authority
    ));
    let answer = bank.send(request.body(http_body_util::Full::default()).unwrap()).await;
    assert_eq!(answer.ok(), jiaozi::api::openapi());
}

#[test]
fn every_route_says_how_it_fails_and_who_may_call() {
    let document = jiaozi::api::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["components"]["securitySchemes"]["signature"].is_object());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for status in ["400", "401", "403", "404", "500", "503"] {
                let problem =
                    &operation["responses"][status]["content"]["application/problem+json"];
                assert!(problem.is_object(), "{method} {path} {status}");
            }
            let keyed = operation["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["name"] == "Idempotency-Key"));
            let files = ["/v1/files/{kind}/{format}", "/v1/withholdings"];
            let keyless = ["/v1/quotes", "/v1/sandbox/time", files[0], files[1]];
            let keyless = keyless.contains(&path.as_str());
            assert_eq!(keyed, method == "post" && !keyless, "{method} {path}");
        }
    }
}
