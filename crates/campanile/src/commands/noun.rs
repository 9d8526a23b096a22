//! What the nouns of a server share: things that have an id, and are listed, shown and deleted.

use std::marker::PhantomData;

use super::id;
use crate::{
    client::Client,
    print::{Column, Output},
};

/// A kind of thing.
pub trait Noun: 'static {
    /// Its word on the command line, which its ids begin with.
    const WORD: &'static str;
    /// What people call it.
    const CALLED: &'static str;
    /// Where the API has all of them.
    const PATH: &'static str;
    /// What is told of each in a list.
    const COLUMNS: &'static [Column];
    /// What is told of one alone.
    const FACTS: &'static [Column];
}

/// Which one.
#[derive(clap::Args)]
pub struct Which<N: Noun> {
    #[arg(value_parser = |text: &str| id::of(N::WORD, text), value_name = N::WORD.to_uppercase())]
    #[arg(help = format!("The {}, for example {}_k7d20xv9m41qa", N::CALLED, N::WORD))]
    pub id: String,
    #[arg(skip)]
    noun: PhantomData<N>,
}

impl<N: Noun> Which<N> {
    /// The one with this id.
    pub fn of(id: String) -> Which<N> {
        Which { id, noun: PhantomData }
    }

    /// Where the API has it, and what belongs to it.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/{}{rest}", N::PATH, self.id)
    }
}

/// Which one, and how to print.
#[derive(clap::Args)]
pub struct One<N: Noun> {
    #[command(flatten)]
    pub which: Which<N>,
    #[command(flatten)]
    pub output: Output,
}

impl<N: Noun> One<N> {
    /// Shows it.
    pub fn show(&self, client: &Client) -> anyhow::Result<()> {
        Ok(self.output.one(&client.get(&self.which.path(""))?, N::FACTS)?)
    }

    /// Deletes it.
    pub fn delete(&self, client: &Client) -> anyhow::Result<()> {
        client.delete(&self.which.path(""))?;
        Ok(self.output.deleted(&self.which.id)?)
    }
}

/// Lists all of them.
pub fn list<N: Noun>(client: &Client, output: Output) -> anyhow::Result<()> {
    Ok(output.list(&client.get(N::PATH)?, N::COLUMNS)?)
}
