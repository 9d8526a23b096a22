//! Chat completions as OpenAI and other servers write them.

use campanile_agent::wire::chat::{Answering, ChatError, ToolCall};
use serde_json::{Value, json};

/// Reads a body in pieces of this many bytes: the text that may be said, and the tools.
fn read(body: &str, piece: usize) -> Result<(String, Vec<ToolCall>), ChatError> {
    let mut answering = Answering::default();
    let mut text = String::new();
    for piece in body.as_bytes().chunks(piece) {
        text += &answering.push(piece)?;
    }
    let (end, calls, _) = answering.finish()?;
    Ok((text + &end, calls))
}

#[test]
fn tokens_are_counted_once_however_often_they_are_told() {
    let chunk = |tokens: u64| {
        let usage = json!({"prompt_tokens": 9, "completion_tokens": tokens});
        json!({"choices": [{"delta": {"content": "a"}}], "usage": usage})
    };
    let mut answering = Answering::default();
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", chunk(1), chunk(4));
    answering.push(body.as_bytes()).expect("an answer");
    let (.., usage) = answering.finish().expect("an answer");
    assert_eq!((usage.input_tokens, usage.output_tokens), (9, 4));
}

fn stream(deltas: &[Value], finish_reason: &str) -> String {
    let chunk = |delta: &Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}});
    let chunks: String = deltas.iter().map(chunk).collect();
    format!("{chunks}data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    let [id, name, arguments] = [id, name, arguments].map(str::to_owned);
    ToolCall { id, name, arguments }
}

#[test]
fn text_is_read_however_it_is_cut() {
    let body = stream(
        &[
            json!({"role": "assistant", "content": ""}),
            json!({"content": "Grüß "}),
            json!({"content": [{"type": "text", "text": "Gott"}]}),
            json!({"content": null}),
            json!({"content": "."}),
        ],
        "stop",
    );
    for piece in 1..100 {
        assert_eq!(read(&body, piece), Ok(("Grüß Gott.".to_owned(), vec![])), "{piece}");
    }
}

#[test]
fn thoughts_are_not_said() {
    let body = stream(
        &[
            json!({"reasoning_content": "the person wants"}),
            json!({"reasoning": "a table"}),
            json!({"content": "<th"}),
            json!({"content": "ink>They want a table.</thi"}),
            json!({"content": "nk>For how "}),
            json!({"content": "many?"}),
        ],
        "stop",
    );
    assert_eq!(read(&body, 11), Ok(("For how many?".to_owned(), vec![])));
}

#[test]
fn tools_are_read_as_each_server_writes_them() {
    let function = |name: &str, arguments: Value| json!({"name": name, "arguments": arguments});
    let one = [call("call_a", "end_call", r#"{"reason":"done"}"#)];
    let two = [call("a", "suppress", "{}"), call("b", "end_call", "{}")];
    let cases: &[(&str, Vec<Value>, &[ToolCall])] = &[
        (
            "OpenAI: pieces by index",
            vec![
                json!([{"index": 0, "id": "call_a", "type": "function",
                        "function": function("end_call", json!(""))}]),
                json!([{"index": 0, "function": {"arguments": "{\"reason\":"}}]),
                json!([{"index": 0, "function": {"arguments": "\"done\"}"}}]),
            ],
            &one,
        ),
        (
            "no index",
            vec![
                json!([{"id": "call_a", "function": function("end_call", json!("{\"reason\":"))}]),
                json!([{"function": {"arguments": "\"done\"}"}}]),
            ],
            &one,
        ),
        (
            "the first has index 1",
            vec![
                json!([{"index": 1, "id": "call_a", "function": function("end_call", json!(""))}]),
                json!([{"index": 1, "function": {"arguments": r#"{"reason":"done"}"#}}]),
            ],
            &one,
        ),
        (
            "arguments as an object",
            vec![json!([{"id": "call_a",
                         "function": function("end_call", json!({"reason": "done"}))}])],
            &one,
        ),
        (
            "another id in each piece",
            vec![
                json!([{"index": 0, "id": "call_a", "function": function("end_call", json!(""))}]),
                json!([{"index": 0, "id": "call_x", "function": {"arguments": "{\"reason\":"}}]),
                json!([{"index": 0, "id": "call_y", "function": {"arguments": "\"done\"}"}}]),
            ],
            &one,
        ),
        (
            "two at once, every index 0",
            vec![
                json!([{"index": 0, "id": "a", "function": function("suppress", json!("{}"))}]),
                json!([{"index": 0, "id": "b", "function": function("end_call", json!("{}"))}]),
            ],
            &two,
        ),
        (
            "two mixed",
            vec![
                json!([{"index": 0, "id": "a", "function": function("suppress", json!(""))},
                       {"index": 1, "id": "b", "function": function("end_call", json!(""))}]),
                json!([{"index": 1, "function": {"arguments": "{}"}}]),
                json!([{"index": 0, "function": {"arguments": "{}"}}]),
            ],
            &two,
        ),
        (
            "no ids",
            vec![
                json!([{"function": function("suppress", json!("{}"))}]),
                json!([{"function": function("end_call", json!("{}"))}]),
            ],
            &[call("", "suppress", "{}"), call("", "end_call", "{}")],
        ),
        (
            "no arguments",
            vec![json!([{"index": 0, "id": "a", "function": {"name": "suppress"}}])],
            &[call("a", "suppress", "")],
        ),
    ];
    for (what, pieces, expected) in cases {
        let deltas: Vec<_> = pieces.iter().map(|calls| json!({"tool_calls": calls})).collect();
        for finish_reason in ["tool_calls", "stop"] {
            let (text, calls) = read(&stream(&deltas, finish_reason), 50).unwrap();
            assert_eq!((text.as_str(), &calls[..]), ("", *expected), "{what}");
        }
    }
}

#[test]
fn a_server_that_does_not_stream_is_understood() {
    let calls = json!([{"id": "a", "function": {"name": "suppress", "arguments": "{}"}}]);
    let message =
        json!({"role": "assistant", "content": "<think>x</think>Hi.", "tool_calls": calls});
    let body = json!({"choices": [{"message": message}]}).to_string();
    let expected = ("Hi.".to_owned(), vec![call("a", "suppress", "{}")]);
    assert_eq!(read(&format!("\n {body}"), 7), Ok(expected));
}

#[test]
fn errors_are_told_in_the_servers_words() {
    let half = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let error = r#"{"error":{"message":"context length exceeded","code":400}}"#;
    for body in [error.to_owned(), format!("{half}data: {error}\n\n")] {
        let told = Err(ChatError::Told("context length exceeded".to_owned()));
        assert_eq!(read(&body, 10), told, "{body}");
    }
    for body in [
        "",
        "\n",
        "<html></html>",
        "data: {\n\n",
        "data: [DONE]\n\n",
        "{\"a\":",
        "{}",
        "data: []\n\n",
    ] {
        assert!(matches!(read(body, 10), Err(ChatError::Malformed(_))), "{body:?}");
    }
    let endless = "x".repeat(3 << 20);
    assert!(matches!(read(&endless, 4_096), Err(ChatError::TooLong(_))));
}

#[test]
fn no_damaged_answer_panics() {
    let function = json!({"name": "end_call", "arguments": "{\"a\":1}"});
    let body = stream(
        &[
            json!({"content": "<think>ä</think>One, two."}),
            json!({"tool_calls": [{"index": 0, "id": "a", "function": function}]}),
        ],
        "stop",
    );
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..20_000 {
        let mut damaged = body.clone().into_bytes();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..damaged.len());
            match random.u8(..3) {
                0 => damaged[at] = random.u8(..),
                1 => drop(damaged.drain(at..)),
                _ => damaged.insert(at, *random.choice(b"{}[]\",:\\\r\n<").unwrap()),
            }
            damaged.push(b'\n');
        }
        let mut answering = Answering::default();
        let size = random.usize(1..80);
        if damaged.chunks(size).try_for_each(|piece| answering.push(piece).map(drop)).is_ok() {
            let _ = answering.finish();
        }
    }
}
