//! The external identities of entities: `number` on the wire, one newtype
//! per entity so that a licensee's number can never stand where a license's
//! is meant. Compared by bytes (wire contract, section 5). A copy shares the
//! text, since many licenses name the same template.

use alloc::borrow::ToOwned;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing was given.
    #[error("a number must not be empty")]
    Empty,
    /// More than the entity's limit of characters.
    #[error("a number may have at most {limit} characters")]
    TooLong {
        /// The limit, in Unicode scalar values.
        limit: usize,
    },
    /// A character that no document can hold, or a blank at either end.
    #[error("a number must not hold control characters, nor begin or end with a blank")]
    Unprintable,
    /// `.` or `..`, which mean something else in a path (wire contract, section 1).
    #[error("a number must not be '.' or '..', which no path can name")]
    Dots,
}

fn check(text: &str, limit: usize) -> Result<(), NumberError> {
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    // A text has no more characters than bytes.
    if text.len() > limit && text.chars().count() > limit {
        return Err(NumberError::TooLong { limit });
    }
    let edge_blank = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    if edge_blank || text.chars().any(is_unprintable) {
        return Err(NumberError::Unprintable);
    }
    if matches!(text, "." | "..") {
        return Err(NumberError::Dots);
    }
    Ok(())
}

/// XML has no place for the two non-characters, and a package names its vendor and product in XML.
fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident, $limit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The longest number, in characters (wire contract, section 5).
            pub const LIMIT: usize = $limit;

            /// Reads a number as given by a caller.
            pub fn parse(text: &str) -> Result<Self, NumberError> {
                check(text, Self::LIMIT)?;
                Ok(Self(text.into()))
            }

            /// The number as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        // Lets a map keyed by the number be asked with the bare text of a request.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&$name> for alloc::string::String {
            fn from(number: &$name) -> Self {
                (*number.0).to_owned()
            }
        }
    )*};
}

numbers! {
    /// A vendor: the account that owns everything else.
    VendorNumber, 255;
    /// A product.
    ProductNumber, 255;
    /// A product module.
    ProductModuleNumber, 255;
    /// A license template.
    LicenseTemplateNumber, 255;
    /// A licensee, which is also the organization (decision D3).
    LicenseeNumber, 1000;
    /// A license.
    LicenseNumber, 255;
    /// A token; for an API key this is the key itself, hence a secret: print it only to its owner.
    TokenNumber, 255;
    /// A transaction.
    TransactionNumber, 255;
    /// A bundle.
    BundleNumber, 255;
    /// A notification.
    NotificationNumber, 255;
}

/// The kinds of number that are drawn when none is given, and their first letter (section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind {
    /// `V…`
    Vendor,
    /// `P…`
    Product,
    /// `M…`
    ProductModule,
    /// `E…`
    LicenseTemplate,
    /// `I…`
    Licensee,
    /// `L…`
    License,
    /// `T…`
    Transaction,
    /// `B…`
    Bundle,
    /// `N…`
    Notification,
}

impl NumberKind {
    /// The prefix letter of a drawn number.
    pub fn prefix(self) -> char {
        match self {
            Self::Vendor => 'V',
            Self::Product => 'P',
            Self::ProductModule => 'M',
            Self::LicenseTemplate => 'E',
            Self::Licensee => 'I',
            Self::License => 'L',
            Self::Transaction => 'T',
            Self::Bundle => 'B',
            Self::Notification => 'N',
        }
    }
}

/// The characters of a drawn number after its prefix: none that are mistaken for one another.
pub const NUMBER_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// How many characters of [`NUMBER_ALPHABET`] follow the prefix.
pub const NUMBER_LENGTH: usize = 8;

/// A drawn number's text from random bytes: the prefix, then one character
/// for the low five bits of each byte.
pub fn number_text(kind: NumberKind, random: [u8; NUMBER_LENGTH]) -> alloc::string::String {
    let drawn = random
        .iter()
        .map(|byte| NUMBER_ALPHABET[usize::from(byte & 31)] as char);
    core::iter::once(kind.prefix()).chain(drawn).collect()
}
