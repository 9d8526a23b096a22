//! A seeded world around the rules.
