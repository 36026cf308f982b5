//! One reusable socket of a sweep, and what its system calls mean.
use std::{io, net::SocketAddr, os::fd::AsRawFd};

use mio::{Interest, Poll, Token, unix::SourceFd};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::{cursor::Probe, sweep::PortState};

#[derive(Default)]
pub(super) struct Slot {
    pub(super) socket: Option<(Socket, bool)>,
    pub(super) registered: bool,
    pub(super) pending: Option<Probe>,
    /// Tells a deadline of an earlier probe of this slot from the present one's.
    pub(super) generation: u32,
}

pub(super) enum Step {
    Settled(PortState),
    Pending,
    /// The outcome was lost or no source port was free: try again.
    Again,
    /// No descriptor left.
    NoSocket,
}

impl Slot {
    pub(super) fn connect(&mut self, address: SocketAddr, should_peek: bool) -> Step {
        let is_v4 = address.is_ipv4();
        if self.socket.as_ref().is_some_and(|(_, v4)| *v4 != is_v4) {
            self.discard();
        }
        if self.socket.is_none() {
            let Ok(socket) = open_socket(is_v4) else {
                return Step::NoSocket;
            };
            self.socket = Some((socket, is_v4));
        }
        let Some((socket, _)) = &self.socket else {
            return Step::NoSocket;
        };
        match socket.connect(&SockAddr::from(address)) {
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {
                if should_peek {
                    self.outcome(address)
                } else {
                    Step::Pending
                }
            }
            answer => self.judge(&answer, address),
        }
    }

    /// Asks for the outcome by connecting again: reports it and makes the socket reusable.
    pub(super) fn outcome(&mut self, address: SocketAddr) -> Step {
        let Some((socket, _)) = &self.socket else {
            return Step::Again;
        };
        let answer = socket.connect(&SockAddr::from(address));
        self.judge(&answer, address)
    }

    pub(super) fn judge(&mut self, answer: &io::Result<()>, address: SocketAddr) -> Step {
        let code = match answer {
            Ok(()) => libc::EISCONN,
            Err(error) => error.raw_os_error().unwrap_or_default(),
        };
        match code {
            libc::EALREADY | libc::EINPROGRESS => Step::Pending,
            libc::EISCONN => {
                let is_self = self.is_connected_to_itself(address);
                self.discard();
                // A probe of this machine may take the probed port as its own source port.
                if is_self {
                    Step::Again
                } else {
                    Step::Settled(PortState::Open)
                }
            }
            // The socket stays usable: this is what the whole loop is for.
            libc::ECONNREFUSED => Step::Settled(PortState::Closed),
            // A reset after the handshake: it accepted, then changed its mind.
            libc::ECONNRESET | libc::EPIPE => {
                self.discard();
                Step::Settled(PortState::Open)
            }
            libc::ECONNABORTED | libc::EADDRNOTAVAIL | libc::EAGAIN | libc::EADDRINUSE => {
                self.discard();
                Step::Again
            }
            libc::ETIMEDOUT => {
                self.discard();
                Step::Settled(PortState::Silent)
            }
            libc::EACCES | libc::EPERM | libc::EMFILE | libc::ENFILE => {
                self.discard();
                Step::Settled(PortState::Failed)
            }
            _ => {
                self.discard();
                Step::Settled(PortState::Unreachable)
            }
        }
    }

    pub(super) fn is_connected_to_itself(&self, address: SocketAddr) -> bool {
        self.socket
            .as_ref()
            .and_then(|(socket, _)| socket.local_addr().ok())
            .and_then(|local| local.as_socket())
            .is_some_and(|local| local == address)
    }

    pub(super) fn register(&mut self, poll: &Poll, index: usize) -> bool {
        let Some((socket, _)) = &self.socket else {
            return false;
        };
        if !self.registered {
            let fd = socket.as_raw_fd();
            self.registered = poll
                .registry()
                .register(&mut SourceFd(&fd), Token(index), Interest::WRITABLE)
                .is_ok();
        }
        self.registered
    }

    /// Closes the socket, which also takes it out of the poll.
    pub(super) fn discard(&mut self) {
        self.socket = None;
        self.registered = false;
        self.pending = None;
    }
}

fn open_socket(is_v4: bool) -> io::Result<Socket> {
    let domain = if is_v4 { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    Ok(socket)
}
