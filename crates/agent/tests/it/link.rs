//! A link to servers that behave in every bad way, on simulated time.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::wire::{
    End, Link,
    stream::{FromBot, ToBot},
    twilio::{Sids, Twilio},
};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncWriteExt as _, DuplexStream, duplex},
    time::{Instant, advance},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

type Bot = WebSocketStream<DuplexStream>;
type BotLink = Link<ToBot, FromBot>;

/// Joins a link to a bot. The network between them holds `room` bytes.
async fn joined(room: usize) -> (BotLink, Bot) {
    let (near, far) = duplex(room);
    let config = WebSocketConfig::default().max_message_size(Some(1 << 20)).write_buffer_size(4096);
    let near = WebSocketStream::from_raw_socket(near, Role::Client, Some(config)).await;
    let far = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
    let link = Link::start(near, Twilio::new(Sids::of("workspace_1", "attempt_1")));
    (link, far)
}

fn sound(n: u64) -> ToBot {
    ToBot::Sound { at_ms: n * 20, payload: [n as u8; 160] }
}

fn media(sound: &[u8]) -> Message {
    let payload = STANDARD.encode(sound);
    Message::text(json!({"event": "media", "media": {"payload": payload}}).to_string())
}

fn event(message: &Message) -> Value {
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// Reads what a bot is sent until the connection ends: the events, and the code of the close.
async fn rest(bot: &mut Bot) -> (Vec<Value>, Option<u16>) {
    let (mut events, mut code) = (Vec::new(), None);
    while let Some(Ok(message)) = bot.next().await {
        match message {
            Message::Text(_) => events.push(event(&message)),
            Message::Close(frame) => code = frame.map(|frame| frame.code.into()),
            _ => {}
        }
    }
    (events, code)
}

async fn end_of(link: &mut BotLink) -> End {
    loop {
        if let Err(end) = link.next().await {
            return end;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_go_both_ways_in_order() {
    let (mut link, mut bot) = joined(1 << 16).await;
    link.send(ToBot::Connected);
    link.send(ToBot::Start([].into()));
    (0..3).for_each(|n| link.send(sound(n)));
    link.send(ToBot::Digit('5'));
    for expected in ["connected", "start", "media", "media", "media", "dtmf"] {
        assert_eq!(event(&bot.next().await.unwrap().unwrap())["event"], expected);
    }
    assert!(link.try_next().is_none());
    bot.send(media(&[1, 2, 3])).await.unwrap();
    bot.send(Message::binary(r#"{"event":"mark","mark":{"name":"a"}}"#)).await.unwrap();
    bot.send(Message::text("hello")).await.unwrap();
    bot.send(Message::binary(vec![0, 255])).await.unwrap();
    bot.send(Message::text(r#"{"event":"clear"}"#)).await.unwrap();
    assert_eq!(link.next().await, Ok(FromBot::Sound(vec![1, 2, 3].into())));
    assert!(matches!(link.next().await, Ok(FromBot::Mark(Some(_)))));
    assert_eq!(link.next().await, Ok(FromBot::Clear));
    let (count, first) = link.ignored();
    assert_eq!(count, 2);
    assert!(first.unwrap().to_string().contains("malformed"));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_dropped_sends_what_waits_and_closes() {
    let (link, mut bot) = joined(1 << 16).await;
    link.send(ToBot::Connected);
    link.send(ToBot::Stop);
    drop(link);
    let (events, code) = rest(&mut bot).await;
    assert_eq!(events.iter().map(|e| &e["event"]).collect::<Vec<_>>(), ["connected", "stop"]);
    assert_eq!(code, Some(1000));
}

#[tokio::test(start_paused = true)]
async fn a_minute_of_sound_in_one_message_arrives_whole() {
    let (mut link, mut bot) = joined(1 << 16).await;
    let minute: Vec<u8> = (0..480_000).map(|at| (at % 251) as u8).collect();
    let sent = minute.clone();
    let sending = tokio::spawn(async move {
        bot.send(media(&sent)).await.unwrap();
        bot.send(Message::text(r#"{"event":"clear"}"#)).await.unwrap();
        bot
    });
    let mut heard = Vec::new();
    while let Ok(FromBot::Sound(piece)) = link.next().await {
        heard.extend_from_slice(&piece);
    }
    assert!(heard == minute);
    drop(sending.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_slow_bot_loses_its_oldest_sound_and_nothing_else() {
    let (link, mut bot) = joined(2_000).await;
    link.send(ToBot::Start([].into()));
    link.send(ToBot::Mark(None));
    for n in 0..500 {
        link.send(sound(n));
        advance(Duration::from_millis(20)).await;
        if n == 300 {
            link.send(ToBot::Digit('1'));
        }
        if n % 100 == 0 {
            // The bot reads a little, so that it does not seem stuck.
            let _ = bot.next().await;
        }
    }
    let dropped = link.dropped();
    link.send(ToBot::Stop);
    drop(link);
    let (events, _) = rest(&mut bot).await;
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!((of("dtmf"), of("stop")), (1, 1));
    let last: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "media")
        .map(|event| event["media"]["timestamp"].as_str().unwrap().parse::<u64>().unwrap())
        .collect();
    assert_eq!(last.last(), Some(&(499 * 20)));
    assert!(last[last.len() - 50..].windows(2).all(|pair| pair[1] == pair[0] + 20));
    assert!(dropped > 400, "{dropped} messages were dropped");
    let sequence: Vec<u64> =
        events.iter().map(|e| e["sequenceNumber"].as_str().unwrap().parse().unwrap()).collect();
    assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1), "no number is missing");
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_reads_nothing_is_gone_after_ten_seconds() {
    let (mut link, _bot) = joined(1_000).await;
    let began = Instant::now();
    (0..50).for_each(|n| link.send(sound(n)));
    assert_eq!(end_of(&mut link).await, End::Stuck);
    assert_eq!(began.elapsed().as_secs(), 10);
    assert_eq!(end_of(&mut link).await, End::Stuck, "the end is told again");
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_answers_no_ping_is_gone_twenty_seconds_after_it() {
    let (mut link, _bot) = joined(1 << 16).await;
    let began = Instant::now();
    assert_eq!(end_of(&mut link).await, End::Silent);
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_bot_that_answers_pings_stays() {
    let (mut link, mut bot) = joined(1 << 16).await;
    let bot = tokio::spawn(async move { while bot.next().await.is_some() {} });
    let ended = tokio::time::timeout(Duration::from_secs(600), end_of(&mut link)).await;
    assert!(ended.is_err(), "{ended:?}");
    bot.abort();
}

#[tokio::test(start_paused = true)]
async fn the_code_of_a_close_says_whether_it_was_meant() {
    for (code, is_meant) in
        [(1000, true), (1001, true), (1011, false), (1012, false), (4400, false)]
    {
        let (mut link, mut bot) = joined(1 << 16).await;
        let frame = CloseFrame { code: code.into(), reason: "so".into() };
        bot.close(Some(frame)).await.unwrap();
        let end = end_of(&mut link).await;
        assert_eq!(end, End::Closed { code, reason: "so".to_owned() });
        assert_eq!(end.is_meant(), is_meant, "{code}");
    }
    let (mut link, mut bot) = joined(1 << 16).await;
    bot.close(None).await.unwrap();
    assert!(end_of(&mut link).await.is_meant(), "a close without a code is meant");
}

#[tokio::test(start_paused = true)]
async fn what_a_bot_said_before_its_close_is_not_lost() {
    let (mut link, mut bot) = joined(1 << 20).await;
    for _ in 0..1_000 {
        bot.send(media(&[7; 160])).await.unwrap();
    }
    bot.close(None).await.unwrap();
    drop(bot);
    // Nothing can be sent any more, and the close has not been read.
    link.send(sound(0));
    let mut pieces = 0;
    while let Ok(FromBot::Sound(_)) = link.next().await {
        pieces += 1;
    }
    assert_eq!(pieces, 1_000);
    assert!(end_of(&mut link).await.is_meant());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_lost() {
    let (mut link, bot) = joined(1 << 16).await;
    drop(bot);
    assert!(matches!(end_of(&mut link).await, End::Lost(_)));
    let (mut link, bot) = joined(1 << 16).await;
    bot.into_inner().write_all(b"\xff\xff\xff not a frame").await.unwrap();
    let end = end_of(&mut link).await;
    assert!(matches!(end, End::Lost(_)) && !end.is_meant(), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn too_long_a_message_ends_the_connection() {
    let (mut link, mut bot) = joined(1 << 22).await;
    let long = "x".repeat((1 << 20) + 1);
    bot.send(Message::text(long)).await.unwrap();
    assert!(matches!(end_of(&mut link).await, End::TooLong { .. }));
    assert_eq!(rest(&mut bot).await.1, Some(1009));
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_floods_is_read_at_a_megabyte_a_second() {
    let (mut link, mut bot) = joined(1 << 16).await;
    let began = Instant::now();
    let flood = tokio::spawn(async move {
        let noise = Message::text("x".repeat(1 << 20));
        for _ in 0..28 {
            bot.send(noise.clone()).await.unwrap();
        }
        bot.close(None).await.unwrap();
        while bot.next().await.is_some() {}
    });
    assert!(end_of(&mut link).await.is_meant());
    let took = began.elapsed().as_secs();
    assert!((19..=21).contains(&took), "28 MB took {took} s");
    flood.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_floods_a_call_which_does_not_listen_is_not_read() {
    let (link, mut bot) = joined(1 << 12).await;
    let mut sent = 0_u32;
    let piece = media(&[7; 1_000]);
    while tokio::time::timeout(Duration::from_secs(1), bot.send(piece.clone())).await.is_ok() {
        sent += 1;
    }
    assert!((256..300).contains(&sent), "{sent} messages were taken");
    drop(link);
}
