//! A real mail server in a program of its own: `tests/smtp/server.mjs`.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub struct MailServer {
    child: Child,
    pub port: u16,
    lines: UnboundedReceiver<Value>,
}

impl MailServer {
    pub async fn start() -> Self {
        Self::start_on(0).await
    }

    /// On this port, or on any for 0.
    pub async fn start_on(port: u16) -> Self {
        let mut child = Command::new("node")
            .args(["tests/smtp/server.mjs", &port.to_string()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js and the packages of package-lock.json are needed: `npm ci`");
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let mut server = Self { child, port: 0, lines };
        server.port = server.next().await["port"].as_u64().unwrap().try_into().unwrap();
        server
    }

    /// The next message that it took, or refusal.
    pub async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(15), self.lines.recv()).await;
        line.expect("the mail server got nothing in time").expect("the mail server ended")
    }

    /// Everything that it has said and nobody asked for yet.
    pub fn rest(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
