//! Files pass through, and are never whole in memory.

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::{StreamExt as _, stream};

use super::{KIND, addresses, usage, world};

const FILES: usize = 4;
const MIB: usize = 1024 * 1024;
const SIZE: usize = 24 * MIB;
/// What the server may need more while 96 MiB come in: parts on their way, and what the allocator keeps.
const ALLOWED: usize = 48 * MIB;

/// A number of `/proc/self/status`, in bytes.
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// The form, made while it is sent.
fn form() -> Body {
    let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
    let file = move |place: usize| {
        let head =
            format!("--rowhouse\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{place}.bin\"\r\n\r\n");
        let content = std::iter::repeat_n(chunk.clone(), SIZE / chunk.len());
        std::iter::once(Bytes::from(head)).chain(content).chain([Bytes::from_static(b"\r\n")])
    };
    let end = [Bytes::from_static(b"--rowhouse--\r\n")];
    let frames = (0..FILES).flat_map(file).chain(end);
    Body::from_stream(stream::iter(frames).map(Ok::<_, std::io::Error>))
}

#[tokio::test]
async fn memory_stays_flat_while_files_come_in() {
    let (app, acme, ticket) = world(&[]).await;
    // The highest mark begins anew.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let ask = app.post(&acme.host, &format!("{ticket}/attachments")).cookie(&acme.owner_cookie).streamed(KIND, form());
    let answer = ask.send().await;
    let more = memory("VmHWM").saturating_sub(before);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    println!("96 MiB came in with {} KiB more memory", more / 1024);
    assert!(more < ALLOWED, "{} MiB more memory", more / MIB);
    assert_eq!(usage(&app, &acme).await, (i64::try_from(FILES * SIZE).unwrap(), 4));
    let page = app.get(&acme.host, &ticket).cookie(&acme.owner_cookie).send().await;
    let file = addresses(&page).remove(3);
    let last = app.get(&acme.host, &file).cookie(&acme.owner_cookie).header("range", "bytes=-3").send().await;
    assert_eq!((last.status, last.body.as_str()), (StatusCode::PARTIAL_CONTENT, "xxx"));
}
