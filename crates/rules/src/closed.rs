//! Closed sets of words: enums whose variants have a word outside the program.

/// Declares an enum, and the word by which the API, the database and files call each variant. serde
/// writes and reads the same words.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$about:meta])* $variant:ident = $word:tt),* $(,)?
    }) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$about])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// Every variant, in the order in which they are shown.
            pub const ALL: [$name; [$($word),*].len()] = [$($name::$variant),*];

            /// The words of all variants.
            pub const NAMES: [&'static str; $name::ALL.len()] = [$($word),*];

            /// The word in the API, the database and files.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word),*
                }
            }

            /// The variant with this word; none when there is none.
            pub fn from_name(name: &str) -> Option<$name> {
                Self::ALL.into_iter().find(|one| one.as_str() == name)
            }
        }
    };
}
