//! A loop that writes ready-made frames and does nothing else: what the kernel alone costs.
//!
//! It speaks just enough of RFC 6455 for the viewers here, whose key never changes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::epoll;

use crate::{announce, message};

/// What goes into one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    EachMessage,
    AllThatWaits,
}

const LISTENER: u64 = 0;
const CONTROL_LISTENER: u64 = 1;
const CONTROL: u64 = 2;
const FIRST_VIEWER: u64 = 3;

/// Of the key in the RFC's example, which is the one that the viewers send.
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub(crate) fn serve(bytes: usize, writes: Writes) -> Result<()> {
    let (listener, control_listener) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let watch = |fd: &dyn std::os::fd::AsFd, number: u64| {
        epoll::add(&epoll, fd.as_fd(), epoll::EventData::new_u64(number), epoll::EventFlags::IN)
    };
    watch(&listener, LISTENER)?;
    watch(&control_listener, CONTROL_LISTENER)?;
    announce(listener.local_addr()?, control_listener.local_addr()?)?;
    let mut viewers: BTreeMap<u64, TcpStream> = BTreeMap::new();
    let mut next = FIRST_VIEWER;
    let mut control: Option<TcpStream> = None;
    let mut n = 0;
    let mut buffer = vec![0; 64 * 1024];
    let mut events = Vec::with_capacity(256);
    loop {
        events.clear();
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            match event.data.u64() {
                LISTENER => {
                    let (viewer, _) = listener.accept()?;
                    viewer.set_nodelay(true)?;
                    viewer.set_nonblocking(true)?;
                    watch(&viewer, next)?;
                    viewers.insert(next, viewer);
                    next += 1;
                }
                CONTROL_LISTENER => {
                    let (stream, _) = control_listener.accept()?;
                    watch(&stream, CONTROL)?;
                    control = Some(stream);
                }
                CONTROL => {
                    let Some(stream) = &mut control else { bail!("no control") };
                    let messages = stream.read(&mut buffer)?;
                    ensure!(messages > 0, "whoever measures has gone");
                    let frames: Vec<_> =
                        (0..messages as u64).map(|later| frame(n + 1 + later, bytes)).collect();
                    n += messages as u64;
                    publish(&mut viewers, &frames, writes)?;
                }
                number => {
                    let Some(viewer) = viewers.get_mut(&number) else { continue };
                    match viewer.read(&mut buffer) {
                        Ok(read) if read > 0 => {
                            // The request comes in one piece; nothing else asks for an answer.
                            if buffer.starts_with(b"GET ") {
                                viewer.write_all(ANSWER)?;
                            }
                        }
                        Ok(_) | Err(_) => {
                            viewers.remove(&number);
                        }
                    }
                }
            }
        }
    }
}

fn publish(viewers: &mut BTreeMap<u64, TcpStream>, frames: &[Vec<u8>], writes: Writes) -> Result<()> {
    let all = frames.concat();
    let pieces: Vec<&[u8]> = match writes {
        Writes::EachMessage => frames.iter().map(|frame| &**frame).collect(),
        Writes::AllThatWaits => vec![&all],
    };
    for piece in pieces {
        for viewer in viewers.values_mut() {
            // The kernel takes much more than may be under way here.
            ensure!(viewer.write(piece)? == piece.len(), "a viewer reads too slowly");
        }
    }
    Ok(())
}

fn frame(n: u64, bytes: usize) -> Vec<u8> {
    let text = message(n, bytes);
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ 0..126) => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}
