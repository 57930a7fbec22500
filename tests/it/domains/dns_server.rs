//! A DNS server on this machine that says what a test wants said.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use hickory_resolver::proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, TXT},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

/// What is said of a name. Of a name that nothing is said of: that it does not exist.
#[derive(Debug, Clone)]
pub enum Reply {
    /// TXT records, each of one or more strings.
    Txt(Vec<Vec<String>>),
    /// Addresses.
    Addresses(Vec<IpAddr>),
    /// Another name, whose records come with it.
    Alias(String),
    /// `SERVFAIL`.
    Failure,
    /// Nothing at all.
    Silence,
}

type Zone = Arc<Mutex<HashMap<String, Reply>>>;

/// The server. It ends with the test.
pub struct DnsServer {
    pub address: SocketAddr,
    zone: Zone,
    task: JoinHandle<()>,
}

impl DnsServer {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let zone = Zone::default();
        let task = tokio::spawn(serve(socket, Arc::clone(&zone)));
        Self { address, zone, task }
    }

    pub fn set(&self, name: &str, reply: Reply) {
        self.zone.lock().unwrap().insert(name.to_owned(), reply);
    }

    /// One TXT record of one string.
    pub fn set_text(&self, name: &str, text: &str) {
        self.set(name, Reply::Txt(vec![vec![text.to_owned()]]));
    }

    pub fn set_address(&self, name: &str, address: &str) {
        self.set(name, Reply::Addresses(vec![address.parse().unwrap()]));
    }

    pub fn remove(&self, name: &str) {
        self.zone.lock().unwrap().remove(name);
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: UdpSocket, zone: Zone) {
    let mut buffer = [0; 4096];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..length]).unwrap();
        if let Some(answer) = answer(&question, &zone) {
            socket.send_to(&answer.to_vec().unwrap(), peer).await.unwrap();
        }
    }
}

fn answer(question: &Message, zone: &Zone) -> Option<Message> {
    let query = question.queries[0].clone();
    let mut answer = Message::response(question.metadata.id, OpCode::Query);
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.metadata.authoritative = true;
    answer.add_query(query.clone());
    let zone = zone.lock().unwrap();
    let mut name = query.name().clone();
    loop {
        let key = name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let data: Vec<RData> = match zone.get(&key) {
            None => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                return Some(answer);
            }
            Some(Reply::Failure) => {
                answer.metadata.response_code = ResponseCode::ServFail;
                return Some(answer);
            }
            Some(Reply::Silence) => return None,
            Some(Reply::Alias(target)) => {
                let target = Name::from_ascii(format!("{target}.")).unwrap();
                answer.add_answer(Record::from_rdata(name, 60, RData::CNAME(CNAME(target.clone()))));
                name = target;
                continue;
            }
            Some(Reply::Txt(records)) if query.query_type() == RecordType::TXT => {
                records.iter().map(|strings| RData::TXT(TXT::new(strings.clone()))).collect()
            }
            Some(Reply::Addresses(addresses)) => addresses
                .iter()
                .filter_map(|address| match (address, query.query_type()) {
                    (IpAddr::V4(address), RecordType::A) => Some(RData::A(A(*address))),
                    (IpAddr::V6(address), RecordType::AAAA) => Some(RData::AAAA(AAAA(*address))),
                    _ => None,
                })
                .collect(),
            Some(Reply::Txt(_)) => Vec::new(),
        };
        answer.add_answers(data.into_iter().map(|data| Record::from_rdata(name.clone(), 60, data)));
        return Some(answer);
    }
}
