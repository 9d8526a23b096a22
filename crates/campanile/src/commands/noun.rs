//! Shared code of the API's nouns: objects with an ID that can be listed, shown and deleted.

use std::marker::PhantomData;

use super::id;
use crate::{
    client::Client,
    print::{Column, Output},
};

/// A kind of object.
pub trait Noun: 'static {
    /// The noun on the command line, which is also the prefix of its IDs.
    const WORD: &'static str;
    /// The noun in messages.
    const CALLED: &'static str;
    /// The API path of the collection.
    const PATH: &'static str;
    /// The columns of a list.
    const COLUMNS: &'static [Column];
    /// The facts of a single object.
    const FACTS: &'static [Column];
}

/// The object that a command is about.
#[derive(clap::Args)]
pub struct Target<N: Noun> {
    #[arg(value_parser = |text: &str| id::of(N::WORD, text), value_name = N::WORD.to_uppercase())]
    #[arg(help = format!("The {}, for example {}_k7d20xv9m41qa", N::CALLED, N::WORD))]
    pub id: String,
    #[arg(skip)]
    noun: PhantomData<N>,
}

impl<N: Noun> Target<N> {
    /// Selects the object with this ID.
    pub fn of(id: String) -> Target<N> {
        Target { id, noun: PhantomData }
    }

    /// The API path of the object, followed by `rest`.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/{}{rest}", N::PATH, self.id)
    }
}

/// The object that a command is about, and how to print.
#[derive(clap::Args)]
pub struct One<N: Noun> {
    #[command(flatten)]
    pub target: Target<N>,
    #[command(flatten)]
    pub output: Output,
}

impl<N: Noun> One<N> {
    /// Shows the object.
    pub fn show(&self, client: &Client) -> anyhow::Result<()> {
        Ok(self.output.one(&client.get(&self.target.path(""))?, N::FACTS)?)
    }

    /// Deletes the object.
    pub fn delete(&self, client: &Client) -> anyhow::Result<()> {
        client.delete(&self.target.path(""))?;
        Ok(self.output.deleted(&self.target.id)?)
    }
}

/// Lists all objects of the noun.
pub fn list<N: Noun>(client: &Client, output: Output) -> anyhow::Result<()> {
    Ok(output.list(&client.get(N::PATH)?, N::COLUMNS)?)
}
