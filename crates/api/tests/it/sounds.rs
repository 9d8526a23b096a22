//! Uploaded sounds, and the versions that play them.

use campanile_media::wav;
use campanile_store::KeyScope;
use serde_json::{Value, json};

use crate::support::{World, pointers};

/// A WAV file of 8 bit PCM whose bytes are all ASCII, so that a form of text can hold it.
pub fn ascii_wav() -> String {
    let mut file = b"RIFF\x64\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    // 8,000 samples and bytes a second, one byte a moment, 8 bits; 64 samples.
    file.extend(b"\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x40\0\0\0");
    file.extend([0x20, 0x60].repeat(32));
    String::from_utf8(file).expect("ASCII")
}

async fn upload(world: &World, name: &str) -> Value {
    let fields = [("name", name), ("file", &*ascii_wav())];
    world.form("/v1/sounds", &fields).await.expect(201)
}

#[tokio::test]
async fn a_sound_is_uploaded_listed_played_and_deleted() {
    let world = World::new().await;
    let made = upload(&world, "welcome.wav").await;
    assert_eq!((&made["name"], &made["duration_s"]), (&json!("welcome.wav"), &json!(0.008)));
    assert_eq!((&made["bytes"], &made["used_by"]), (&json!(44 + 128), &json!([])));
    let other = upload(&world, "About us.wav").await;
    let list = world.get("/v1/sounds").await.expect(200);
    assert_eq!(list["items"], json!([other, made]));
    let path = format!("/v1/sounds/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200), made);
    let played = world.fetch(&format!("{path}/sound.wav")).await;
    assert_eq!(played.0, "audio/wav");
    assert_eq!(wav::read_from(&played.1[..], 1).unwrap().len(), 64);
    let taken = [("name", "welcome.wav"), ("file", &*ascii_wav())];
    let problem = world.form("/v1/sounds", &taken).await.problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("choose another name"), "{problem}");
    assert_eq!(world.put(("DELETE", &path), &json!(null)).await.status, 204);
    world.get(&path).await.problem(404);
    upload(&world, "welcome.wav").await;
}

#[tokio::test]
async fn what_is_no_sound_is_refused_with_what_is_wrong() {
    let world = World::new().await;
    let wav = ascii_wav();
    for (fields, pointer, words) in [
        (vec![("name", "a.wav")], "/file", "send a WAV file"),
        (vec![("file", "phone_number\n+14155550101\n")], "/file", "no WAV file"),
        (vec![("file", &wav[..60])], "/file", "ends before its header says"),
        (vec![("name", "a/b.wav"), ("file", &wav)], "/name", "leave out"),
        (vec![("name", "hello"), ("file", &wav)], "/name", "end in .wav"),
        (vec![("colour", "red"), ("file", &wav)], "/colour", "not a known key"),
    ] {
        let problem = world.form("/v1/sounds", &fields).await.problem(422);
        assert_eq!(pointers(&problem), [pointer], "{problem}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let weak = world.with_key(&world.make_key("default", KeyScope::Operate).await);
    weak.form("/v1/sounds", &[("name", "a.wav"), ("file", &wav)]).await.problem(403);
}

#[tokio::test]
async fn a_name_of_the_operators_files_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    wav::write(&dir.path().join("hello.wav"), &[900; 800]).unwrap();
    let fields = [("name", "hello.wav"), ("file", &*ascii_wav())];
    let problem = world.form("/v1/sounds", &fields).await.problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("operator"), "{problem}");
}

#[tokio::test]
async fn a_version_plays_an_uploaded_sound_which_then_stays() {
    let world = World::new().await;
    let sound = upload(&world, "welcome.wav").await;
    let path = format!("/v1/sounds/{}", sound["id"].as_str().unwrap());
    let agent = |text: &str| json!({"name": "Greeter", "first_message": text});
    let problem = world.post("/v1/agents", &agent("welcom.wav")).await.problem(422);
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("did you mean welcome.wav?"), "{detail}");
    let made = world.post("/v1/agents", &agent("welcome.wav")).await.expect(201);
    let agent_id = made["id"].as_str().unwrap();
    let problem = world.put(("DELETE", &path), &json!(null)).await.problem(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("\"Greeter\" version 1 (a draft)"), "{detail}");
    let version = format!("/v1/agents/{agent_id}/versions/1");
    world.post(&format!("{version}/publish"), &json!({})).await.expect(200);
    let problem = world.put(("DELETE", &path), &json!(null)).await.problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("(published)"), "{problem}");
    let used = &world.get(&path).await.expect(200)["used_by"];
    assert_eq!(used[0]["agent_name"], "Greeter");
    assert_eq!((&used[0]["version"], &used[0]["status"]), (&json!(1), &json!("published")));
    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    let agent = json!({"name": "A", "first_message": "welcome.wav"});
    other.post("/v1/agents", &agent).await.problem(422);
    assert_eq!(
        world.put(("DELETE", &format!("/v1/agents/{agent_id}")), &json!(null)).await.status,
        204
    );
    assert_eq!(world.put(("DELETE", &path), &json!(null)).await.status, 204);
    world
        .post("/v1/agents", &json!({"name": "A", "first_message": "welcome.wav"}))
        .await
        .problem(422);
}
