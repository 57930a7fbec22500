//! The words that tickets are described with: status, priority, and the colours of labels.

/// A word with a fixed set of values, as kept in the database and shown to people.
macro_rules! choice {
    // The word is a token tree: in a literal of a macro, the schema's derive would not see the name.
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:tt, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All values, in the order in which people see them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the database and in addresses.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The word on pages.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }

            /// All words, for messages that say what is allowed.
            #[must_use]
            pub fn words() -> String {
                Self::ALL.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ")
            }
        }

        impl sqlx::Type<sqlx::Postgres> for $name {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <str as sqlx::Type<sqlx::Postgres>>::type_info()
            }

            fn compatible(kind: &sqlx::postgres::PgTypeInfo) -> bool {
                <str as sqlx::Type<sqlx::Postgres>>::compatible(kind)
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Postgres> for $name {
            fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let word = <&'r str as sqlx::Decode<'r, sqlx::Postgres>>::decode(value)?;
                Self::parse(word).ok_or_else(|| format!("“{word}” is none of {}", Self::words()).into())
            }
        }
    };
}
pub(super) use choice;

choice! {
    /// How far a ticket is.
    Status {
        /// Somebody has to do something.
        Open => "open", "Open";
        /// The requester has to answer.
        Pending => "pending", "Pending";
        /// Done, and the requester may still object.
        Solved => "solved", "Solved";
        /// Done.
        Closed => "closed", "Closed";
    }
}

impl Status {
    /// The icon on pages.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Open => "circle-dot",
            Self::Pending => "circle-pause",
            Self::Solved => "circle-check",
            Self::Closed => "circle-slash",
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_resolved(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }
}

choice! {
    /// How urgent a ticket is.
    Priority {
        /// Sometime.
        Low => "low", "Low";
        /// In its turn.
        Normal => "normal", "Normal";
        /// Soon.
        High => "high", "High";
        /// Now.
        Urgent => "urgent", "Urgent";
    }
}

impl Priority {
    /// The icon on pages.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Low => "priority-low",
            Self::Normal => "priority-normal",
            Self::High => "priority-high",
            Self::Urgent => "priority-urgent",
        }
    }
}

choice! {
    /// The colour of a label: a hue of the stylesheet.
    Colour {
        /// No colour.
        Grey => "grey", "Grey";
        /// Red.
        Red => "red", "Red";
        /// Orange.
        Orange => "orange", "Orange";
        /// Yellow.
        Yellow => "yellow", "Yellow";
        /// Green.
        Green => "green", "Green";
        /// Teal.
        Teal => "teal", "Teal";
        /// Blue.
        Blue => "blue", "Blue";
        /// Purple.
        Purple => "purple", "Purple";
        /// Pink.
        Pink => "pink", "Pink";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.word()), Some(*status));
        }
        assert_eq!(Priority::parse("URGENT"), None);
        assert_eq!(serde_json::to_string(&Status::Open).unwrap(), "\"open\"");
        assert_eq!(serde_json::from_str::<Colour>("\"teal\"").unwrap(), Colour::Teal);
    }
}
