//! Bodies of requests: read whole before the handler runs, or, where the handler reads them as they come in, with a limit
//! for all of it and one for each pause of the sender.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream, to_bytes},
    extract::Request,
    http::header,
};
use futures_util::{StreamExt as _, stream};
use rowhouse_app::error::PageError;

/// Takes the whole body before a handler takes a database connection: a slow sender then holds nothing but itself.
pub(super) async fn whole(request: Request, limit: usize) -> Result<Request, PageError> {
    let (parts, body) = request.into_parts();
    let announced =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(PageError::TooLarge);
    }
    let bytes = to_bytes(body, limit).await.map_err(|error| {
        let is_limit =
            std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("length limit"));
        if is_limit {
            PageError::TooLarge
        } else {
            PageError::BadRequest("The request's body did not arrive.".to_owned())
        }
    })?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Why such a body ends early.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Cut {
    #[error("nothing came in for {} seconds", .0.as_secs())]
    Stalled(Duration),
    #[error("length limit exceeded")]
    TooLong,
    #[error("the connection broke off")]
    Broken,
}

/// Where reading has come to.
struct Reading {
    body: BodyDataStream,
    left: u64,
    is_over: bool,
}

/// The same body, which ends with an error after `most` bytes, or when nothing comes in for `patience`.
pub(super) fn limited(body: Body, most: u64, patience: Duration) -> Body {
    let reading = Reading { body: body.into_data_stream(), left: most, is_over: false };
    Body::from_stream(stream::unfold(reading, move |mut reading| async move {
        if reading.is_over {
            return None;
        }
        let frame = match tokio::time::timeout(patience, reading.body.next()).await {
            Err(_) => Err(Cut::Stalled(patience)),
            Ok(None) => return None,
            Ok(Some(Err(_))) => Err(Cut::Broken),
            Ok(Some(Ok(frame))) => match reading.left.checked_sub(frame.len() as u64) {
                None => Err(Cut::TooLong),
                Some(left) => {
                    reading.left = left;
                    Ok(frame)
                }
            },
        };
        reading.is_over = frame.is_err();
        Some((frame, reading))
    }))
}

#[cfg(test)]
mod tests {
    use axum::body::{Bytes, to_bytes};

    use super::*;

    fn frames(frames: Vec<&'static str>) -> Body {
        Body::from_stream(stream::iter(frames.into_iter().map(|frame| Ok::<_, std::io::Error>(Bytes::from(frame)))))
    }

    #[tokio::test]
    async fn a_body_has_a_length_and_a_patience() {
        let patience = Duration::from_millis(50);
        let whole = to_bytes(limited(frames(vec!["ab", "cd"]), 4, patience), 10).await.unwrap();
        assert_eq!(whole, "abcd");
        let mut long = limited(frames(vec!["ab", "cd", "ef"]), 4, patience).into_data_stream();
        assert_eq!(long.next().await.unwrap().unwrap(), "ab");
        assert_eq!(long.next().await.unwrap().unwrap(), "cd");
        assert!(format!("{:?}", long.next().await.unwrap().unwrap_err()).contains("TooLong"));
        assert!(long.next().await.is_none());
        let waits = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let stalled = limited(waits, 4, patience).into_data_stream().next().await.unwrap().unwrap_err();
        assert!(format!("{stalled:?}").contains("Stalled"));
    }
}
