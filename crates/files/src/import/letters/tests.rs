//! Files without a declared encoding.

use std::io::Cursor;

use encoding_rs::Encoding;

use crate::{
    import::{ImportOptions, Source, preflight, tests::Pipe},
    preflight::{Preflight, RefusalCode, Warning, WarningCode},
};

fn check(file: impl Into<Vec<u8>>) -> Preflight {
    let source = Source::file(Cursor::new(file.into()));
    preflight(source, ImportOptions::default(), None).unwrap()
}

fn question(report: &Preflight) -> Option<&Warning> {
    report.warnings.iter().find(|warning| warning.code == WarningCode::EncodingGuessed)
}

fn list(names: &[&str]) -> String {
    let line = |(at, name): (usize, &&str)| format!("+1415555{:04},{name}\n", at + 100);
    "phone_number,name\n".to_owned() + &names.iter().enumerate().map(line).collect::<String>()
}

#[test]
fn a_legacy_encoding_is_recognised_and_its_letters_are_shown() {
    for (label, names, read_as) in [
        ("windows-1252", &["Jörg", "Müller", "Ann", "Straße"][..], "Windows-1252"),
        ("iso-8859-1", &["Ångström", "Søren", "Peña"], "Windows-1252"),
        ("windows-1250", &["Dvořák", "Tomáš", "Jiří Černý"], "Windows-1250"),
        ("iso-8859-2", &["Łukasz", "Wałęsa", "Śródmieście"], "ISO-8859-2"),
        ("windows-1251", &["Иван Петров", "Мария"], "Windows-1251"),
        ("koi8-r", &["Иван Петров", "Мария"], "KOI8-R"),
        ("koi8-u", &["Євген Їжак", "Олександр"], "KOI8-U"),
        ("ibm866", &["Иван Петров", "Мария"], "IBM866"),
        ("windows-1253", &["Γιώργος", "Παπαδόπουλος", "Άννα"], "Windows-1253"),
        ("windows-1254", &["İbrahim Güneş", "Ayşe Yılmaz"], "Windows-1254"),
        ("windows-1257", &["Jānis Bērziņš", "Šarūnas Žukauskas", "Kristīne"], "Windows-1257"),
        ("windows-1256", &["محمد علي", "فاطمة"], "Windows-1256"),
        ("shift_jis", &["山田 太郎", "佐藤 花子", "スズキ"], "Shift_JIS"),
        ("euc-jp", &["山田 太郎", "佐藤 花子"], "EUC-JP"),
        ("iso-2022-jp", &["山田 太郎", "佐藤 花子"], "ISO-2022-JP"),
        ("gbk", &["李雷和韩梅梅", "王小明"], "GBK"),
        ("big5", &["陳大文先生", "林志玲"], "Big5"),
        ("euc-kr", &["김철수", "이영희"], "EUC-KR"),
    ] {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let text = list(names);
        let (bytes, _, is_lossy) = encoding.encode(&text);
        assert!(!is_lossy, "{label}");
        let report = check(bytes);
        assert_eq!((report.accepted, &report.refused), (names.len() as u64, &None), "{label}");
        let read: Vec<&str> =
            report.samples.iter().map(|sample| sample.variables["name"].as_str()).collect();
        assert_eq!(read, names, "{label}");
        let detail = &question(&report).expect(label).detail;
        let begin = format!("read as {read_as}: ");
        assert!(detail.starts_with(&begin) && detail.contains("is that right?"), "{detail}");
        let word = names[0].split(' ').next().unwrap();
        assert!(detail.contains(word), "{label}: {detail}");
    }
}

#[test]
fn the_question_names_words_and_rows_and_a_declaration_ends_it() {
    let (file, _, _) = encoding_rs::WINDOWS_1252.encode(
        "phone_number,Straße\n+14155550101,Jörg\n\
        +14155550102,Ann\n+14155550103,\"Müller, Åse\"\n",
    );
    let report = check(file.clone());
    let warning = question(&report).unwrap();
    assert_eq!(
        warning.detail,
        "read as Windows-1252: Straße, Jörg, Müller, Åse; is that right? If not, declare the \
         encoding of the file"
    );
    assert_eq!(warning.rows, [1, 2, 4]);
    let declared = |label: &str| {
        let options = ImportOptions { encoding: Some(label.to_owned()), ..Default::default() };
        let source = Source::file(Cursor::new(file.to_vec()));
        preflight(source, options, None).unwrap()
    };
    for label in ["windows-1252", "Windows-1252", "cp1252", "Latin-1", "ISO 8859-1", "win1252"] {
        let report = declared(label);
        assert_eq!((report.refused.as_ref(), question(&report)), (None, None), "{label}");
        assert_eq!(report.columns[1], "Straße");
    }
    let report = declared("windows-1251");
    assert_eq!((question(&report), report.columns[1].as_str()), (None, "StraЯe"));
    for label in ["cp850", "klingon"] {
        let refused = declared(label).refused.unwrap();
        assert_eq!(refused.code, RefusalCode::Undecodable);
        assert!(refused.detail.contains(&format!("{label:?}")), "{}", refused.detail);
    }
}

#[test]
fn a_letter_behind_nine_hundred_thousand_rows_is_read() {
    let mut file = b"phone_number,name\n".to_vec();
    file.extend(b"+14155550101,Ann\n".repeat(900_000));
    file.extend(b"+14155550102,J\xf6rg\n");
    let report = check(file.clone());
    assert_eq!((report.accepted, report.rejected), (900_001, 0));
    let warning = question(&report).unwrap();
    assert!(warning.detail.contains("Jörg"), "{}", warning.detail);
    assert_eq!(warning.rows, [900_002]);
    let pipe = Source::file(Pipe(Cursor::new(file)));
    let piped = preflight(pipe, ImportOptions::default(), None).unwrap();
    assert_eq!(piped, report, "a pipe is read as a file is");
}

#[test]
fn utf_8_is_not_asked_about_and_its_broken_rows_are_told() {
    let good = list(&["Jörg", "Müller", "Zoë"]);
    assert_eq!(check(good.as_str()).warnings, []);
    assert_eq!(check(format!("\u{feff}{good}")).warnings, []);
    let report = check([good.as_bytes(), b"+14155550109,Jos\xe9\n"].concat());
    assert_eq!((report.accepted, report.rejected, question(&report)), (3, 1, None));
    assert_eq!(report.rejections[0].rows, [5]);
    assert_eq!(report.samples[1].variables["name"], "Müller");
}

#[test]
fn a_file_of_two_encodings_says_so() {
    let names = ["José", "René", "André", "Zoë", "Jörg", "Noël", "Åse", "Søren", "Loïc"];
    let text = list(&names);
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let report = check([&latin, "+14155550999,Müller\n".as_bytes()].concat());
    let detail = &question(&report).unwrap().detail;
    assert!(detail.contains("Row 11 has \"MÃ¼ller\", which is \"Müller\" in UTF-8"), "{detail}");
}

#[test]
fn utf_16_without_a_mark_is_read() {
    let text = list(&["Jörg", "山田 太郎", "Иван"]);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let file: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        let report = check(file);
        assert_eq!((report.accepted, &report.refused), (3, &None));
        let detail = &question(&report).unwrap().detail;
        assert!(detail.starts_with("read as UTF-16") && detail.contains("Jörg"), "{detail}");
    }
}

#[test]
fn a_file_of_dos_is_refused_in_words_and_one_of_an_old_mac_is_read() {
    let refused =
        check(b"phone_number,name\n+14155550101,M\x81ller\n+14155550102,J\x94rg\n".to_vec());
    let refused = refused.refused.unwrap();
    assert_eq!(refused.code, RefusalCode::Undecodable);
    assert!(refused.detail.contains("code page 437, 850 or 852"), "{}", refused.detail);
    let (mac, _, _) = encoding_rs::MACINTOSH.encode("phone_number,name\n+14155550101,Müller\n");
    let report = check(mac);
    assert!(question(&report).unwrap().detail.starts_with("read as macintosh: Müller;"));
}
