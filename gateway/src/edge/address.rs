//! An address to listen on, taken in two steps: first it is ours and nobody can be reached at it, then
//! its port opens. So whoever starts finds out that the address is taken before anything else is
//! touched, and is not reachable before everything else is ready.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait in the kernel to be accepted.
const BACKLOG: u32 = 1024;

/// An address that is ours unless another process takes it in the same moment: only opening the port
/// decides that.
#[derive(Debug)]
pub struct Reserved {
    socket: TcpSocket,
}

impl Reserved {
    /// Takes an address. Its port stays closed.
    ///
    /// # Errors
    /// When it is taken, or is none of this machine's.
    pub fn at(address: SocketAddr) -> io::Result<Reserved> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A process that ended a moment ago leaves connections behind, which are no reason to wait.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Reserved { socket })
    }

    /// Opens the port.
    ///
    /// # Errors
    /// When another process has taken the address at the same moment.
    pub fn open(self) -> io::Result<TcpListener> {
        self.socket.listen(BACKLOG)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_reserved_address_is_closed_until_it_is_opened_and_taken_from_then_on() {
        let reserved = Reserved::at(([127, 0, 0, 1], 0).into()).unwrap();
        let address = reserved.socket.local_addr().unwrap();
        let refused = TcpStream::connect(address).expect_err("the port is closed");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let listener = reserved.open().unwrap();
        assert_eq!(listener.local_addr().unwrap(), address);
        TcpStream::connect(address).expect("the port is open");
        let taken = Reserved::at(address).expect_err("it is taken");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
