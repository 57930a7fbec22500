//! The words that tickets are described with: status and priority.

/// A word with a fixed set of values, as kept in the database and shown to people.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:literal, $label:literal, $icon:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All values, in the order in which people see them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the database and in addresses.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The word on pages.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// The icon on pages.
            pub fn icon(self) -> &'static str {
                match self { $(Self::$variant => $icon,)+ }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }

            /// All words, for messages that say what is allowed.
            pub fn words() -> String {
                Self::ALL.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}

choice! {
    /// How far a ticket is.
    Status {
        /// Somebody has to do something.
        Open => "open", "Open", "circle-dot";
        /// The requester has to answer.
        Pending => "pending", "Pending", "circle-pause";
        /// Done, and the requester may still object.
        Solved => "solved", "Solved", "circle-check";
        /// Done.
        Closed => "closed", "Closed", "circle-slash";
    }
}

choice! {
    /// How urgent a ticket is.
    Priority {
        /// Sometime.
        Low => "low", "Low", "priority-low";
        /// In its turn.
        Normal => "normal", "Normal", "priority-normal";
        /// Soon.
        High => "high", "High", "priority-high";
        /// Now.
        Urgent => "urgent", "Urgent", "priority-urgent";
    }
}
