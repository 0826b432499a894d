//! Style, scripts and the icon, embedded in the program. Their addresses carry a digest of their
//! content, so that browsers may keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiaozi_ledger::decision::digest;

/// Embedded files: name, media type, content.
const FILES: [(&str, &str, &str); 4] = [
    ("pay.css", "text/css; charset=utf-8", include_str!("../../assets/pay.css")),
    ("pay.js", "text/javascript; charset=utf-8", include_str!("../../assets/pay.js")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_str!("../../assets/htmx.min.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

/// Where the pages find their assets.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The style.
    pub style: String,
    /// Our script.
    pub script: String,
    /// htmx.
    pub htmx: String,
    /// The icon.
    pub icon: String,
}

/// The addresses of this build.
pub(super) static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| {
    let [style, script, htmx, icon] = FILES.map(|(name, _, content)| {
        let version = hex::encode(&digest(content.as_bytes())[..6]);
        format!("/pay/assets/{name}?v={version}")
    });
    Addresses { style, script, htmx, icon }
});

/// Serves one of them.
pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let Some((_, media_type, content)) = FILES.into_iter().find(|(own, _, _)| *own == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, kept);
    response
}
