//! Calls to baresip, a telephone written by others, which answers and plays a file.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use campanile_media::{tone, wav};
use campanile_rules::attempt::{EndReason, Outcome, Party};

use crate::network::{answered, dial, ended, endpoint, free_port, listening, meaning, trunk};

struct Baresip {
    child: Child,
    at: SocketAddr,
    _home: tempfile::TempDir,
}

impl Baresip {
    /// Starts a telephone for +14155550101 that answers at once and plays a tone.
    async fn start() -> Baresip {
        let (home, at) = (tempfile::tempdir().unwrap(), free_port());
        let file = |name: &str| home.path().join(name);
        wav::write(&file("say.wav"), &tone::beep(440.0, 10_000, -12.0)).unwrap();
        let config = format!(
            "sip_listen {at}\nnet_interface 127.0.0.1\nmodule_path /usr/lib/baresip/modules\n\
             module g711.so\nmodule aufile.so\nmodule_app account.so\n\
             audio_source aufile,{}\nrtp_ports 31000-31998\n",
            file("say.wav").display()
        );
        std::fs::write(file("config"), config).unwrap();
        let account = "<sip:+14155550101@127.0.0.1>;regint=0;answermode=auto\n";
        std::fs::write(file("accounts"), account).unwrap();
        std::fs::write(file("contacts"), "").unwrap();
        let child = Command::new("baresip")
            .args(["-4", "-f", home.path().to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("baresip is missing: install the Debian package baresip, or run `make test`");
        listening(at.port()).await;
        Baresip { child, at, _home: home }
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_telephone_of_another_make_is_heard() {
    let (phone, sip) = (Baresip::start().await, endpoint(500).await);
    let mut call = dial(&sip, &trunk(phone.at)).await;
    let (_, mut audio) = answered(&mut call).await;
    let mut loud = 0;
    while loud < 50 {
        let (frame, _) = audio.hear().await.expect("nobody hung up");
        loud += usize::from(tone::level_dbfs(&frame) > -20.0);
    }
    call.hang_up(Party::Agent).await;
    assert_eq!(
        meaning(&ended(&mut call).await),
        (Outcome::Completed, EndReason::AgentDisconnected)
    );
}
