//! `campanile voices`: lists and previews voices.

use campanile_media::{tone::level_dbfs, wav};

use super::world::World;

#[test]
fn voices_are_listed_and_heard() {
    let world = World::new();
    let all = world.json(&["voices"]);
    assert_eq!(all, world.get("/v1/voices"), "word for word");
    let english = world.json(&["voices", "--language", "EN"]);
    let codes = |list: &serde_json::Value| -> Vec<String> {
        let languages = list["languages"].as_array().unwrap().iter();
        languages.map(|voice| voice["language"].as_str().unwrap().to_owned()).collect()
    };
    let expected: Vec<String> = codes(&all);
    let is_english = |code: &String| code == "en" || code.starts_with("en-");
    assert_eq!(codes(&english), expected.into_iter().filter(is_english).collect::<Vec<_>>());
    assert!(codes(&english).len() > 1 && codes(&english).len() < codes(&all).len());
    assert_eq!(english["variants"], all["variants"], "they go with every language");
    assert_eq!(codes(&world.json(&["voices", "--language", "e"])), [""; 0], "a tag is whole");
    let told = world.run(&["voices", "--language", "en-gb"]).out;
    assert!(told.starts_with("en-gb\t"), "{told}");
    assert!(told.lines().any(|line| line.starts_with("+f3\t") && line.ends_with("\tfemale")));

    let say = ["voices", "--say", "Good morning.", "--language", "en-gb", "--voice", "en-gb+f3"];
    let heard = world.run(&[&say[..], &["--output", "hello.wav"]].concat());
    assert_eq!((heard.code, heard.out.as_str(), heard.err.as_str()), (0, "", ""));
    let sound = wav::read(&world.folder.path("hello.wav"), 10).unwrap();
    assert!(sound.len() > 2_000 && level_dbfs(&sound) > -50.0, "{} samples", sound.len());
    // A mistake is reported by its option, and an existing file is not touched.
    let before = std::fs::read(world.folder.path("hello.wav")).unwrap();
    let wrong = world.run(&["voices", "--say", "Hi", "--voice", "nobody", "-o", "hello.wav"]);
    assert!(wrong.code == 2 && wrong.err.contains("--voice: "), "{wrong:?}");
    assert_eq!(std::fs::read(world.folder.path("hello.wav")).unwrap(), before);
    for half in [&["voices", "--say", "Hi"][..], &["voices", "--output", "hello.wav"]] {
        assert_eq!(world.run(half).code, 2, "{half:?}");
    }
}
