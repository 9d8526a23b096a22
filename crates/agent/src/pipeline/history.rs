//! What the model is told of the conversation: what was heard, not what was written.

use crate::wire::chat::{Message, ToolCall};

/// Stands for what the person cannot have said in words.
const ANSWERED: &str = "(The person answers the phone.)";

/// The messages of a conversation.
#[derive(Debug)]
pub struct History {
    messages: Vec<Message>,
}

/// The place of a message of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(usize);

impl History {
    /// Begins a conversation with what the model is told to be.
    pub fn new(prompt: &str) -> History {
        let prompt = prompt.trim();
        let system = (!prompt.is_empty()).then(|| Message::System(prompt.to_owned()));
        // Many a model's template wants the other side's words first.
        let messages = system.into_iter().chain([Message::User(ANSWERED.to_owned())]).collect();
        History { messages }
    }

    /// Returns the messages.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Adds what the person said, to their last words if the model has said nothing since.
    pub fn hear(&mut self, text: &str) {
        match self.messages.last_mut() {
            Some(Message::User(known)) if known == ANSWERED => text.clone_into(known),
            Some(Message::User(known)) => {
                known.push(' ');
                known.push_str(text);
            }
            _ => self.messages.push(Message::User(text.to_owned())),
        }
    }

    /// Adds an answer of the model.
    pub fn say(&mut self, text: String, calls: Vec<ToolCall>) -> Place {
        self.messages.push(Message::Assistant { text, calls });
        Place(self.messages.len() - 1)
    }

    /// Corrects an answer to what was heard of it. One of which nothing was heard, and which called no
    /// tools, was not given.
    pub fn correct(&mut self, place: Place, heard: &str) {
        let is_last = place.0 + 1 == self.messages.len();
        match self.messages.get_mut(place.0) {
            Some(Message::Assistant { calls, .. })
                if heard.is_empty() && calls.is_empty() && is_last =>
            {
                self.messages.pop();
            }
            Some(Message::Assistant { text, .. }) => heard.clone_into(text),
            _ => {}
        }
    }

    /// Adds or corrects the result of a tool.
    pub fn result(&mut self, of: &str, result: &str) {
        let known = self.messages.iter_mut().rev().find_map(|message| match message {
            Message::Tool { id, text } if id == of => Some(text),
            _ => None,
        });
        match known {
            Some(text) => result.clone_into(text),
            None => {
                self.messages.push(Message::Tool { id: of.to_owned(), text: result.to_owned() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> Message {
        Message::User(text.to_owned())
    }

    fn agent(text: &str) -> Message {
        Message::Assistant { text: text.to_owned(), calls: vec![] }
    }

    #[test]
    fn only_what_was_heard_is_kept() {
        let mut history = History::new(" Be kind. ");
        let greeting = history.say("Good morning.".to_owned(), vec![]);
        history.hear("Hello?");
        let cut = history.say("I call about your visit on Monday.".to_owned(), vec![]);
        history.correct(cut, "I call about …");
        history.hear("Which visit?");
        let unheard = history.say("The one on".to_owned(), vec![]);
        history.correct(unheard, "");
        history.hear("And who are you?");
        history.correct(greeting, "Good morning.");
        let expected = [
            Message::System("Be kind.".to_owned()),
            user(ANSWERED),
            agent("Good morning."),
            user("Hello?"),
            agent("I call about …"),
            user("Which visit? And who are you?"),
        ];
        assert_eq!(history.messages(), expected);
    }

    #[test]
    fn a_call_of_a_tool_stays_with_its_result() {
        let mut history = History::new("");
        history.hear("Call me later.");
        let call = ToolCall { id: "a".to_owned(), ..ToolCall::default() };
        let place = history.say("Yes.".to_owned(), vec![call.clone()]);
        history.result("a", "It is under way.");
        history.correct(place, "");
        history.result("a", "Done.");
        let expected = [
            user("Call me later."),
            Message::Assistant { text: String::new(), calls: vec![call] },
            Message::Tool { id: "a".to_owned(), text: "Done.".to_owned() },
        ];
        assert_eq!(history.messages(), expected);
    }
}
