//! The fields of a message as branches: fields that share the beginning of their path stand together.

use super::values::Value;
use crate::spec::message::Field;

/// A value, or others under names.
#[derive(Debug)]
pub(super) enum Nest<'a> {
    Leaf(&'a Value),
    Branch(Branch<'a>),
}

/// Things under names, in the order in which they came first.
#[derive(Debug, Default)]
pub(super) struct Branch<'a>(pub(super) Vec<(&'a str, Nest<'a>)>);

impl<'a> Branch<'a> {
    /// The branches of fields in their order.
    pub(super) fn of(fields: &'a [(&'a Field, Value)]) -> Self {
        let mut root = Self::default();
        for (field, value) in fields {
            let names: Vec<&str> = field.name.names().collect();
            root.put(&names, value);
        }
        root
    }

    fn put(&mut self, path: &[&'a str], value: &'a Value) {
        let [name, deeper @ ..] = path else { return };
        if deeper.is_empty() {
            self.0.push((name, Nest::Leaf(value)));
            return;
        }
        let at = self
            .0
            .iter()
            .position(|(other, nest)| other == name && matches!(nest, Nest::Branch(_)));
        let at = at.unwrap_or_else(|| {
            self.0.push((name, Nest::Branch(Self::default())));
            self.0.len() - 1
        });
        if let Some((_, Nest::Branch(branch))) = self.0.get_mut(at) {
            branch.put(deeper, value);
        }
    }
}
