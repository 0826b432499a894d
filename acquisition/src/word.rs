//! Enumerations that are stored as a number, shown as a word, and read from a word.

/// A word that none of the expected ones is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not known: expected {expected}")]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// The words that are known, with commas.
    pub expected: String,
}

/// Makes an enumeration: each variant with the number under which it is stored and its word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The number under which it is stored.
            pub fn code(self) -> i64 {
                match self { $($name::$variant => $code),* }
            }

            /// What a stored number means.
            pub fn from_code(code: i64) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.code() == code)
            }

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<$name, $crate::UnknownWord> {
                $name::ALL.iter().copied().find(|known| known.as_str() == word.trim()).ok_or_else(|| {
                    $crate::UnknownWord { word: word.to_owned(), expected: [$($word),*].join(", ") }
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
