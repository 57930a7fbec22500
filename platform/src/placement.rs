//! Where a tenant's data lives.

use serde::Serialize;

/// Schema of the shared tables.
pub const POOLED_SCHEMA: &str = "pooled";

/// Where a tenant's data lives. A transaction's `search_path` follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// In the tables that tenants share.
    Pooled,
    /// In a schema of its own.
    Schema,
    /// In a database of its own.
    Database,
}

/// A placement that this version cannot serve, or a word that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlacementError {
    /// The control plane holds a word that names no placement.
    #[error("“{0}” is no placement; allowed are pooled, schema and database")]
    Unknown(String),
    /// Only shared tables can be served.
    #[error("placement {0:?} cannot be served by this version; only pooled can")]
    NotServed(Placement),
}

impl Placement {
    /// Reads the word kept in the control plane.
    ///
    /// # Errors
    /// [`PlacementError::Unknown`] for any other word.
    pub fn parse(word: &str) -> Result<Self, PlacementError> {
        match word {
            "pooled" => Ok(Self::Pooled),
            "schema" => Ok(Self::Schema),
            "database" => Ok(Self::Database),
            other => Err(PlacementError::Unknown(other.to_owned())),
        }
    }

    /// The `search_path` of a transaction on this tenant's data.
    ///
    /// # Errors
    /// [`PlacementError::NotServed`] for placements that cannot be served yet: refusing is right, reading the shared
    /// tables in their stead would show an empty tenant.
    pub fn search_path(self) -> Result<&'static str, PlacementError> {
        match self {
            Self::Pooled => Ok(POOLED_SCHEMA),
            Self::Schema | Self::Database => Err(PlacementError::NotServed(self)),
        }
    }
}
