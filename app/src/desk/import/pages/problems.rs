//! `GET …/problems`: all that is wrong with a file, as a table to work through beside it.

use axum::{body::Body, extract::Path, response::Response};
use futures_util::stream;
use rowhouse_platform::csv;

use crate::{
    access::{Allowed, permit_again},
    context::Context,
    desk::{
        export::BrokeOff,
        import::{ImportId, lead::led, problems, store},
        permission::WriteTickets,
    },
    error::PageError,
    ui::download::{CSV, download},
};

/// Problems that are read in one transaction, and held in memory.
const AT_ONCE: i64 = 2000;

pub(super) async fn show(
    context: Context,
    Path((key, id)): Path<(String, String)>,
    Allowed(mut permit): Allowed<WriteTickets>,
) -> Result<Response, PageError> {
    let project = led(&mut permit, &key).await?;
    let id: ImportId = id.parse().map_err(|_| PageError::NotFound)?;
    let import = store::find(&mut permit, project.id, id).await?.ok_or(PageError::NotFound)?;
    permit.commit().await?;
    let day = context.services.ambient.now().date();
    let name = format!("{}-import-problems-{day}.csv", context.tenant()?.slug);
    let file = File { context, key, id, rows_read: import.rows_read, place: Some(0) };
    download(&name, CSV, Body::from_stream(stream::try_unfold(file, File::next)))
}

/// A file that is being written.
struct File {
    context: Context,
    key: String,
    id: ImportId,
    /// How many rows had been read when it was asked for.
    rows_read: i64,
    /// Behind which problem the next piece begins; none after the last.
    place: Option<i64>,
}

impl File {
    /// The next piece, in a transaction of its own: a slow reader holds no connection. Rights are looked at each time.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, BrokeOff> {
        let Some(place) = self.place else { return Ok(None) };
        let mut permit = permit_again::<WriteTickets>(&self.context).await.map_err(BrokeOff::of)?;
        let project = led(&mut permit, &self.key).await.map_err(BrokeOff::of)?;
        let import = store::find(&mut permit, project.id, self.id).await.map_err(BrokeOff::of)?;
        // The problems of another check are others.
        let Some(import) = import.filter(|import| import.rows_read >= self.rows_read) else {
            return Err(BrokeOff::of("the rows are being read anew"));
        };
        let found = problems::behind(&mut permit, &import, place, AT_ONCE).await.map_err(BrokeOff::of)?;
        permit.commit().await.map_err(BrokeOff::of)?;

        let mut text = String::new();
        if place == 0 {
            csv::line(&mut text, &[Some("Line"), Some("Column"), Some("Problem")]);
        }
        for problem in &found {
            let line = problem.line.to_string();
            let header = Some(problem.header.as_str()).filter(|header| !header.is_empty());
            csv::line(&mut text, &[Some(line.as_str()), header, Some(problem.message.as_str())]);
        }
        let is_full = i64::try_from(found.len()).is_ok_and(|count| count == AT_ONCE);
        self.place = found.last().filter(|_| is_full).map(|problem| problem.place);
        Ok(Some((text.into_bytes(), self)))
    }
}
