//! Answers kept under an Idempotency-Key.

/// What the store knows of a request's Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Nothing. The key is now reserved for this request, which must end with
    /// `finish_idempotent` or `forget_idempotent`.
    NotYet,
    /// The same request is being answered at this moment.
    InProgress,
    /// A different request used the key.
    Differently,
    /// The same request created what is at this path, and was never answered. The caller must make
    /// the answer again, and end as after [`Answered::NotYet`].
    Made(String),
    /// The answer to the same request was about this thing, such as `batch_3`, which was deleted
    /// with everything that told of it. The caller must answer so, and end as after
    /// [`Answered::NotYet`].
    Gone(String),
    /// The same request got this answer.
    With {
        /// HTTP status.
        status: u16,
        /// Body, JSON.
        body: Vec<u8>,
    },
}
