//! Sizes of files, as people read them.

/// A size in the largest unit in which it is not below 1: "812 bytes", "9.8 KB", "25 MB". Rounded up, so that what is over
/// a limit never reads as the limit.
pub fn file_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut unit = 1024_u64;
    let mut name = 0;
    // Tenths of the unit.
    let mut tenths = tenths_of(bytes, unit);
    while tenths >= 10_240 && name + 1 < UNITS.len() {
        unit *= 1024;
        name += 1;
        tenths = tenths_of(bytes, unit);
    }
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 || whole >= 100 {
        format!("{} {}", whole + u64::from(tenth > 0), UNITS[name])
    } else {
        format!("{whole}.{tenth} {}", UNITS[name])
    }
}

fn tenths_of(bytes: u64, unit: u64) -> u64 {
    u64::try_from((u128::from(bytes) * 10).div_ceil(u128::from(unit))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up() {
        let mib = 1024 * 1024;
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (10_000, "9.8 KB"),
            (200_000, "196 KB"),
            (mib - 1, "1 MB"),
            (25 * mib, "25 MB"),
            (25 * mib + 1, "25.1 MB"),
            (1536 * mib, "1.5 GB"),
            (u64::MAX, "16777216 TB"),
        ] {
            assert_eq!(file_size(bytes), text, "{bytes}");
        }
    }
}
