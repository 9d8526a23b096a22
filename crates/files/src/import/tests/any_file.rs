//! Files with arbitrary content, the same in every run.

use proptest::{prelude::*, test_runner::RngSeed};

use super::{
    reports::{EVERY_FORMAT, report_of},
    *,
};
use crate::report::Escape;

/// Cells with every character that separates, quotes, escapes or starts a formula.
fn nasty_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[=+@\t\r\n'\",;| a\u{ff1d}\u{feff}é-]{0,6}",
        Just("+14155550101".to_owned()),
        Just("sep=;".to_owned()),
        "[^\0]{0,8}",
    ]
}

fn table() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    (1usize..5, 0usize..5, 0usize..5).prop_flat_map(|(columns, phone_number, rows)| {
        let names = proptest::collection::vec(nasty_cell(), columns);
        let rows =
            proptest::collection::vec(proptest::collection::vec(nasty_cell(), columns), rows);
        (names, rows).prop_map(move |(mut names, rows)| {
            let at = phone_number % names.len();
            names[at] = "phone_number".to_owned();
            for index in (0..names.len()).filter(|index| *index != at) {
                if names[index] == "phone_number" || names[..index].contains(&names[index]) {
                    names[index] = format!("{}{index}", names[index]);
                }
            }
            (names, rows)
        })
    })
}

/// The same cases in every run.
fn seeded() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn any_table_comes_back_from_its_report((columns, rows) in table()) {
        for format in EVERY_FORMAT {
            let (read, preflight) = read(report_of(&columns, &rows, (format, Escape::Formulas)));
            prop_assert_eq!(&preflight.columns, &columns);
            let cells: Vec<_> = read.into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(&cells, &rows);
        }
    }

    #[test]
    fn any_table_is_split_as_the_csv_crate_splits_it((columns, rows) in table()) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let keyed = |first: &str, cells: &[String]| {
            [first.to_owned()].into_iter().chain(cells.iter().cloned()).collect::<Vec<_>>()
        };
        let names: Vec<_> = (0..columns.len()).map(|index| format!("c{index}")).collect();
        writer.write_record(keyed("phone_number", &names)).unwrap();
        for cells in &rows {
            writer.write_record(keyed("+14155550101", cells)).unwrap();
        }
        let (read, _) = read(writer.into_inner().unwrap());
        prop_assert_eq!(read.len(), rows.len());
        for (at, (row, cells)) in read.iter().zip(&rows).enumerate() {
            prop_assert_eq!(&row.cells[1..], &cells[..]);
            prop_assert_eq!(row.position, at as u64 + 2);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        head in prop_oneof![Just(""), Just("phone_number,a\n"), Just("sep=;\nphone_number;x\n")],
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'\n')], 0..400),
        encoding in prop_oneof![Just(None), Just(Some("utf-16le")), Just(Some("shift_jis"))],
        country in prop_oneof![Just(None), Just(Some("US")), Just(Some("DE"))],
    ) {
        let options = ImportOptions {
            encoding: encoding.map(str::to_owned),
            default_country: country.map(|country| country.parse().unwrap()),
            ..ImportOptions::default()
        };
        let file = [head.as_bytes(), &bytes].concat();
        let report = preflight(source(file), options, None).unwrap();
        prop_assert_eq!(report.total, report.accepted + report.rejected);
        let listed: u64 = report.rejections.iter().map(|group| group.rows.len() as u64).sum();
        prop_assert_eq!(listed, report.rejected);
    }

    #[test]
    fn arbitrary_cells_are_a_full_number_or_rejected(cell in ".{0,24}") {
        for country in [None, Some("US".parse().unwrap()), Some("IT".parse().unwrap())] {
            if let Ok(number) = normalise(&cell, country) {
                prop_assert_eq!(E164::parse_strict(&number.to_string()), Some(number));
            }
        }
    }
}
