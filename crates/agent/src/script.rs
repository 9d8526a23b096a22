//! The built-in script engine, which says one line per turn.

use crate::call::{Call, Cut};

/// Says the first message, one line after each turn of the person, and the goodbye.
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
