//! What a port speaks, by its first words. Pure.

/// Protocols the engine tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Protocol {
    Http,
    Ssh,
    Smtp,
    Ftp,
    Pop3,
    Imap,
    Mysql,
    Postgres,
    Redis,
    Memcached,
    Mongodb,
    Vnc,
    Telnet,
    Rsync,
    Nats,
    Zookeeper,
    /// TLS around something that is not HTTP.
    Tls,
    Unknown,
}

impl Protocol {
    /// Name in titles and attributes.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Ssh => "ssh",
            Self::Smtp => "smtp",
            Self::Ftp => "ftp",
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
            Self::Mysql => "mysql",
            Self::Postgres => "postgresql",
            Self::Redis => "redis",
            Self::Memcached => "memcached",
            Self::Mongodb => "mongodb",
            Self::Vnc => "vnc",
            Self::Telnet => "telnet",
            Self::Rsync => "rsync",
            Self::Nats => "nats",
            Self::Zookeeper => "zookeeper",
            Self::Tls => "tls",
            Self::Unknown => "unknown",
        }
    }
}

/// Telnet's "interpret as command" byte (RFC 854).
const TELNET_IAC: u8 = 0xff;

/// Reads what a server said first, without being asked.
pub(crate) fn of_greeting(heard: &[u8]) -> Protocol {
    let upper = heard.get(..256).unwrap_or(heard).to_ascii_uppercase();
    let starts = |prefix: &[u8]| upper.starts_with(prefix);
    let says = |word: &[u8]| upper.windows(word.len()).any(|w| w == word);
    if starts(b"SSH-") {
        Protocol::Ssh
    } else if starts(b"RFB ") {
        Protocol::Vnc
    } else if starts(b"@RSYNCD:") {
        Protocol::Rsync
    } else if starts(b"INFO {") && says(b"SERVER_ID") {
        Protocol::Nats
    } else if starts(b"+OK") {
        Protocol::Pop3
    } else if starts(b"* OK") || starts(b"* PREAUTH") {
        Protocol::Imap
    } else if starts(b"220") {
        // Both greet with 220; mail servers name SMTP, file servers rarely name anything.
        if says(b"SMTP") || says(b"MAIL") {
            Protocol::Smtp
        } else {
            Protocol::Ftp
        }
    } else if starts(b"421") || starts(b"554") {
        Protocol::Smtp
    } else if heard.first() == Some(&TELNET_IAC) && heard.get(1).is_some_and(|b| *b >= 0xfb) {
        Protocol::Telnet
    } else if is_mysql_greeting(heard) {
        Protocol::Mysql
    } else if starts(b"HTTP/") {
        Protocol::Http
    } else {
        Protocol::Unknown
    }
}

/// Reads the answer to a plain `GET`.
pub(crate) fn of_answer_to_get(heard: &[u8]) -> Protocol {
    if heard.starts_with(b"HTTP/") {
        let says = |word: &[u8]| heard.windows(word.len()).any(|w| w == word);
        return if says(b"MongoDB over HTTP on the native driver port") {
            Protocol::Mongodb
        } else if says(b"HTTP request was sent to HTTPS port")
            || says(b"HTTP request to an HTTPS server")
        {
            Protocol::Tls
        } else {
            Protocol::Http
        };
    }
    if [&b"-ERR"[..], b"-NOAUTH", b"-DENIED", b"-MISCONF"]
        .iter()
        .any(|prefix| heard.starts_with(prefix))
    {
        return Protocol::Redis;
    }
    if heard.starts_with(b"ERROR") || heard.starts_with(b"CLIENT_ERROR") {
        return Protocol::Memcached;
    }
    // TLS alert record (RFC 8446 §5.1): it wanted a ClientHello.
    if heard.starts_with(&[0x15, 0x03]) {
        return Protocol::Tls;
    }
    of_greeting(heard)
}

/// Packet length, sequence 0, then protocol 10 and a version, or an error packet that refuses
/// this host. A greeting is far below 256 bytes.
fn is_mysql_greeting(heard: &[u8]) -> bool {
    match heard {
        [9..=255, 0, 0, 0, 10, version, ..] => version.is_ascii_digit(),
        [9..=255, 0, 0, 0, 0xff, ..] => true,
        _ => false,
    }
}

/// The version text of a `MySQL` greeting.
pub(crate) fn mysql_version(heard: &[u8]) -> Option<String> {
    let text = heard.get(5..)?;
    let end = text.iter().position(|b| *b == 0)?;
    text.get(..end).map(crate::text::snippet)
}

#[cfg(test)]
mod tests {
    use super::{Protocol, of_answer_to_get, of_greeting};

    #[test]
    fn services_are_known_by_their_first_words() {
        for (heard, protocol) in [
            (&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..], Protocol::Ssh),
            (b"220 mail.example.com ESMTP Postfix\r\n", Protocol::Smtp),
            (b"220 (vsFTPd 3.0.3)\r\n", Protocol::Ftp),
            (b"+OK ready\r\n", Protocol::Pop3),
            (b"* OK IMAP4rev1\r\n", Protocol::Imap),
            (b"\xff\xfd\x18\xff\xfd\x20", Protocol::Telnet),
            (b"RFB 003.008\n", Protocol::Vnc),
            (b"J\0\0\0\x0a8.0.36\0\x08\0\0\0aaaaaaaa", Protocol::Mysql),
            (b"\0\0\0\0", Protocol::Unknown),
            (b"", Protocol::Unknown),
        ] {
            assert_eq!(of_greeting(heard), protocol, "{heard:?}");
        }
    }

    #[test]
    fn an_answer_to_get_tells_what_is_not_a_web_server() {
        for (heard, protocol) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], Protocol::Http),
            (
                b"-ERR wrong number of arguments for 'get' command\r\n",
                Protocol::Redis,
            ),
            (b"-NOAUTH Authentication required.\r\n", Protocol::Redis),
            (b"ERROR\r\n", Protocol::Memcached),
            (b"\x15\x03\x01\x00\x02\x02\x46", Protocol::Tls),
            (
                b"HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port",
                Protocol::Tls,
            ),
        ] {
            assert_eq!(of_answer_to_get(heard), protocol, "{heard:?}");
        }
    }
}
