//! Storing: from a stream, in parts, and never more than two of them in memory.

use std::mem;

use futures_util::{Stream, StreamExt as _};
use object_store::{MultipartUpload, ObjectStoreExt as _, PutPayload, path::Path};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use bytes::Bytes;

use super::{Kind, ObjectId, PutError, Storage, StorageError, key, kind};
use crate::tenancy::TenantHome;

/// Bytes of a part. S3 wants at least so many in all but the last, and some services the same number in each.
const PART: usize = 5 * 1024 * 1024;

/// A file that is stored, and that nothing refers to yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Its id.
    pub id: ObjectId,
    /// How large it is.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// What it is, by its content.
    pub kind: Kind,
}

impl Storage {
    /// Stores what a stream brings. Where it fails, what was stored of it is removed; the rest of the stream is the
    /// caller's, who may want to know how much there would have been.
    ///
    /// # Errors
    /// [`PutError`].
    pub async fn put<S, E>(
        &self,
        home: &TenantHome,
        id: ObjectId,
        chunks: &mut S,
        most: u64,
    ) -> Result<Received, PutError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut upload =
            Upload { storage: self.clone(), path: key(home.id(), id), parts: None, under_way: JoinSet::new() };
        match upload.fill(id, chunks, most).await {
            Ok(received) => Ok(received),
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }
}

/// A file on its way. Dropped in between, as when the sender goes away, it removes what there is of it.
struct Upload {
    storage: Storage,
    path: Path,
    /// Once there is more than one part.
    parts: Option<Box<dyn MultipartUpload>>,
    /// The part that is being sent.
    under_way: JoinSet<object_store::Result<()>>,
}

impl Upload {
    async fn fill<S, E>(&mut self, id: ObjectId, chunks: &mut S, most: u64) -> Result<Received, PutError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut hash = Sha256::new();
        let mut head = Vec::new();
        let mut bytes = 0_u64;
        let mut part = Part::default();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(PutError::Source)?;
            bytes += chunk.len() as u64;
            if bytes > most {
                return Err(PutError::TooLarge { read: bytes });
            }
            hash.update(&chunk);
            let missing = kind::HEAD - head.len();
            head.extend_from_slice(&chunk[..chunk.len().min(missing)]);
            part.push(chunk);
            while let Some(full) = part.take_full() {
                self.send(full).await?;
            }
        }
        let rest = part.take();
        if self.parts.is_some() {
            if rest.content_length() > 0 {
                self.send(rest).await?;
            }
            self.arrived().await?;
            if let Some(parts) = &mut self.parts {
                parts.complete().await.map_err(StorageError::from)?;
            }
            self.parts = None;
        } else {
            self.storage.store.put(&self.path, rest).await.map_err(StorageError::from)?;
        }
        Ok(Received { id, bytes, sha256: hash.finalize().into(), kind: Kind::of(&head) })
    }

    /// Sends a part, once the one before it is there.
    async fn send(&mut self, part: PutPayload) -> Result<(), StorageError> {
        self.arrived().await?;
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.storage.store.put_multipart(&self.path).await?),
        };
        self.under_way.spawn(parts.put_part(part));
        Ok(())
    }

    async fn arrived(&mut self) -> Result<(), StorageError> {
        while let Some(done) = self.under_way.join_next().await {
            done.map_err(|error| StorageError::Setup(error.to_string()))??;
        }
        Ok(())
    }

    async fn abort(&mut self) {
        self.under_way.shutdown().await;
        if let Some(parts) = self.parts.take() {
            abort(parts).await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let (Some(parts), Ok(runtime)) = (self.parts.take(), tokio::runtime::Handle::try_current()) else { return };
        let mut under_way = mem::take(&mut self.under_way);
        runtime.spawn(async move {
            under_way.shutdown().await;
            abort(parts).await;
        });
    }
}

async fn abort(mut parts: Box<dyn MultipartUpload>) {
    if let Err(error) = parts.abort().await {
        tracing::warn!(%error, "what was stored of a file that broke off could not be removed");
    }
}

/// What was received and not yet sent.
#[derive(Default)]
struct Part {
    chunks: Vec<Bytes>,
    length: usize,
}

impl Part {
    fn push(&mut self, chunk: Bytes) {
        self.length += chunk.len();
        self.chunks.push(chunk);
    }

    /// Exactly a part, if there is that much.
    fn take_full(&mut self) -> Option<PutPayload> {
        if self.length < PART {
            return None;
        }
        let mut missing = PART;
        let mut full = Vec::new();
        let mut rest = Vec::new();
        for mut chunk in self.chunks.drain(..) {
            let taken = chunk.split_to(chunk.len().min(missing));
            missing -= taken.len();
            full.push(taken);
            if !chunk.is_empty() {
                rest.push(chunk);
            }
        }
        self.chunks = rest;
        self.length -= PART;
        Some(full.into_iter().filter(|chunk| !chunk.is_empty()).collect())
    }

    fn take(&mut self) -> PutPayload {
        self.length = 0;
        self.chunks.drain(..).collect()
    }
}
