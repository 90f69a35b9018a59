//! Lines of a file with flat memory.

use std::io::{self, BufRead, Read as _};

use crate::limits::LINE_BYTES_MAX;

/// The lines of a file.
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
}

/// One line, numbered from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: u64,
    /// The line without its end; of a line that is too long only the beginning.
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_too_long: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let limit = LINE_BYTES_MAX as u64 + 2;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if !bytes.ends_with(b"\n") && read as u64 == limit {
            skip_line(&mut self.reader)?;
        }
        while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            bytes.pop();
        }
        let is_too_long = bytes.len() > LINE_BYTES_MAX;
        Ok(Some(Line { number: self.number, bytes, is_too_long }))
    }
}

/// Reads to the end of the line and forgets it.
fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = reader.fill_buf()?;
        let end = available.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(available.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() || used == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_ends_where_the_next_begins() {
        let long = vec![b'x'; LINE_BYTES_MAX + 1];
        let text = [b"a\r\n".as_slice(), &long, &long, b"\n\nb"].concat();
        let mut lines = Lines::new(text.as_slice());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.number, line.bytes.len(), line.is_too_long));
        }
        assert_eq!(seen, [(1, 1, false), (2, LINE_BYTES_MAX + 2, true), (3, 0, false), (4, 1, false)]);
    }
}
