//! The courier against a real store and real sockets.

mod guard;
mod posting;
mod receiver;
