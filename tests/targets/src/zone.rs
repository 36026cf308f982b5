//! A name server over UDP and TCP, as those of zones are: whole answers and whole zones.
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};

use crate::{
    DnsAnswer, DnsQuestion, Target,
    dns::{read_question, reply},
    refuse_outside,
};

pub(crate) const TYPE_SOA: u16 = 6;
pub(crate) const TYPE_MX: u16 = 15;
pub(crate) const TYPE_CAA: u16 = 257;
pub(crate) const TYPE_AXFR: u16 = 252;

/// Ports tried until one is free for both transports.
const BINDS_MAX: usize = 20;

/// Answers a question, over either transport.
type Answers = Arc<Mutex<dyn FnMut(&str, DnsQuestion) -> DnsAnswer + Send>>;

/// Serves whatever `answer` says, over UDP and TCP on one port.
pub async fn serve_zone(
    address: SocketAddr,
    answer: impl FnMut(&str, DnsQuestion) -> DnsAnswer + Send + 'static,
) -> io::Result<Target> {
    refuse_outside(address)?;
    let (listener, socket) = bind_both(address).await?;
    let address = listener.local_addr()?;
    let connections = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&connections);
    let answers: Answers = Arc::new(Mutex::new(answer));
    let task = tokio::spawn(async move {
        let over_tcp = async {
            let mut tasks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tasks.spawn(answer_over_tcp(stream, Arc::clone(&answers)));
            }
        };
        tokio::join!(over_tcp, answer_over_udp(&socket, &answers, &counter));
    });
    Ok(Target {
        address,
        connections,
        task,
    })
}

async fn bind_both(address: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let mut tries = 0;
    loop {
        let listener = TcpListener::bind(address).await?;
        match UdpSocket::bind(listener.local_addr()?).await {
            Ok(socket) => return Ok((listener, socket)),
            Err(error) if address.port() != 0 || tries == BINDS_MAX => return Err(error),
            Err(_) => tries += 1,
        }
    }
}

async fn answer_over_udp(socket: &UdpSocket, answers: &Answers, counter: &AtomicU64) {
    let mut packet = [0_u8; 1_500];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        counter.fetch_add(1, Ordering::SeqCst);
        let packet = packet.get(..length).unwrap_or_default();
        if let Some((answer, bytes)) = answered(answers, packet)
            && !matches!(answer, DnsAnswer::Silence)
        {
            // The asker may be gone.
            let _ = socket.send_to(&bytes, from).await;
        }
    }
}

async fn answer_over_tcp(mut stream: TcpStream, answers: Answers) {
    while let Ok(length) = stream.read_u16().await {
        let mut packet = vec![0; usize::from(length)];
        if stream.read_exact(&mut packet).await.is_err() {
            return;
        }
        let Some((answer, mut bytes)) = answered(&answers, &packet) else {
            return;
        };
        match answer {
            DnsAnswer::Cut(None) => return,
            DnsAnswer::Cut(Some(whole)) => {
                let Some((_, kind, question)) = read_question(&packet) else {
                    return;
                };
                bytes = reply(packet.get(..2).unwrap_or_default(), question, kind, &whole);
            }
            // Held open, as a filter in front would.
            DnsAnswer::Silence => std::future::pending().await,
            _ => {}
        }
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        if stream.write_u16(length).await.is_err() || stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn answered(answers: &Answers, packet: &[u8]) -> Option<(DnsAnswer, Vec<u8>)> {
    let (name, kind, question) = read_question(packet)?;
    let answer = {
        let mut answer = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answer(&name, kind.into())
    };
    let bytes = reply(packet.get(..2)?, question, kind, &answer);
    Some((answer, bytes))
}

/// A name as it stands on the wire.
pub(crate) fn wire_name(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        out.push(u8::try_from(label.len()).unwrap_or_default());
        out.extend(label.bytes());
    }
    out.push(0);
    out
}

/// The record at the top of a zone.
pub fn soa_record() -> (u16, Vec<u8>) {
    let mut data = wire_name("ns1.invalid");
    data.extend(wire_name("hostmaster.invalid"));
    for number in [1_u32, 7_200, 3_600, 1_209_600, 60] {
        data.extend(number.to_be_bytes());
    }
    (TYPE_SOA, data)
}

/// A record that mail goes to `server`; to nobody when it is empty (RFC 7505).
pub fn mx_record(server: &str) -> (u16, Vec<u8>) {
    let mut data = vec![0, 0];
    data.extend(wire_name(server));
    (TYPE_MX, data)
}

/// A record that `issuer` may issue certificates.
pub fn caa_record(issuer: &str) -> (u16, Vec<u8>) {
    let mut data = vec![0, 5];
    data.extend(b"issue");
    data.extend(issuer.bytes());
    (TYPE_CAA, data)
}
