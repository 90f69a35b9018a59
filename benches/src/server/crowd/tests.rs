//! Twenty viewers at a server that does what it is told, right or wrong.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::*;

const VIEWERS: usize = 20;
const WISH: Wish = Wish { stream: Stream::Numbered, topic: "", throttle_ms: 0 };

/// Opens a socket for each viewer and sends each the next number for each byte at the control; the viewer in the
/// middle gets what the script makes of that number.
struct Scripted {
    address: SocketAddrV4,
    control: TcpStream,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Scripted {
    fn start(numbers_of_the_middle: fn(u64) -> Vec<u64>) -> Self {
        let (listener, control) = (TcpListener::bind("127.0.0.1:0"), TcpListener::bind("127.0.0.1:0"));
        let (listener, control) = (listener.unwrap(), control.unwrap());
        let std::net::SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        let sending = control.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut numbers, _) = control.accept()?;
            let mut sockets = Vec::new();
            let mut request = [0; 1024];
            for _ in 0..VIEWERS {
                let (mut socket, _) = listener.accept()?;
                assert!(socket.read(&mut request)? > 0);
                socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
                sockets.push(socket);
            }
            let mut asked = [0];
            let mut number = 0;
            while numbers.read(&mut asked)? > 0 {
                number += 1;
                for (at, socket) in sockets.iter_mut().enumerate() {
                    let sent = if at == VIEWERS / 2 { numbers_of_the_middle(number) } else { vec![number] };
                    for n in sent {
                        let text = format!(r#"{{"n":{n}}}"#);
                        socket.write_all(&[0x81, u8::try_from(text.len()).unwrap_or(0)])?;
                        socket.write_all(text.as_bytes())?;
                    }
                }
            }
            Ok(())
        });
        Self { address, control: TcpStream::connect(sending).unwrap(), thread }
    }

    /// Publishes one message after another for a moment; how many each viewer got.
    fn measured(mut self) -> Result<u64> {
        let mut crowd = Crowd::join(self.address, VIEWERS, WISH)?;
        let mut published = 0;
        let done = crowd.closed_loop(Duration::from_millis(50), 2, |messages| {
            published += messages;
            Ok(self.control.write_all(&vec![b'.'; messages])?)
        });
        let delivered = done.and_then(|()| crowd.place().cloned()).map(|place| place.at.unwrap_or(0));
        if delivered.is_ok() {
            let (all, published) = ((published * VIEWERS) as u64, published as u64);
            assert_eq!(crowd.tally().delivered(), all);
            assert_eq!(crowd.checked(), (all, published), "one viewer reads a text for all");
        }
        drop((crowd, self.control));
        // A viewer that found a fault has closed its socket, which the server may have noticed.
        self.thread.join().unwrap().ok();
        delivered
    }
}

fn fault(of_the_middle: fn(u64) -> Vec<u64>) -> String {
    format!("{:#}", Scripted::start(of_the_middle).measured().unwrap_err())
}

#[test]
fn one_viewer_of_twenty_that_misses_a_message_or_has_it_twice_or_too_late_fails_the_run() {
    let all = Scripted::start(|n| vec![n]).measured().unwrap();
    assert!(all >= 2, "only {all} messages were published");
    let gap = fault(|n| if n == 2 { vec![] } else { vec![n] });
    assert!(gap.starts_with("viewer 10: stands at 1 and is led on from 2"), "{gap}");
    let twice = fault(|n| if n == 2 { vec![2, 2] } else { vec![n] });
    assert!(twice.starts_with("viewer 10: stands at 2 and is led to 2 again"), "{twice}");
    let order = fault(|n| match n {
        1 => vec![1, 2],
        2 => vec![1],
        n => vec![n],
    });
    assert!(order.starts_with("viewer 10: stands at 2 and is led from 0 to 1"), "{order}");
}
