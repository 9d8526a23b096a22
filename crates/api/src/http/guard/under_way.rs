//! A response body that holds its workspace's slot until the last byte is sent. Database reads
//! during the streaming count for that workspace.

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

use crate::http::shares::Share;

struct UnderWay {
    body: Body,
    workspace: WorkspaceId,
    _share: Share,
}

/// Returns the response with a body that keeps `_share` until the body ends.
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
