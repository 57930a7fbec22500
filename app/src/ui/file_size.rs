//! Sizes of files, as the person who reads the page writes them; as in Britain where no page is being rendered.

use super::{locale::Rounded, time::reader};

/// A size: "812 bytes", "9.8 KB", "25 MB". Rounded up, so that what is over a limit never reads as the limit.
pub fn file_size(bytes: u64) -> String {
    reader().locale.bytes(bytes, Rounded::Up)
}
