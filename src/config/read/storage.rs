//! `[storage]`

use std::{path::PathBuf, time::Duration};

use rowhouse_platform::storage::{Place, S3Settings, UploadLimits};

use super::{super::Storage, Reader};

/// Which of the two places.
#[derive(Clone, Copy)]
enum Kind {
    Folder,
    S3,
}

pub(in crate::config) fn storage(reader: &mut Reader<'_>) -> Option<Storage> {
    let kind = reader.choice("storage.place", [("folder", Kind::Folder), ("s3", Kind::S3)]);
    let folder = reader.text("storage.folder", |text| match text.trim() {
        "" => Err("must be the path of a folder".to_owned()),
        path => Ok(PathBuf::from(path)),
    });
    let is_s3 = matches!(kind, Some(Kind::S3));
    let s3 = s3(reader, is_s3);
    let file_mib: Option<u32> = reader.integer("storage.file_limit_mib", 1..=4096);
    let files: Option<u32> = reader.integer("storage.files_per_upload", 1..=100);
    let time = reader.duration("storage.upload_timeout_seconds", 30..=3600, Duration::from_secs);
    let place = match kind? {
        Kind::Folder => Place::Folder(folder?),
        Kind::S3 => Place::S3(s3?),
    };
    let uploads = UploadLimits {
        file_bytes: u64::from(file_mib?) * 1024 * 1024,
        files: usize::try_from(files?).ok()?,
        time: time?,
    };
    Some(Storage { place, uploads })
}

/// The settings of S3, of which some are required where it is used.
fn s3(reader: &mut Reader<'_>, is_used: bool) -> Option<S3Settings> {
    let endpoint = reader.text("storage.s3_endpoint", |text| match text.trim() {
        "" => Ok(None),
        url if is_endpoint(url) => Ok(Some(url.to_owned())),
        _ => Err("must be http:// or https:// and a host, such as \"https://s3.example\", without a path".to_owned()),
    });
    let mut words = ["storage.s3_region", "storage.s3_bucket", "storage.s3_access_key"].map(|key| {
        reader.text(key, |text| match text.trim() {
            "" if is_used => Err("is required where storage.place is \"s3\"".to_owned()),
            text => Ok(text.to_owned()),
        })
    });
    let key = "storage.s3_secret_key";
    if reader.layers.entries.get(key)?.is_path {
        reader.read_secret(key)?;
    }
    let secret_key = reader.text(key, |text| match text.trim() {
        "" if is_used => Err("is required where storage.place is \"s3\" (not shown: secret)".to_owned()),
        text => Ok(text.to_owned()),
    });
    let path_style = reader.flag("storage.s3_path_style");
    let [region, bucket, access_key] = &mut words;
    Some(S3Settings {
        endpoint: endpoint?,
        region: region.take()?,
        bucket: bucket.take()?,
        access_key: access_key.take()?,
        secret_key: secret_key?,
        path_style: path_style?,
    })
}

fn is_endpoint(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    host.is_some_and(|host| {
        !host.is_empty() && !host.contains(|sign: char| sign.is_whitespace() || matches!(sign, '/' | '?' | '#' | '@'))
    })
}
