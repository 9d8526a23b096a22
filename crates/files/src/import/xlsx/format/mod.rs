//! A number as its cell shows it: number formats (ECMA-376-1 §18.8.31), as far as text can follow
//! them. Padding, colours and fill characters are layout and produce no text; a fraction is shown
//! as a decimal; names of months and days are English.

mod code;
mod date;
mod decimal;
mod number;

use self::code::{Section, Token};

/// A number format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// The shortest form.
    General,
    /// One to four sections.
    Sections(Vec<Section>),
}

impl Format {
    /// The format with this number: `code` if the workbook defines it, otherwise a built-in one.
    pub(super) fn new(id: u32, code: Option<&str>) -> Format {
        match code.or(built_in(id)) {
            None => Format::General,
            Some(code) => Format::parse(code),
        }
    }

    fn parse(code: &str) -> Format {
        let sections = code::sections(code);
        let is_general = |section: &Section| {
            section.condition.is_none() && matches!(section.tokens[..], [Token::General])
        };
        match sections.as_slice() {
            [] => Format::General,
            [only] if is_general(only) => Format::General,
            _ => Format::Sections(sections),
        }
    }

    /// The text of a cell with this number. `days_shift` is added to a number that is a date.
    pub(super) fn show(&self, number: f64, days_shift: f64) -> String {
        if !number.is_finite() {
            return "#NUM!".to_owned();
        }
        let Format::Sections(sections) = self else { return decimal::general(number) };
        let Some((section, is_signed)) = choose(sections, number) else {
            return decimal::general(number);
        };
        let shown = if section.is_date() {
            date::show(&section.tokens, number + days_shift)
        } else {
            let size = if is_signed { number } else { number.abs() };
            number::show(&section.tokens, size)
        };
        shown.map_or_else(|| decimal::general(number), |shown| shown.trim().to_owned())
    }
}

/// The section for a number, and whether the sign must still be shown. A section for negative
/// numbers shows the sign itself.
fn choose(sections: &[Section], number: f64) -> Option<(&Section, bool)> {
    if sections.iter().any(|section| section.condition.is_some()) {
        let holds = |section: &&Section| section.condition.is_none_or(|c| c.holds(number));
        let section = sections.iter().take(3).find(holds)?;
        let is_signed = section.condition.is_none_or(|c| !c.is_of_negatives());
        return Some((section, is_signed));
    }
    let rounds_to_zero = number == 0.0;
    match sections {
        [positive] => Some((positive, true)),
        [_, negative, ..] if number < 0.0 => Some((negative, false)),
        [_, _, zero, ..] if rounds_to_zero => Some((zero, false)),
        [positive, ..] => Some((positive, false)),
        [] => None,
    }
}

/// The formats that have only a number (ECMA-376-1 §18.8.30), as an American spreadsheet shows
/// them. East Asian formats are shown in digits.
fn built_in(id: u32) -> Option<&'static str> {
    Some(match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"$\"#,##0_);(\"$\"#,##0)",
        7 | 8 => "\"$\"#,##0.00_);(\"$\"#,##0.00)",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        14 => "m/d/yyyy",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "m/d/yyyy h:mm",
        27..=31 | 36 | 50..=54 | 57 | 58 => "yyyy-mm-dd",
        32..=35 | 55 | 56 => "h:mm:ss",
        37 | 38 => "#,##0_);(#,##0)",
        39 | 40 => "#,##0.00_);(#,##0.00)",
        41 => "#,##0_);(#,##0);\"-\"_)",
        42 => "\"$\"#,##0_);(\"$\"#,##0);\"$-\"_)",
        43 => "#,##0.00_);(#,##0.00);\"-\"??_)",
        44 => "\"$\"#,##0.00_);(\"$\"#,##0.00);\"$-\"??_)",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    #[track_caller]
    fn shows(code: &str, cases: &[(f64, &str)]) {
        for (number, shown) in cases {
            assert_eq!(Format::parse(code).show(*number, 0.0), *shown, "{number} as {code}");
        }
    }

    #[test]
    fn a_number_without_a_format_has_eleven_places() {
        shows(
            "General",
            &[
                (0.0, "0"),
                (42.0, "42"),
                (-1.5, "-1.5"),
                (0.1 + 0.2, "0.3"),
                (1.0 / 3.0, "0.333333333"),
                (1_234.567_890_12, "1234.56789"),
                (12_345_678_901.0, "12345678901"),
                (14_155_550_101.0, "14155550101"),
                (123_456_789_012.0, "1.23457E+11"),
                (919_812_345_678.0, "9.19812E+11"),
                (1e20, "1E+20"),
                (0.000_1, "0.0001"),
                (0.000_012_345, "0.000012345"),
                (0.000_012_345_6, "1.23456E-05"),
                (1e-10, "1E-10"),
                (99_999_999_999.9, "1E+11"),
                (1_234_567_890.55, "1234567891"),
            ],
        );
    }

    #[test]
    fn numbers_are_rounded_and_grouped_as_their_format_says() {
        shows("0", &[(7.5, "8"), (-7.4, "-7"), (0.4, "0"), (-0.4, "0")]);
        shows("000000", &[(42.0, "000042"), (1_234_567.0, "1234567")]);
        shows("0.00", &[(1.005, "1.01"), (2.0, "2.00"), (-0.001, "0.00")]);
        shows("#.##", &[(0.5, ".5"), (3.0, "3.")]);
        shows("#,##0", &[(1_234_567.0, "1,234,567"), (999.0, "999"), (-1_000.0, "-1,000")]);
        shows("#,##0.00_);(#,##0.00)", &[(1_234.5, "1,234.50"), (-1_234.5, "(1,234.50)")]);
        shows("0.0,", &[(12_345.0, "12.3")]);
        shows("0%", &[(0.256, "26%"), (1.0, "100%")]);
        shows("0.00E+00", &[(12_345.0, "1.23E+04"), (0.00012, "1.20E-04"), (0.0, "0.00E+00")]);
        shows("##0.0E+0", &[(12_345.0, "12.3E+3")]);
        shows("[$€-407]\\ #,##0.00", &[(9.5, "€ 9.50")]);
        shows("\"$\"* #,##0.00", &[(9.5, "$9.50")]);
        shows("000-00-0000", &[(123_456_789.0, "123-45-6789")]);
        shows("(000) 000-0000", &[(4_155_550_101.0, "(415) 555-0101")]);
        shows("\"+\"0", &[(14_155_550_101.0, "+14155550101")]);
        shows("0;-0;\"none\"", &[(5.0, "5"), (-5.0, "-5"), (0.0, "none")]);
        shows(
            "[Red][>=100]\"many\";[<0]\"less\";0",
            &[(100.0, "many"), (-1.0, "less"), (7.0, "7")],
        );
        shows(";;;", &[(1.0, ""), (-1.0, ""), (0.0, "")]);
        shows("General\" km\"", &[(12.5, "12.5 km")]);
        shows("@", &[(14_155_550_101.0, "14155550101")]);
        shows("# ?/?", &[(0.5, "0.5")]);
    }

    #[test]
    fn dates_are_shown_as_their_format_says() {
        // 46 176 is Wednesday, 3 June 2026.
        let noon = 46_176.5;
        shows("yyyy-mm-dd", &[(noon, "2026-06-03"), (1.0, "1900-01-01"), (59.0, "1900-02-28")]);
        shows(
            "yyyy-mm-dd",
            &[(60.0, "1900-02-29"), (61.0, "1900-03-01"), (2_958_465.0, "9999-12-31")],
        );
        shows("m/d/yyyy", &[(noon, "6/3/2026")]);
        shows("dd.mm.yy", &[(noon, "03.06.26")]);
        shows("[$-409]dddd, mmmm d, yyyy", &[(noon, "Wednesday, June 3, 2026")]);
        shows("ddd d mmm", &[(noon, "Wed 3 Jun")]);
        shows("mmmmm", &[(noon, "J")]);
        shows("d\\.\\ mmmm\" at \"h AM/PM", &[(noon, "3. June at 12 PM")]);
        shows("h:mm AM/PM", &[(0.0, "12:00 AM"), (0.604_166_666_7, "2:30 PM")]);
        shows("hh:mm:ss", &[(0.999_999, "00:00:00"), (0.25, "06:00:00")]);
        shows("[h]:mm", &[(1.5, "36:00"), (0.25, "6:00")]);
        shows("[mm]:ss", &[(0.05, "72:00")]);
        shows("mm:ss.0", &[(0.000_7, "01:00.5")]);
        shows("yyyy-mm-dd hh:mm", &[(46_176.999_999_9, "2026-06-04 00:00")]);
        shows("yyyy-mm-dd", &[(-1.0, "-1"), (3_000_000.0, "3000000")]);
        assert_eq!(Format::parse("yyyy-mm-dd").show(0.0, 1_462.0), "1904-01-01");
        assert_eq!(Format::new(14, None).show(noon, 0.0), "6/3/2026");
        assert_eq!(Format::new(164, None), Format::General);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(5),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_code_shows_any_number(
            code in prop_oneof![
                "[0#?.,%;@/_*\\\\\"eE+ymdhsAP -]{0,24}",
                "(\\[[hmsR$<>=0-9-]{0,5}\\]|[0#.,;yMmdhs]){0,12}",
                ".{0,12}",
            ],
            number in any::<f64>(),
            days in -10.0..4_000_000.0,
        ) {
            let format = Format::parse(&code);
            for number in [number, days, 0.0] {
                prop_assert!(format.show(number, 0.0).len() <= 2_000);
            }
        }
    }
}
