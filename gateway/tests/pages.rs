//! The payer's page without a browser: what a live database offers, which forms are refused, and the
//! headers that protect all of it. What people do and see is tested in a real browser.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use jiaozi::clock::SystemClock;
use jiaozi::config::{Config, Secret, SecretKeys, Sources};
use jiaozi::gateway::{Gateway, Parts};
use jiaozi::pages;
use jiaozi::telemetry::Metrics;
use jiaozi::utility::billers::Billers;
use jiaozi_ledger::store::OpenOptions;
use tower::ServiceExt as _;

struct Site {
    router: Router,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn open(sandbox: bool, secure: bool) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts {
            core: None,
            database: &format!("sqlite:{}", folder.path().join("jiaozi.db").display()),
            partner_specs: concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs").as_ref(),
            secrets: SecretKeys {
                personal_data_key: Secret::new([1; 32]),
                quote_key: Secret::new([2; 32]),
            },
            clock: Arc::new(SystemClock),
            options: OpenOptions { create_sandbox: sandbox, ..OpenOptions::default() },
        };
        let gateway = Gateway::open(parts).await.unwrap();
        let config = Config::load(&Sources::default()).unwrap();
        let meter = Metrics::new("test").unwrap().meter();
        let billers = Billers::open(&gateway, &config.outbound, &meter).unwrap();
        Site { router: pages::router(gateway, billers, secure), _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, cookie);
        let response = self.send(request.body(Body::empty()).unwrap()).await;
        (response.status(), text(response).await)
    }

    /// Logs in and returns the cookie as the browser would send it.
    async fn log_in(&self) -> String {
        let response = self.send(form("/pay/login", "account=demo-1")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

fn form(path: &str, fields: &str) -> Request<Body> {
    Request::post(path)
        .header(header::HOST, "pay.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(fields.to_owned()))
        .unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_live_database_offers_no_login() {
    let site = Site::open(false, true).await;
    let (status, page) = site.get("/pay/login", "jiaozi_language=en").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("own login belongs here"), "{page}");
    assert!(!page.contains("<form"), "{page}");
    let response = site.send(form("/pay/login", "account=demo-1")).await;
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    // A session of a sandbox with the same key is none here.
    let cookie = Site::open(true, false).await.log_in().await;
    let (status, _) = site.get("/pay/history", &cookie).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused_in_the_payers_language() {
    let site = Site::open(true, false).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let mut request = form("/pay/login", "account=demo-1");
        request.headers_mut().insert(name, value.parse().unwrap());
        request.headers_mut().insert(header::ACCEPT_LANGUAGE, "en".parse().unwrap());
        let response = site.send(request).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        assert!(text(response).await.contains("This request did not come from our page"));
    }
    let mut request = form("/pay/login", "account=demo-1");
    request.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    assert_eq!(site.send(request).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need_and_cookies_are_out_of_reach() {
    let site = Site::open(true, true).await;
    for path in ["/pay/login", "/pay", "/pay/nowhere", "/pay/assets/pay.css"] {
        let response = site.send(Request::get(path).body(Body::empty()).unwrap()).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let body = text(response).await;
        for inline in ["<style", "style=", "onclick", "javascript:", "https://", "<script>"] {
            assert!(path.contains("assets") || !body.contains(inline), "{path} has {inline}");
        }
    }
    let response = site.send(form("/pay/login", "account=demo-1&name=王小明")).await;
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/pay", "Max-Age=3600", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn a_session_that_was_changed_is_none_and_strange_input_gets_a_page() {
    let site = Site::open(true, false).await;
    let cookie = site.log_in().await;
    assert_eq!(site.get("/pay", &cookie).await.0, StatusCode::OK);
    assert_eq!(site.get("/pay", &format!("{cookie}x")).await.0, StatusCode::SEE_OTHER);
    for (path, status) in [
        ("/pay/bills?partner=nobody&site=x&house=1", StatusCode::NOT_FOUND),
        ("/pay/bills?partner=yunhe&site=yuntai&house=%00%ff", StatusCode::NOT_FOUND),
        ("/pay/bills", StatusCode::NOT_FOUND),
        ("/pay/quote?partner=yunhe&site=yuntai&house=1&bill=x", StatusCode::SEE_OTHER),
        ("/pay/receipt/not-an-order", StatusCode::NOT_FOUND),
        ("/pay/receipt/01a20194-02a4-7000-8000-2875b57bb95d", StatusCode::NOT_FOUND),
        ("/pay/history?cursor=forged", StatusCode::BAD_REQUEST),
        ("/pay/declined?code=%3Cscript%3E", StatusCode::OK),
    ] {
        let (found, page) = site.get(path, &cookie).await;
        assert_eq!(found, status, "{path}: {page}");
        assert!(!page.contains("<script>"), "{path}");
        let is_page = page.starts_with("<!DOCTYPE html>");
        assert!(is_page || found.is_redirection(), "{path}: {page}");
    }
    let (status, page) = site.get("/pay/language/en?back=https://evil.example", &cookie).await;
    assert_eq!((status, page.as_str()), (StatusCode::SEE_OTHER, ""));
}
