//! Requests and frames, byte by byte: what is written is exactly what a script asks for.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use super::protocol::{Framing, Incoming, Outgoing};

/// The bytes of a message that are read.
const BYTES_MAX: usize = 64 * 1024;

/// Either kind of stream.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Reads a message to its end.
///
/// # Errors
/// When the connection breaks, or there is no message in what comes.
pub(super) async fn read(stream: &mut dyn Stream, framing: Framing) -> io::Result<Incoming> {
    match framing {
        Framing::Http => read_request(stream).await,
        Framing::Digits(digits) => {
            let mut length = vec![0; digits];
            stream.read_exact(&mut length).await?;
            let length = std::str::from_utf8(&length).ok().and_then(super::text::digits);
            let body = read_body(stream, length.ok_or_else(|| bad("no length"))?).await?;
            Ok(Incoming { body, ..Incoming::default() })
        }
    }
}

async fn read_request(stream: &mut dyn Stream) -> io::Result<Incoming> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > BYTES_MAX {
            return Err(bad("the head has no end"));
        }
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).map_err(|_| bad("the head is no text"))?;
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or("").split(' ');
    let (method, path) = (first.next().unwrap_or(""), first.next().unwrap_or(""));
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(header).collect();
    let mut incoming =
        Incoming { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() };
    let length = incoming.header("content-length").and_then(super::text::digits).unwrap_or(0);
    incoming.body = read_body(stream, length).await?;
    Ok(incoming)
}

async fn read_body(stream: &mut dyn Stream, length: i64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).ok().filter(|length| *length <= BYTES_MAX);
    let mut body = vec![0; length.ok_or_else(|| bad("the message is too long"))?];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The bytes of an answer.
pub(super) fn bytes(outgoing: &Outgoing, framing: Framing) -> Vec<u8> {
    let length = outgoing.body.len();
    let head = match framing {
        Framing::Http => {
            let mut head = format!("HTTP/1.1 {} -\r\n", outgoing.status);
            for (name, value) in &outgoing.headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            format!("{head}content-length: {length}\r\nconnection: close\r\n\r\n")
        }
        Framing::Digits(digits) => format!("{length:0digits$}"),
    };
    [head.as_bytes(), &outgoing.body].concat()
}
