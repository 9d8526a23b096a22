//! The mapping of a file's rows and columns, and rejected rows that can be corrected.

use serde_json::json;

use super::{
    batches::create,
    reports::{XLSX, download, get, rows_of},
    support::{World, form_of, pointers},
};

const VALIDATE: &str = "/v1/batch-calls/validate";
const REJECTED: &str = "/v1/batch-calls/rejections.csv";

/// A file with a title, a header in row 3, and numbers in a column with another name.
const EXPORT: &str = "Kunden Juni;;\n\nTelefon;Name;Datum\n+14155550101;Jo;Monday\n\
                      0176 5;\"Lee; Ann\";=1+1\n";

#[tokio::test]
async fn header_and_columns_are_proposed_chosen_and_kept() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let asked = [("file", EXPORT), ("agent_id", agent.as_str())];
    let report = world.form(VALIDATE, &asked).await.expect(200);
    assert_eq!(report["refused"]["code"], "missing_phone_number_column");
    assert_eq!(report["proposed"], json!({"header_row": 3, "phone_column": "Telefon"}));

    let taken = [("header_row", "3"), ("phone_column", "Telefon"), ("file", EXPORT)];
    let report = world.form(VALIDATE, &[&taken[..], &asked[1..]].concat()).await.expect(200);
    assert_eq!(report["refused"]["code"], "missing_variables");
    assert_eq!(report["placeholders"]["missing"], json!(["customer_name"]));

    let map = ("column_map", r#"{"customer_name": "Name"}"#);
    let more = [&[map][..], &taken].concat();
    let report = world.form(VALIDATE, &[&more[..], &asked[1..]].concat()).await.expect(200);
    assert_eq!((&report["refused"], &report["accepted"]), (&json!(null), &json!(1)));
    let made = create(&world, &agent, &more).await.expect(201);
    assert_eq!(made["columns"], json!(["Telefon", "Name", "Datum"]));
    assert_eq!(
        (&made["phone_column"], &made["header_row"], &made["column_map"]),
        (&json!("Telefon"), &json!(3), &json!({"customer_name": "Name"}))
    );
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200)["column_map"], made["column_map"]);
    // Row numbers are the spreadsheet's, and the report keeps the columns.
    let rows = world.get(&format!("{path}/recipients")).await.expect(200);
    assert_eq!(
        (&rows["items"][1]["row"], &rows["items"][1]["cause"]),
        (&json!(5), &json!("too_short"))
    );
    let csv = world.get(&format!("{path}/report.csv")).await.text;
    assert!(csv.starts_with("Telefon,Name,Datum,final_status,"), "{csv}");
    // A redial uses the same mapping.
    world.post(&format!("{path}/start"), &json!({})).await.expect(200);
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let asked = json!({"start": false, "statuses": ["cancelled", "skipped"]});
    let again = world.post(&format!("{path}/redial"), &asked).await.expect(201);
    assert_eq!(
        (&again["phone_column"], &again["column_map"]),
        (&json!("Telefon"), &made["column_map"])
    );
}

#[tokio::test]
async fn a_choice_that_cannot_be_is_told() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = ("file", "phone_number,Name\n+14155550101,Jo\n");
    let mistakes = [
        (("column_map", r#"{"phone_number": "Name"}"#), "/column_map/phone_number"),
        (("column_map", r#"{"customer_name": 5}"#), "/column_map/customer_name"),
        (("column_map", "customer_name=Name"), "/column_map"),
        (("header_row", "0"), "/header_row"),
        (("header_row", "three"), "/header_row"),
    ];
    for (field, pointer) in mistakes {
        let problem = create(&world, &agent, &[field, file]).await.problem(422);
        assert_eq!(pointers(&problem), [pointer]);
    }
    let refused = [
        (("column_map", r#"{"customer_name": "name"}"#), "did you mean \"Name\"?"),
        (("phone_column", "Phone"), "no column is called \"Phone\""),
        (("header_row", "7"), "row 7"),
    ];
    for (field, words) in refused {
        let problem = create(&world, &agent, &[field, file]).await.problem(422);
        assert_eq!(problem["code"], "file_refused", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    // An empty field counts as missing.
    let empty =
        [("phone_column", ""), ("column_map", r#"{"customer_name": "Name", "x": ""}"#), file];
    let made = create(&world, &agent, &empty).await.expect(201);
    assert_eq!(
        (&made["phone_column"], &made["column_map"]),
        (&json!("phone_number"), &json!({"customer_name": "Name"}))
    );
}

#[tokio::test]
async fn rejected_rows_are_the_same_file_before_and_after_saving_and_can_be_uploaded() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let taken = [
        ("header_row", "3"),
        ("phone_column", "Telefon"),
        ("column_map", r#"{"customer_name": "Name"}"#),
    ];
    let fields = [&taken[..], &[("file", EXPORT)]].concat();
    let before = world.form(REJECTED, &fields).await;
    assert_eq!((before.status.as_u16(), before.kind.as_str()), (200, "text/csv; charset=utf-8"));
    assert_eq!(
        before.text,
        "position,phone_number,failed_parsing_reason,Name,Datum,failed_parsing_cause,\
         failed_parsing_help\r\n\
         5,0176 5,malformed_number,Lee; Ann,'=1+1,too_short,\"Add the digits that are missing: \
         country code, area code and number.\"\r\n"
    );
    let made = create(&world, &agent, &fields).await.expect(201);
    let path = format!("/v1/batch-calls/{}/rejections.csv", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.text, before.text);
    assert_eq!(
        world.get(&format!("{path}?bom=true")).await.text,
        format!("\u{feff}{}", before.text)
    );
    let marked = world.form(&format!("{REJECTED}?bom=true"), &fields).await;
    assert_eq!(marked.text, format!("\u{feff}{}", before.text));

    // After the correction, the file is uploaded with the same fields as the original.
    let mended = marked.text.replace("0176 5", "+14155550102");
    let again = [&taken[..], &[("file", mended.as_str())]].concat();
    let made = create(&world, &agent, &again).await.expect(201);
    assert_eq!(made["columns"], json!(["Telefon", "Name", "Datum"]));
    assert_eq!(made["warnings"][0]["code"], "rejected_rows_read");
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let rows = world.get(&format!("{path}/recipients")).await.expect(200);
    let row = &rows["items"][0];
    assert_eq!(
        (&row["phone_number"], &row["variables"]["Datum"]),
        (&json!("+14155550102"), &json!("=1+1"))
    );
    assert_eq!(row["variables"]["Name"], "Lee; Ann");

    // An unreadable file is refused here as well.
    let problem = world.form(REJECTED, &[("file", "a,b\n1,2\n")]).await.problem(422);
    assert_eq!(problem["preflight"]["refused"]["code"], "missing_phone_number_column");
    assert_eq!(pointers(&world.form(REJECTED, &[]).await.problem(422)), ["/file"]);
}

#[tokio::test]
async fn a_workbook_of_rejected_rows_is_the_same_before_and_after_and_comes_back() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let long = "x".repeat(40_000);
    let file = format!(
        "phone_number,customer_name,plan\n+14155550101,Jo,1\n(415) 555-0102,Größe,007\n\
         415 555 0103,{long},=1+1\n"
    );
    let fields = [("file", file.as_str())];
    let path = format!("{REJECTED}?format=xlsx");
    let request = form_of(world.request("POST", &path), &[], file.as_bytes());
    let (headers, before) = download(&world, request).await;
    assert_eq!(headers["content-type"], XLSX);
    assert_eq!(headers["content-disposition"], "attachment; filename=\"rejected rows.xlsx\"");
    let made = create(&world, &agent, &fields).await.expect(201);
    let path = format!("/v1/batch-calls/{}/rejections.csv", made["id"].as_str().unwrap());
    let (headers, after) = get(&world, &format!("{path}?format=xlsx")).await;
    assert_eq!(headers["content-type"], XLSX);
    let expected = [
        vec!["(415) 555-0102".to_owned(), "Größe".to_owned(), "007".to_owned()],
        vec!["415 555 0103".to_owned(), long.clone(), "=1+1".to_owned()],
    ];
    for workbook in [&before[..], &after[..]] {
        let (columns, rows) = rows_of(workbook);
        assert_eq!(columns, ["phone_number", "customer_name", "plan"]);
        assert!(rows == expected);
    }
    // With the default country, all rows are accepted.
    let request = world.request("POST", VALIDATE);
    let country = [("default_country", "US")];
    let preflight = world.send(form_of(request, &country, &after)).await.expect(200);
    assert_eq!((&preflight["accepted"], &preflight["rejected"]), (&json!(2), &json!(0)));
    assert_eq!(preflight["warnings"][0]["code"], "rejected_rows_read");
    world.get(&format!("{path}?format=ods")).await.problem(422);
}

#[tokio::test]
async fn columns_without_a_name_are_chosen_by_their_letters() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = "id;;;\n1;Jo;+14155550101;x\n2;Ann;+14155550102;y\n";
    let report = world.form(VALIDATE, &[("file", file)]).await.expect(200);
    assert_eq!(report["proposed"]["phone_column"], "Column C");
    assert_eq!(report["nameless"], json!(["Column B", "Column C", "Column D"]));
    let fields = [
        ("file", file),
        ("phone_column", "Column C"),
        ("column_map", r#"{"customer_name": "Column B"}"#),
    ];
    let made = create(&world, &agent, &fields).await.expect(201);
    assert_eq!(made["columns"], json!(["id", "Column B", "Column C", ""]));
    assert_eq!(made["phone_column"], "Column C");
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let rows = world.get(&format!("{path}/recipients")).await.expect(200);
    assert_eq!(rows["items"][0]["phone_number"], "+14155550101");
    assert_eq!(rows["items"][0]["variables"]["Column B"], "Jo");
    let wrong = [&fields[..1], &[("phone_column", "Column E")]].concat();
    let report = world.form(VALIDATE, &wrong).await.expect(200);
    assert_eq!(report["refused"]["code"], "missing_phone_number_column");
}

#[tokio::test]
async fn rejections_tell_their_causes_and_cells() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = "phone_number,customer_name\n+14155550101,Jo\n1.41556E+10,a\n4155550102,b\n\
                +14155550103 ext 5,c\n4155550104,d\n+1,e,f\n";
    let report = world.form(VALIDATE, &[("file", file)]).await.expect(200);
    let made = create(&world, &agent, &[("file", file)]).await.expect(201);
    let path = format!("/v1/batch-calls/{}/rejections", made["id"].as_str().unwrap());
    let kept = world.get(&path).await.expect(200);
    let (told, kept) = (&report["rejections"][0], &kept["items"][0]);
    assert_eq!(told["rows"], json!([3, 4, 5, 6]));
    assert_eq!(told["causes"][0]["cause"], "no_country_code");
    assert_eq!(told["causes"][0]["rows"], json!([4, 6]));
    assert_eq!(told["causes"][0]["examples"][1], json!({"row": 6, "cell": "4155550104"}));
    assert!(told["causes"][0]["help"].as_str().unwrap().contains("default_country"));
    for key in ["reason", "label", "help", "count", "rows", "causes", "examples"] {
        assert_eq!(told[key], kept[key], "{key}");
    }
    let bad = &report["rejections"][1];
    assert_eq!(
        (&bad["reason"], &bad["causes"][0]["cause"]),
        (&json!("bad_row"), &json!("too_many_cells"))
    );
}
