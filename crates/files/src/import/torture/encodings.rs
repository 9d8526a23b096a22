//! Encodings, byte order marks, and bytes that no encoding allows.

use encoding_rs::Encoding;

use super::{BARE, Case, plain, simple, text, write};
use crate::preflight::RefusalCode::{MissingPhoneNumberColumn, NotATable, Undecodable};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    utf_16(&mut cases);
    declared(&mut cases);
    stray_bytes(&mut cases);
    cases
}

fn utf_16(cases: &mut Vec<Case>) {
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let marked = format!("\u{feff}{}", text());
    cases.push(Case::right("UTF-16LE with a mark", little(&marked)));
    cases.push(Case::right("UTF-16BE with a mark", big(&marked)));
    cases.push(Case::right("UTF-16LE with a mark, declared", little(&marked)).declared("utf-16le"));
    cases.push(Case::right("a mark against a declaration", little(&marked)).declared("latin1"));
    cases.push(Case::right("UTF-16LE without a mark", little(&text())));
    cases.push(Case::right("UTF-16BE without a mark", big(&text())));
    let declared = Case::refused("UTF-16LE declared as UTF-8", little(&text()), Undecodable);
    cases.push(declared.declared("utf-8"));
    cases.push(Case::right("UTF-16LE, declared", little(&text())).declared("utf-16le"));
    cases.push(Case::right("UTF-16BE, declared", big(&text())).declared("utf-16be"));
    let turned = Case::refused("UTF-16BE declared as LE", big(&text()), MissingPhoneNumberColumn);
    cases.push(turned.declared("utf-16le"));
    let mut odd = little(&marked);
    odd.pop();
    cases.push(Case::flagged("UTF-16 cut within its last line end", odd.clone(), 1));
    odd.truncate(odd.len() - 6);
    cases.push(Case::flagged("UTF-16 cut within a character", odd, 1));
    let tabs = text().replace(',', "\t");
    let tabs = little(&format!("\u{feff}{}", tabs.replace('\n', "\r\n")));
    let as_excel = super::clean().into_iter().map(|row| {
        row.into_iter().map(|cell| cell.replace(',', "\t").replace('\n', "\r\n")).collect()
    });
    cases.push(Case::right("Excel's Unicode text", tabs).saying(as_excel.collect()));
    let wide = |bytes: fn(u32) -> [u8; 4]| {
        marked.chars().flat_map(|c| bytes(u32::from(c))).collect::<Vec<u8>>()
    };
    cases.push(Case::refused("UTF-32LE with a mark", wide(u32::to_le_bytes), NotATable));
    cases.push(Case::refused("UTF-32BE with a mark", wide(u32::to_be_bytes), NotATable));
}

/// Old encodings are read correctly, declared or not.
fn declared(cases: &mut Vec<Case>) {
    for (label, name) in [
        ("windows-1252", "José – “€”"),
        ("iso-8859-1", "Müller Ångström"),
        ("iso-8859-2", "Łukasz Żółć"),
        ("windows-1251", "Иван Петров"),
        ("koi8-r", "Иван Петров"),
        ("iso-8859-5", "Иван Петров"),
        ("ibm866", "Иван Петров"),
        ("koi8-u", "Євген Їжак"),
        ("windows-1250", "Łukasz Żółć"),
        ("windows-1253", "Γιώργος"),
        ("iso-8859-7", "Γιώργος"),
        ("windows-1254", "İbrahim Güneş"),
        ("windows-874", "สมชาย ใจดี"),
        ("windows-1255", "דוד כהן"),
        ("windows-1256", "محمد علي"),
        ("macintosh", "José Müller"),
        ("shift_jis", "山田 太郎"),
        ("euc-jp", "山田 太郎"),
        ("iso-2022-jp", "山田 太郎"),
        ("gbk", "李雷和韩梅梅"),
        ("gb18030", "李雷和韩梅梅"),
        ("big5", "陳大文先生"),
        ("euc-kr", "김철수 이영희"),
    ] {
        let encoding = Encoding::for_label(label.as_bytes()).expect(label);
        let table =
            plain(|_, column, cell| if column == 1 { name.to_owned() } else { cell.to_owned() });
        let text = write(&table, BARE);
        let (bytes, _, lossy) = encoding.encode(&text);
        assert!(!lossy, "{label}");
        let file = bytes.into_owned();
        cases.push(
            Case::right(format!("{label}, declared"), file.clone())
                .saying(table.clone())
                .declared(label),
        );
        cases.push(Case::right(format!("{label}, undeclared"), file.clone()).saying(table.clone()));
        let far = write(&simple(), BARE).into_bytes();
        let (_, people) = file.split_at(file.iter().position(|b| *b == b'\n').unwrap() + 1);
        let far = [
            far.as_slice(),
            &far[far.iter().position(|b| *b == b'\n').unwrap() + 1..].repeat(1_000),
            people,
        ]
        .concat();
        let ascii = (0..1_001).flat_map(|_| simple().into_iter().skip(1));
        let table: Vec<_> =
            simple().into_iter().take(1).chain(ascii).chain(table[1..].to_vec()).collect();
        cases.push(Case::right(format!("{label} far behind, undeclared"), far).saying(table));
        let wrong = Case::refused(format!("UTF-8 declared as {label}"), text, Undecodable);
        cases.push(wrong.declared(label));
    }
    for label in ["klingon", "", "utf-7", "replacement"] {
        let case = Case::refused(format!("declared as {label:?}"), text(), Undecodable);
        cases.push(case.declared(label));
    }
    for label in ["utf-8", "UTF8", "unicode-1-1-utf-8", " utf-8 "] {
        cases.push(Case::right(format!("declared as {label:?}"), text()).declared(label));
    }
    cases.push(
        Case::right("ASCII declared as latin1", write(&simple(), BARE))
            .saying(simple())
            .declared("latin1"),
    );
}

fn stray_bytes(cases: &mut Vec<Case>) {
    let with = |row: usize, bytes: &[u8]| {
        let mut file = Vec::new();
        for (at, line) in write(&simple(), BARE).lines().enumerate() {
            file.extend(line.bytes());
            if at == row {
                file.extend(bytes);
            }
            file.push(b'\n');
        }
        file
    };
    let reading = |cell: &str| {
        let mut table = simple();
        table[4][3].push_str(cell);
        table
    };
    for (name, bytes, reads) in
        [("a Latin-1 letter", &b"\xe9"[..], "é"), ("a lone continuation", b"\x80", "€")]
    {
        cases
            .push(Case::right(format!("{name} in one row"), with(4, bytes)).saying(reading(reads)));
        let named = format!("{name} in one row of a UTF-8 file");
        let file = [with(4, bytes), "+14155550109,Zoë Müller,a note,acct_9\n".into()].concat();
        cases.push(
            Case::flagged(named, file, 1).saying(
                simple()
                    .into_iter()
                    .chain([["+14155550109", "Zoë Müller", "a note", "acct_9"]
                        .map(String::from)
                        .to_vec()])
                    .collect(),
            ),
        );
    }
    for (name, bytes) in [
        ("a character cut off", &b"\xe2\x82"[..]),
        ("an overlong slash", b"\xc0\xaf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a character beyond Unicode", b"\xf4\x90\x80\x80"),
    ] {
        cases.push(Case::flagged(format!("{name} in one row"), with(4, bytes), 1).saying(simple()));
        let header = Case::refused(format!("{name} in the header"), with(0, bytes), Undecodable);
        cases.push(header);
    }
    for (name, row, bytes) in [
        ("a zero byte in a cell", 4, &b"\0"[..]),
        ("a zero byte in the header", 0, b"\0"),
        ("zero bytes at the end", 8, b"\n\0\0\0\0\0\0\0\0"),
    ] {
        cases.push(Case::refused(name, with(row, bytes), NotATable));
    }
    let mut late = write(&simple(), BARE);
    late.insert_str(late.len() - 1, &"x".repeat(60_000));
    let long = late.clone() + &"+14155550109,Late,note,acct\n".repeat(1_000);
    let mut table = simple();
    table[8][3].push_str(&"x".repeat(60_000));
    for _ in 0..1_000 {
        table.push(["+14155550109", "Late", "note", "acct"].map(String::from).to_vec());
    }
    cases.push(Case::right("more than is looked at first", long.clone()).saying(table.clone()));
    let zero = long.clone() + "+14155550109,La\0te,note,acct\n";
    cases.push(Case::flagged("a zero byte far behind", zero, 1).saying(table.clone()));
    let mut letter = long.into_bytes();
    letter.extend(b"+14155550109,L\xe9,note,acct\n");
    table.push(["+14155550109", "Lé", "note", "acct"].map(String::from).to_vec());
    cases.push(Case::right("a Latin-1 letter far behind", letter).saying(table));
    let twice = format!("\u{feff}\u{feff}{}", text());
    cases.push(Case::refused("two marks", twice, MissingPhoneNumberColumn));
    let marked = text().replacen("+14155550103", "\u{feff}+14155550103", 1);
    cases.push(Case::right("a mark in front of a number", marked));
}
