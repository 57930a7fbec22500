//! What a checkout needs of its machine, and how it gets there.

pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod system;
pub(crate) mod wasm_target;
