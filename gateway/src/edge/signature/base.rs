//! The signature base: the exact bytes that are signed (RFC 9421 section 2.5).

use std::collections::HashSet;

use sfv::{InnerList, ListEntry};

use super::component::{Component, serialised};
use super::message::Message;
use super::refusal::Refusal;

/// More components than this in one signature are refused unread.
pub const COMPONENTS_MAX: usize = 32;

/// The components of a signature, understood and free of repetitions.
pub fn components(covered: &InnerList) -> Result<Vec<Component>, Refusal> {
    if covered.items.len() > COMPONENTS_MAX {
        return Err(Refusal::TooMany {
            what: "components",
            found: covered.items.len(),
            max: COMPONENTS_MAX,
        });
    }
    let mut seen = HashSet::new();
    let mut components = Vec::with_capacity(covered.items.len());
    for item in &covered.items {
        let component = Component::parse(item)?;
        if !seen.insert(component.identity()) {
            return Err(Refusal::RepeatedComponent { component: component.identifier });
        }
        components.push(component);
    }
    Ok(components)
}

/// Builds the base: a line for each component, then the parameters, without a final newline.
pub fn signature_base(
    message: &Message<'_>,
    components: &[Component],
    covered: &InnerList,
) -> Result<String, Refusal> {
    let mut base = String::new();
    for component in components {
        let value = component.value(message)?;
        base.push_str(&component.identifier);
        base.push_str(": ");
        base.push_str(&value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&signature_params(covered));
    Ok(base)
}

/// The covered components and parameters as a member of `Signature-Input`.
pub fn signature_params(covered: &InnerList) -> String {
    serialised(ListEntry::InnerList(covered.clone()))
}
