//! Personal data, masked by type: it cannot be logged, shown or serialised by forgetting to mask it.
//!
//! The value is reached only through [`Personal::expose`], which is easy to find in a review.

use serde::{Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// How one kind of personal data is masked.
pub trait Masking: Send + Sync + 'static {
    /// The kind's name: part of the blind index and of the associated data of the seal.
    const NAME: &'static str;
    /// What may be shown of a value.
    fn mask(value: &str) -> String;
    /// The form in which two values are compared.
    fn normal(value: &str) -> String {
        value
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// Keeps the first `head` and the last `tail` characters; at least half is masked.
fn keep(value: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = value.chars().collect();
    let (head, tail) =
        if head + tail > chars.len() / 2 { (0, tail.min(chars.len() / 2)) } else { (head, tail) };
    let mut shown: String = chars.iter().take(head).collect();
    shown.extend(std::iter::repeat_n('*', chars.len() - head - tail));
    shown.extend(chars.iter().skip(chars.len() - tail));
    shown
}

/// A person's name: the last character is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {}
impl Masking for Name {
    const NAME: &'static str = "name";
    fn mask(value: &str) -> String {
        keep(value, 0, 1)
    }
}

/// A telephone number: three digits and the last two are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phone {}
impl Masking for Phone {
    const NAME: &'static str = "phone";
    fn mask(value: &str) -> String {
        keep(value, 3, 2)
    }
}

/// An identity document's number: the last four are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentityNumber {}
impl Masking for IdentityNumber {
    const NAME: &'static str = "identity_number";
    fn mask(value: &str) -> String {
        keep(value, 0, 4)
    }
}

/// A number plate: the last two are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plate {}
impl Masking for Plate {
    const NAME: &'static str = "plate";
    fn mask(value: &str) -> String {
        keep(value, 0, 2)
    }
}

/// A value that says something about a person. Its memory is cleared when it goes.
pub struct Personal<K: Masking> {
    value: Zeroizing<String>,
    kind: PhantomData<K>,
}

impl<K: Masking> Personal<K> {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Personal<K> {
        Personal { value: Zeroizing::new(value.into()), kind: PhantomData }
    }

    /// The value itself, for sealing, for the blind index, and for a page that its owner sees.
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// What may be shown to anyone.
    pub fn masked(&self) -> String {
        K::mask(&self.value)
    }

    /// The form in which it is compared: without blanks and hyphens, in upper case.
    pub fn normal(&self) -> Zeroizing<String> {
        Zeroizing::new(K::normal(&self.value))
    }
}

impl<K: Masking> Clone for Personal<K> {
    fn clone(&self) -> Personal<K> {
        Personal { value: self.value.clone(), kind: PhantomData }
    }
}

impl<K: Masking> PartialEq for Personal<K> {
    fn eq(&self, other: &Personal<K>) -> bool {
        *self.value == *other.value
    }
}

impl<K: Masking> Eq for Personal<K> {}

impl<K: Masking> fmt::Display for Personal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<K: Masking> fmt::Debug for Personal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", K::NAME, self.masked())
    }
}

/// Serialises as the mask: what leaves the process through serde is what may be shown.
impl<K: Masking> Serialize for Personal<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

/// Reads the value as it is: what comes in is whole.
impl<'de, K: Masking> serde::Deserialize<'de> for Personal<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Personal::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_formats_shows_the_value() {
        let phone = Personal::<Phone>::new("13812345678");
        assert_eq!(phone.to_string(), "138******78");
        assert_eq!(format!("{phone:?}"), "phone(138******78)");
        assert_eq!(serde_json::to_string(&phone).expect("serialises"), "\"138******78\"");
        assert_eq!(Personal::<Name>::new("李小龙").to_string(), "**龙");
        assert_eq!(
            Personal::<IdentityNumber>::new("110101199003077758").masked(),
            "**************7758"
        );
    }

    #[test]
    fn short_values_show_less_than_half() {
        assert_eq!(Personal::<Name>::new("李").to_string(), "*");
        assert_eq!(Personal::<Phone>::new("123").to_string(), "**3");
        assert_eq!(Personal::<Phone>::new("").to_string(), "");
    }
}
