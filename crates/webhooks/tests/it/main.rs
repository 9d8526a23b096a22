//! The courier against a real store and real sockets.

mod guard;
mod hanging;
mod posting;
