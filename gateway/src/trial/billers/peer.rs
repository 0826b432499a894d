//! A biller on a port of this machine: it can go down, and come up again on the same port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::{Date, DateTime};
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::day_file::{Day, DayFile, Slip};
use super::faults::{Fault, Faults};
use super::office::Office;
use super::order::{Order, Outcome};
use super::protocol::{Framing, Outgoing, Protocol};
use super::shelf::{FileFault, Shelf, Wanted};
use super::wire::{self, Stream};

/// Connections that the kernel keeps for us.
const BACKLOG: u32 = 1_024;

/// A biller. It goes down when it is dropped.
#[derive(Debug)]
pub struct Biller {
    desk: Arc<Desk>,
    address: SocketAddr,
    /// Bound and never listening: while the biller is down nobody else gets its port, and whoever calls
    /// is refused.
    _port: TcpSocket,
    running: Mutex<Option<JoinHandle<()>>>,
}

/// What connections share.
struct Desk {
    protocol: Box<dyn Protocol>,
    office: Office,
    faults: Faults,
    shelf: Shelf,
    tls: Option<TlsAcceptor>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

impl Biller {
    /// Starts a biller at its own date and time, with TLS if a server's side of it is given. It is up.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(
        protocol: impl Protocol,
        now: DateTime,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<Biller> {
        let port = socket((Ipv4Addr::LOCALHOST, 0).into())?;
        let desk = Desk {
            office: Office::new(protocol.rules(), now),
            protocol: Box::new(protocol),
            faults: Faults::default(),
            shelf: Shelf::default(),
            tls: tls.map(TlsAcceptor::from),
        };
        let biller = Biller {
            desk: Arc::new(desk),
            address: port.local_addr()?,
            _port: port,
            running: Mutex::new(None),
        };
        biller.up().await?;
        Ok(biller)
    }

    /// Where it is, as a configuration names it.
    #[must_use]
    pub fn address(&self) -> String {
        let scheme = match (self.desk.protocol.framing(), &self.desk.tls) {
            (Framing::Http, None) => "http",
            (Framing::Http, Some(_)) => "https",
            (Framing::Digits(_), None) => "tcp",
            (Framing::Digits(_), Some(_)) => "tls",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Its port.
    #[must_use]
    pub fn socket_address(&self) -> SocketAddr {
        self.address
    }

    /// Its office.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.desk.office
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.desk.faults
    }

    /// The files that it hands out.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.desk.shelf
    }

    /// The file of a day, with what is wrong with it. Without anything wrong it is also the correction of
    /// an earlier one.
    #[must_use]
    pub fn day_file(&self, date: Date, slips: &[Slip]) -> DayFile {
        self.desk.protocol.day_file(&Day::with(date, self.desk.office.day(date), slips))
    }

    /// Goes down: nobody gets in, and who was in is thrown out. The office keeps its books.
    pub async fn down(&self) {
        let running = self.running().take();
        if let Some(running) = running {
            running.abort();
            // It ends by being ended; afterwards the port is closed.
            let _ = running.await;
        }
    }

    /// Comes up, if it is down, on the same port.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub async fn up(&self) -> io::Result<()> {
        let mut running = self.running();
        if running.is_none() {
            let listener = socket(self.address)?.listen(BACKLOG)?;
            *running = Some(tokio::spawn(serve(listener, Arc::clone(&self.desk))));
        }
        Ok(())
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Biller {
    fn drop(&mut self) {
        if let Some(running) = self.running().take() {
            running.abort();
        }
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Takes connections. They are thrown out with it.
async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let desk = Arc::clone(&desk);
                    connections.spawn(async move {
                        // Whoever goes away in the middle has lost an answer, as with a real biller.
                        let _ = desk.connection(stream).await;
                    });
                }
            }
        }
    }
}

impl Desk {
    async fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => Box::new(tls.accept(stream).await?),
            None => Box::new(stream),
        };
        let framing = self.protocol.framing();
        let incoming = wire::read(stream.as_mut(), framing).await?;
        if let Some(wanted) = self.protocol.wanted(&incoming) {
            return self.hand_over(stream, &wanted).await;
        }
        let order = match self.protocol.read(&incoming) {
            Ok(order) => order,
            Err(None) => return stream.shutdown().await,
            Err(Some(refused)) => {
                stream.write_all(&wire::bytes(&refused, framing)).await?;
                return stream.shutdown().await;
            }
        };
        let fault = self.faults.take(&order);
        if let Some(Fault::ArrivesLate(until)) = &fault {
            until.wait().await;
        }
        if let Some(Fault::NeverArrives) = fault {
            return until_gone(stream).await;
        }
        let answer = self.answer(&order, fault.as_ref());
        if let Some(Fault::AnswersLate(until)) = &fault {
            until.wait().await;
        }
        let mut bytes = wire::bytes(&answer, framing);
        match fault {
            Some(Fault::NeverAnswers) => return until_gone(stream).await,
            Some(Fault::Closes) => bytes.clear(),
            Some(Fault::Half) => {
                let missing = answer.body.len().div_ceil(2).max(1);
                bytes.truncate(bytes.len().saturating_sub(missing));
            }
            Some(Fault::Twice) => bytes = bytes.repeat(2),
            _ => {}
        }
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    }

    /// Hands out a file, if it is there.
    async fn hand_over(&self, mut stream: Box<dyn Stream>, wanted: &Wanted) -> io::Result<()> {
        let (file, fault) = self.shelf.take(wanted.date);
        let wrongly = fault == Some(FileFault::WrongSignature);
        let answer = self.protocol.hand_over(wanted, file.as_ref(), self.office.now(), wrongly);
        let mut bytes = wire::bytes(&answer, self.protocol.framing());
        let half = bytes.len().saturating_sub(answer.body.len().div_ceil(2));
        if matches!(fault, Some(FileFault::CutOff | FileFault::Hangs)) {
            bytes.truncate(half);
        }
        stream.write_all(&bytes).await?;
        if fault == Some(FileFault::Hangs) {
            return until_gone(stream).await;
        }
        stream.shutdown().await
    }

    /// Carries an order out, unless its fault is that it is not, and writes its answer.
    fn answer(&self, order: &Order, fault: Option<&Fault>) -> Outgoing {
        let mut outcome = match fault {
            Some(Fault::Code(code)) => Outcome::Code(code.clone()),
            _ => self.office.carry_out(order, matches!(fault, Some(Fault::InProgress))),
        };
        match fault {
            Some(Fault::CodeAfter(code)) => outcome = Outcome::Code(code.clone()),
            Some(Fault::WrongAmount(off)) => outcome.be_off_by(*off),
            Some(Fault::Garbage) => return Outgoing::body(b"\xff\xfe<html>502".to_vec()),
            _ => {}
        }
        let wrongly_signed = matches!(fault, Some(Fault::WrongSignature));
        self.protocol.write(order, &outcome, self.office.now(), wrongly_signed)
    }
}

/// Says nothing until the other side goes away.
async fn until_gone(mut stream: Box<dyn Stream>) -> io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
}
