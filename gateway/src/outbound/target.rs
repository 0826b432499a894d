//! Which addresses the gateway calls: public ones, unless the configuration says otherwise. What a
//! specification names is a partner's word, and it must not make the gateway call its own network.

use std::net::IpAddr;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower::Service;

/// Resolves names, and refuses addresses that are not public: a specification must not make the
/// gateway call its own network.
#[derive(Debug, Clone)]
pub struct PublicOnly {
    inner: GaiResolver,
    allow_private: bool,
}

impl PublicOnly {
    /// Resolves as another does, and lets private addresses through only if they are allowed.
    #[must_use]
    pub fn new(inner: GaiResolver, allow_private: bool) -> PublicOnly {
        PublicOnly { inner, allow_private }
    }
}

impl Service<Name> for PublicOnly {
    type Response = std::vec::IntoIter<std::net::SocketAddr>;
    type Error = std::io::Error;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        let resolved = self.inner.call(name.clone());
        Box::pin(async move {
            let allowed: Vec<_> = resolved
                .await?
                .filter(|address| allow_private || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(std::io::Error::other(format!("{name} has no public address")));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// Whether an address is on the public network.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || v4.octets()[0] == 0
                || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1])))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                !(v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local())
            }
        },
    }
}
