//! Batch calls by voice agents: the program.

fn main() {}
