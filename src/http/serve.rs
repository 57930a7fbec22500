//! Listening, and stopping without breaking anything off.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rowhouse_app::context::Services;
use rowhouse_platform::{
    mail::sender::Sender,
    tenancy::watch::{WatchSettings, watch},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::services::domain_watch;

use super::{
    connections::{self, HEAD_TIME},
    front::{Front, FrontSettings, router},
    health::Leaving,
    metrics,
};

/// Why the server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}; is another server running there? Choose another with server.listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The address for metrics cannot be listened on.
    #[error("cannot listen on {address} for metrics: {error}; choose another with metrics.listen")]
    ListenMetrics {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// Nothing can be counted.
    #[error("metrics: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// For everybody.
    pub public: SocketAddr,
    /// For the operator's collector of metrics, where there is one.
    pub metrics: Option<SocketAddr>,
}

/// Serves until SIGTERM or SIGINT. Requests and messages under way then finish, for `grace` at most; a second signal
/// ends them.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    Addresses { public: address, metrics: metrics_address }: Addresses,
    services: Arc<Services>,
    settings: FrontSettings,
    watching: WatchSettings,
    sender: Option<Sender>,
    grace: Duration,
) -> Result<(), ServeError> {
    let listener = TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })?;
    if let Some(address) = metrics_address {
        // It ends with the process.
        tokio::spawn(metrics::listen(address).await?);
    }
    let leaving = Arc::new(Leaving::default());
    let watcher = tokio::spawn(watch(services.database.clone(), services.directory.clone(), watching));
    let domains = tokio::spawn(domain_watch(&services).run());
    let (stop_mail, mail_stopped) = tokio::sync::oneshot::channel::<()>();
    let mail = sender.map(|sender| {
        tokio::spawn(sender.run(async move {
            // As below.
            let _ = mail_stopped.await;
        }))
    });
    let app = router(Front::new(Arc::clone(&services), settings, Arc::clone(&leaving)));

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = connections::serve(listener, app, HEAD_TIME, async move {
        // An error means that the sender is gone, which is as good a reason to stop.
        let _ = stopped.await;
    });
    let mut server = std::pin::pin!(server);
    tracing::info!(%address, "serving");

    tokio::select! {
        () = &mut server => return Ok(()),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: requests under way finish first");
    leaving.begin();
    services.live.close();
    drop(stop);
    drop(stop_mail);
    let under_way = async {
        server.await;
        if let Some(mail) = mail
            && let Err(error) = mail.await
        {
            tracing::error!(%error, "the sender of mail broke");
        }
    };
    tokio::select! {
        () = under_way => {}
        () = tokio::time::sleep(grace) => tracing::warn!("what is under way took too long and is broken off"),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    watcher.abort();
    domains.abort();
    services.database.close().await;
    tracing::info!("stopped");
    Ok(())
}
