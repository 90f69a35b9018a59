//! A whole file as the import reads it: its format by content, then every line or the document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mafia::formats::{Format, HEAD_BYTES, LineReader, gomafia, sniff};

fuzz_target!(|text: &[u8]| {
    let head = &text[..text.len().min(HEAD_BYTES)];
    let format = sniff(head);
    // A byte-order mark and blank lines before the content change nothing.
    if !text.starts_with(b"\xef\xbb\xbf") && head.len() < HEAD_BYTES - 5 {
        let dressed = [b"\xef\xbb\xbf\r\n".as_slice(), head].concat();
        assert_eq!(sniff(&dressed), format);
    }
    match format {
        Some(Format::GomafiaDocument) => {
            let told = gomafia::read(text);
            assert_eq!(gomafia::read(text), told);
        }
        Some(format) => {
            let Some(mut reader) = LineReader::new(format) else { return };
            let mut told = 0;
            for line in text.split(|&byte| byte == b'\n') {
                told += usize::from(reader.read(line).is_some());
            }
            assert!(told <= text.iter().filter(|&&byte| byte == b'\n').count() + 1);
        }
        None => {}
    }
});
