"""Of several servers with one store one works on uploads at a time, whoever accepted them; another takes over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.intake.site import Site, answering
from tests.intake.test_uploads import Office

from ringledger.intake.queue_worker import QueueWorker
from ringledger.intake.upload_news import UploadNews
from ringledger.intake.upload_work import UploadWork
from ringledger.intake.uploads import Uploads
from ringledger.store.engine import Engine

LEASE = 5


class Node:
    """A server's part in the work on uploads, over the office's store and registry."""

    def __init__(self, office: Office, uploads: Uploads) -> None:
        self.uploads = uploads
        self.work = UploadWork(office.engine, office.registry, office.door, office.recordings, uploads, office.remote)
        news = UploadNews(uploads, office.registry.keys, office.outbound, time.time)
        self.worker = QueueWorker(
            uploads, self.work, news, office.downloads, office.fetching, office.registry.leases, lease=LEASE
        )


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.fixture
def office(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    site = Site()
    office = Office(engine, tmp_path, site)
    monkeypatch.setattr(engine, "embedded", False)
    yield office
    office.registry.close()
    site.close()


def test_what_any_server_accepts_is_done_by_the_one_that_works_and_by_another_when_it_is_gone(office: Office) -> None:
    office.site.answers["/hook"] = answering(200)
    callback = {"url": office.site.url("/hook"), "events": ["processed"]}
    second = Node(office, office.uploads)
    office.uploads.forget()
    first = Node(office, Uploads(office.engine, office.micros))
    first.worker.start()
    until(lambda: first.uploads._works)
    second.worker.start()
    office.upload(callback=callback)
    until(lambda: office.uploaded()[0] == "processed")
    until(lambda: len(office.site.posted) == 1)
    assert second.uploads._open == {}

    first.worker._ends = 0.0  # it dies and gives nothing back
    first.worker.stop()
    office.upload(ext_id="crm-2", start_time="2026-03-01 10:00:30", callback=callback)
    until(lambda: len(office.site.posted) == 2)
    assert [row["ext_id"] for row in office.sessions("ext_id")] == ["crm-1", "crm-2"]
    second.worker.stop()
    assert office.registry.leases.hold("uploads", "anyone", int(time.time()), 1)


def test_an_upload_that_another_server_accepted_meanwhile_is_not_overwritten(office: Office) -> None:
    other = Uploads(office.engine, office.micros)
    office.upload(comment="first")
    begun = office.uploads.begin(10)
    mine, office.service.resources.uploads = office.uploads, other
    office.upload(comment="second")
    office.work.do(office.account, begun)
    mine.end(begun)
    assert office.uploaded("comment", "status") == ("second", "new")
    office.do()
    assert office.uploaded("comment", "status") == ("second", "processed")
