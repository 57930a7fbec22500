//! Forms with files (`multipart/form-data`, RFC 7578), part by part: text and small files into memory, large ones as a
//! stream.

use std::{
    pin::Pin,
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, BodyDataStream, Bytes},
    extract::{
        DefaultBodyLimit, FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
};
use futures_util::{Stream, StreamExt as _};
use rowhouse_platform::picture::MAX_UPLOAD_BYTES;

use crate::error::PageError;

/// Most bytes of all parts of a form that are taken into memory: a picture, or one that is too large, of which it is said how
/// large it may be, and what is beside it.
const MOST_IN_MEMORY: usize = 2 * MAX_UPLOAD_BYTES;
/// Most bytes that are read on while they are of no part yet: headers of parts are never that long.
const MOST_UNCLAIMED: usize = 256 * 1024;

/// A form, of which one part after the other is read.
pub struct FormParts {
    form: Multipart,
    unclaimed: Arc<AtomicUsize>,
    in_memory: usize,
}

impl<S: Send + Sync> FromRequest<S> for FormParts {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (head, body) = request.into_parts();
        let unclaimed = Arc::new(AtomicUsize::new(0));
        let frames = Frames { body: body.into_data_stream(), unclaimed: Arc::clone(&unclaimed), gave: false };
        let mut request = Request::from_parts(head, Body::from_stream(frames));
        // The server has its own limit on bodies, which a picture of any allowed size fits.
        DefaultBodyLimit::disable().apply(&mut request);
        let form = Multipart::from_request(request, state)
            .await
            .map_err(|_| PageError::BadRequest("This form is sent as multipart/form-data.".to_owned()))?;
        Ok(Self { form, unclaimed, in_memory: 0 })
    }
}

impl FormParts {
    /// The next part, in the order of the form. What was not read of the one before is skipped.
    ///
    /// # Errors
    /// [`PageError::BadRequest`] or [`PageError::TooLarge`].
    pub async fn next(&mut self) -> Result<Option<FormPart<'_>>, PageError> {
        let Self { form, unclaimed, in_memory } = self;
        let Some(field) = form.next_field().await.map_err(unreadable)? else { return Ok(None) };
        unclaimed.store(0, Ordering::Relaxed);
        Ok(Some(FormPart {
            name: field.name().unwrap_or_default().to_owned(),
            file_name: field.file_name().map(plain_name),
            field,
            unclaimed,
            in_memory,
        }))
    }
}

/// A part of a form: a field, or a file. As a stream it gives its content.
pub struct FormPart<'a> {
    name: String,
    file_name: Option<String>,
    field: Field<'a>,
    unclaimed: &'a AtomicUsize,
    in_memory: &'a mut usize,
}

impl FormPart<'_> {
    /// The name of the field.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file, as the sender calls it. Empty where no file was chosen.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// Its text. What is no UTF-8 becomes replacement characters, which checks of text refuse.
    ///
    /// # Errors
    /// [`PageError`] where it does not arrive, or is too much for the memory.
    pub async fn text(self) -> Result<String, PageError> {
        let bytes = self.into_memory().await?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// A small file; nothing where none was chosen.
    ///
    /// # Errors
    /// [`PageError`] where it does not arrive, or is too much for the memory.
    pub async fn upload(self) -> Result<Option<Vec<u8>>, PageError> {
        let bytes = self.into_memory().await?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    async fn into_memory(mut self) -> Result<Vec<u8>, PageError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            *self.in_memory += chunk.len();
            if *self.in_memory > MOST_IN_MEMORY {
                return Err(PageError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Stream for FormPart<'_> {
    type Item = Result<Bytes, PageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.field).poll_next(cx));
        self.unclaimed.store(0, Ordering::Relaxed);
        Poll::Ready(chunk.map(|chunk| chunk.map_err(unreadable)))
    }
}

/// Browsers write the three signs that would end a name in its header so (HTML, "multipart/form-data encoding").
fn plain_name(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

fn unreadable(error: MultipartError) -> PageError {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit") {
            return PageError::TooLarge;
        }
        cause = error.source();
    }
    match error.status().as_u16() {
        413 => PageError::TooLarge,
        _ => PageError::BadRequest(format!("The form cannot be read: {}.", error.body_text())),
    }
}

/// The frames of the body, one at a time. The reader of forms takes all that is there before it looks at any of it; so
/// this one pauses after each, and gives no more while what it gave led to nothing.
struct Frames {
    body: BodyDataStream,
    unclaimed: Arc<AtomicUsize>,
    gave: bool,
}

impl Stream for Frames {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.unclaimed.load(Ordering::Relaxed) > MOST_UNCLAIMED {
            return Poll::Ready(Some(Err("no part begins where one should".into())));
        }
        match ready!(Pin::new(&mut self.body).poll_next(cx)) {
            Some(Ok(frame)) => {
                self.unclaimed.fetch_add(frame.len(), Ordering::Relaxed);
                self.gave = true;
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error.into()))),
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form whose body comes in these frames.
    async fn form(frames: Vec<Vec<u8>>) -> FormParts {
        let frames = futures_util::stream::iter(frames.into_iter().map(Ok::<_, std::io::Error>));
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Body::from_stream(frames))
            .unwrap();
        FormParts::from_request(request, &()).await.unwrap()
    }

    #[tokio::test]
    async fn fields_and_files_come_in_order() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nGrüße\r\n--b\r\nContent-Disposition: \
                    form-data; name=\"file\"; filename=\"a%22b%0D%0A%25.txt\"\r\nContent-Type: image/png\r\n\r\nfile\r\n--b\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b--\r\n";
        // Cut anywhere, it is the same form.
        for length in [1, 2, 7, 64, body.len()] {
            let mut form = form(body.as_bytes().chunks(length).map(<[u8]>::to_vec).collect()).await;
            let part = form.next().await.unwrap().unwrap();
            assert_eq!((part.name(), part.file_name()), ("body", None));
            assert_eq!(part.text().await.unwrap(), "Grüße");
            let part = form.next().await.unwrap().unwrap();
            assert_eq!((part.name(), part.file_name()), ("file", Some("a\"b\r\n%25.txt")));
            assert_eq!(part.upload().await.unwrap().as_deref(), Some(&b"file"[..]));
            let part = form.next().await.unwrap().unwrap();
            assert_eq!((part.name(), part.file_name()), ("file", Some("")));
            assert_eq!(part.upload().await.unwrap(), None);
            assert!(form.next().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_form_that_never_begins_is_given_up() {
        for begin in [&b"x"[..], b"--b\r\nContent-Disposition: form-data; name=\""] {
            let mut frames = vec![begin.to_vec()];
            frames.extend(std::iter::repeat_n(vec![b'x'; 64 * 1024], 100));
            let error = form(frames).await.next().await.err().unwrap();
            assert!(matches!(&error, PageError::BadRequest(said) if said.contains("cannot be read")), "{error}");
        }
    }

    #[tokio::test]
    async fn what_breaks_off_is_an_error() {
        let mut form = form(vec![b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nhalf".to_vec()]).await;
        let part = form.next().await.unwrap().unwrap();
        assert!(matches!(part.text().await, Err(PageError::BadRequest(_))));
    }
}
