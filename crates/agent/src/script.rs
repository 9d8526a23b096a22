//! The built-in engine: says its lines, one a turn.

use crate::call::{Call, Cut};

/// The first message, a line after each turn of the person, the goodbye.
pub(crate) async fn run(call: &mut Call<'_>, lines: &[String], goodbye: &str) -> Result<(), Cut> {
    call.say(&call.version.first_message).await?;
    for line in lines {
        call.turn().await?;
        call.say(line).await?;
    }
    call.turn().await?;
    call.say(goodbye).await?;
    call.linger().await
}
