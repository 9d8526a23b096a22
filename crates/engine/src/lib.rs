//! The one loop that carries the rules into the world.
