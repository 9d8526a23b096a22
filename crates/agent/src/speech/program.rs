//! The programs that speak. A voice such as `flite:slt` names its program before a colon; without one
//! it is a voice of espeak-ng.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// A program, and its own name of the voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program<'v> {
    Espeak(&'v str),
    Flite(&'v str),
    Piper(&'v str),
}

/// How a program is run for one text. It writes a WAV file with a header of 44 bytes to its standard
/// output.
pub(super) struct Run {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// What it reads from its standard input.
    pub input: String,
}

impl<'v> Program<'v> {
    /// Returns the program of a voice.
    pub fn of(voice: &'v str) -> Program<'v> {
        match voice.split_once(':') {
            Some(("flite", name)) => Program::Flite(name),
            Some(("piper", name)) => Program::Piper(name),
            _ => Program::Espeak(voice),
        }
    }

    /// Returns the program's own name of the voice.
    pub fn voice(self) -> &'v str {
        match self {
            Program::Espeak(voice) | Program::Flite(voice) | Program::Piper(voice) => voice,
        }
    }

    /// Returns how to speak a text. `espeak` is the program for voices without a colon.
    pub fn speaks(self, text: &str, espeak: &Path, voices_dir: &Path) -> Run {
        let args = |args: &[&str]| args.iter().map(OsString::from).collect();
        match self {
            Program::Espeak(voice) => Run {
                program: espeak.to_owned(),
                args: args(&["-v", voice, "--stdin", "--stdout"]),
                input: text.to_owned(),
            },
            // It reads no text from a pipe.
            Program::Flite(voice) => Run {
                program: "flite".into(),
                args: args(&["-voice", voice, "-t", text, "-o", "/dev/stdout"]),
                input: String::new(),
            },
            Program::Piper(voice) => Run {
                program: "piper".into(),
                args: vec![
                    "--model".into(),
                    model(voice, voices_dir).into(),
                    "--output_file".into(),
                    "-".into(),
                ],
                input: text.to_owned(),
            },
        }
    }
}

/// The file of a voice of piper.
pub(super) fn model(voice: &str, voices_dir: &Path) -> PathBuf {
    voices_dir.join(format!("{voice}.onnx"))
}

/// Returns the voices that flite lists.
pub(super) fn flite_voices(listed: &str) -> Vec<&str> {
    let names = listed.split_once(':').map_or("", |(_, names)| names);
    names.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_names_its_program() {
        for (voice, program) in [
            ("en-us+f3", Program::Espeak("en-us+f3")),
            ("flite:slt", Program::Flite("slt")),
            ("piper:en_US-joe-medium", Program::Piper("en_US-joe-medium")),
            ("other:x", Program::Espeak("other:x")),
        ] {
            assert_eq!(Program::of(voice), program);
        }
        assert_eq!(flite_voices("Voices available: kal awb slt \n"), ["kal", "awb", "slt"]);
    }
}
