//! Tests of the store through its public interface.

mod audit;
mod backups;
mod calls;
mod changes;
mod conformance;
mod constraints;
mod conversations;
mod deletion;
mod destinations;
mod disk;
mod durability;
mod earlier;
mod erasures;
mod events;
mod files;
mod nouns;
mod owners;
mod random;
mod results;
mod secrets;
mod world;
