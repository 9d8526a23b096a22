//! An answer that is under way: it has its place until its last byte is taken, and what it reads
//! meanwhile counts as its workspace's.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::Response,
};
use campanile_rules::ids::WorkspaceId;
use campanile_store::reading_for_now;
use hyper::body::{Frame, SizeHint};

use crate::shares::Share;

struct UnderWay {
    body: Body,
    workspace: WorkspaceId,
    _share: Share,
}

/// The same answer, which keeps its place until it is over.
pub fn keep_place(answer: Response, (workspace, _share): (WorkspaceId, Share)) -> Response {
    answer.map(|body| Body::new(UnderWay { body, workspace, _share }))
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let workspace = self.workspace;
        reading_for_now(workspace, || Pin::new(&mut self.body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
