//! `[storage]`

use std::{path::PathBuf, time::Duration};

use rowhouse_platform::storage::{Place, S3Settings, UploadLimits};

use super::World;

#[test]
fn files_are_in_a_folder_unless_told_otherwise() {
    let storage = World::valid().load().unwrap().storage;
    assert_eq!(storage.place, Place::Folder(PathBuf::from(".rowhouse/files")));
    let limits = UploadLimits { file_bytes: 25 * 1024 * 1024, files: 20, time: Duration::from_mins(15) };
    assert_eq!(storage.uploads, limits);
    let file = "[storage]\nfolder = '/srv/files'\nfile_limit_mib = 1\nfiles_per_upload = 3";
    let storage = World::valid().file("rowhouse.toml", file).load().unwrap().storage;
    assert_eq!(storage.place, Place::Folder(PathBuf::from("/srv/files")));
    assert_eq!(storage.uploads.request_bytes(), 5 * 1024 * 1024);
}

#[test]
fn a_bucket_is_named_with_its_keys() {
    let world = || {
        World::valid()
            .file("/run/s3", "hunter2\n")
            .var("ROWHOUSE_STORAGE__PLACE", "s3")
            .var("ROWHOUSE_STORAGE__S3_BUCKET", "files")
            .var("ROWHOUSE_STORAGE__S3_ACCESS_KEY", "AKIA")
            .var("ROWHOUSE_STORAGE__S3_SECRET_KEY_FILE", "/run/s3")
    };
    let config = world().var("ROWHOUSE_STORAGE__S3_ENDPOINT", "http://[::1]:9000/").load().unwrap();
    let settings = S3Settings {
        endpoint: Some("http://[::1]:9000/".to_owned()),
        region: "us-east-1".to_owned(),
        bucket: "files".to_owned(),
        access_key: "AKIA".to_owned(),
        secret_key: "hunter2".to_owned(),
        path_style: false,
    };
    assert_eq!(config.storage.place, Place::S3(settings));
    assert!(!format!("{config:?}").contains("hunter2"));
    let endpoint = |url: &str| world().var("ROWHOUSE_STORAGE__S3_ENDPOINT", url).load().is_ok();
    for bad in ["s3.example", "https://", "https://s3.example/bucket", "https://key@s3.example", "ftp://s3.example"] {
        assert!(!endpoint(bad), "{bad}");
    }
}

#[test]
fn what_a_bucket_needs_is_asked_for() {
    assert_eq!(
        World::valid().var("ROWHOUSE_STORAGE__PLACE", "s3").mistakes(),
        [
            "storage.s3_bucket = \"\" (the default): is required where storage.place is \"s3\"",
            "storage.s3_access_key = \"\" (the default): is required where storage.place is \"s3\"",
            "storage.s3_secret_key (the default): is required where storage.place is \"s3\" (not shown: secret)",
        ]
    );
    assert_eq!(
        World::valid().var("ROWHOUSE_STORAGE__PLACE", "gcs").var("ROWHOUSE_STORAGE__FILE_LIMIT_MIB", "0").mistakes(),
        [
            "storage.place = \"gcs\" (ROWHOUSE_STORAGE__PLACE): must be \"folder\" or \"s3\"",
            "storage.file_limit_mib = \"0\" (ROWHOUSE_STORAGE__FILE_LIMIT_MIB): must be a whole number from 1 to 4096",
        ]
    );
}
