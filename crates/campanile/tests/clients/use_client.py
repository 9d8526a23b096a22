"""What a program does with the client that openapi-python-client makes."""

import os
import sys
from http import HTTPStatus

sys.path.insert(0, os.getcwd())

from campanile_client import AuthenticatedClient
from campanile_client.api.batch_calls import (
    create_batch,
    download_report,
    download_report_workbook,
    list_batches,
    pause_batch,
    resume_batch,
    show_batch,
    stop_batch,
)
from campanile_client.api.calls import call_recording
from campanile_client.models import (
    BatchList,
    BatchView,
    ControlView,
    DownloadReportDetail,
    NewBatchForm,
    NewBatchFormCallingHours,
    NewBatchFormRetry,
)
from campanile_client.types import File


def use(client: AuthenticatedClient, agent: str, call: str) -> None:
    with open("people.csv", "rb") as people:
        form = NewBatchForm(
            name="made by Python",
            from_number="+14155550100",
            agent_id=agent,
            file=File(payload=people, file_name="people.csv", mime_type="text/csv"),
            start=True,
            max_concurrent_calls=1,
            retry=NewBatchFormRetry(max_retries=2, wait_minutes=0.5, retry_on_busy=False),
            calling_hours=NewBatchFormCallingHours(
                start="00:00", end="24:00", time_zone="recipient"
            ),
        )
        made = create_batch.sync(client=client, body=form)
    assert isinstance(made, BatchView), made
    assert (made.retry.max_retries, made.retry.retry_on_busy) == (2, False), made
    assert made.max_concurrent_calls == 1, made
    listed = list_batches.sync(client=client, q="Python", limit=5)
    assert isinstance(listed, BatchList), listed
    assert made.id in [batch.id for batch in listed.items], listed
    for control, status in [(pause_batch, "paused"), (resume_batch, "running")]:
        done = control.sync(made.id, client=client)
        assert isinstance(done, ControlView) and done.status == status, done
    report = download_report.sync(
        made.id, client=client, detail=DownloadReportDetail.ATTEMPTS, bom=False
    )
    assert isinstance(report, str), report
    assert report.startswith("phone_number,name,final_status"), report
    workbook = download_report_workbook.sync(made.id, client=client)
    assert isinstance(workbook, File), workbook
    assert workbook.payload.read(4) == b"PK\x03\x04"
    sound = call_recording.sync(call, client=client)
    assert isinstance(sound, File) and sound.payload.read(4) == b"RIFF", sound
    stopped = stop_batch.sync(made.id, client=client)
    assert isinstance(stopped, ControlView) and stopped.status == "cancelled", stopped
    shown = show_batch.sync(made.id, client=client)
    assert isinstance(shown, BatchView) and shown.status == "cancelled", shown
    refused = resume_batch.sync_detailed(made.id, client=client)
    assert refused.status_code == HTTPStatus.CONFLICT, refused


use(
    AuthenticatedClient(
        base_url=os.environ["URL"], token=os.environ["KEY"], raise_on_unexpected_status=True
    ),
    os.environ["AGENT"],
    os.environ["CALL"],
)
