"""Recordings from the command line to the ear, with the real server."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cli.conftest import Program
from tests.intake.sounds import wav

from ringledger.cli.ledger import Ledger
from ringledger.intake.recordings import Kept
from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

Serving = Callable[[Program], tuple[str, subprocess.Popen[str]]]
CALL = {"id": 7, "communication_id": 7, "start_time": "2026-03-01 10:00:00", "finish_time": "2026-03-01 10:01:00"}


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def prepared(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--timezone", "UTC")
    calls = ringledger.folder.parent / "calls.ndjson"
    calls.write_text(json.dumps(CALL))
    ringledger.answer("import", "calls", str(calls), "--account", "acme")


def test_a_recording_is_attached_played_by_link_and_deleted_while_the_server_runs(
    ringledger: Program, serving: Serving
) -> None:
    prepared(ringledger)
    sound = ringledger.folder.parent / "talk.wav"
    sound.write_bytes(wav(1.0))
    attach = ("recordings", "attach", str(sound), "--account", "acme", "--session", "7")
    alone = ringledger.answer(*attach)
    url, _ = serving(ringledger)
    assert ringledger.answer(*attach) == alone
    assert alone["seconds"] == 1.0

    span = ("--from", "2026-03-01 00:00:00", "--till", "2026-03-01 23:59:59")
    row = json.loads(ringledger("export", "calls", "--account", "acme", *span, "--out", "-").stdout)
    assert (row["call_records"], row["wav_call_records"]) == ([alone["mp3"]], [alone["wav"]])
    link = ("recordings", "link", "--account", "acme", "--session", "7", "--record", alone["wav"])
    signed = ringledger.answer(*link)["url"]
    assert signed.startswith(url + "/system/media/talk/7/")
    assert status(signed) == 200

    assert ringledger.answer("recordings", "delete", "--account", "acme", *span) == {"sessions": 1}
    assert status(signed) == 404
    assert ringledger.answer("recordings", "delete", "--account", "acme") == {"sessions": 0}


def test_what_cannot_be_attached_is_one_line(ringledger: Program) -> None:
    prepared(ringledger)
    page = ringledger.folder.parent / "page.mp3"
    page.write_bytes(b"<html>" * 100)
    line = ringledger.complaint("recordings", "attach", str(page), "--account", "acme", "--session", "7")
    assert line == f"ringledger: {page}: The recording is neither WAV nor MP3\n"
    sound = ringledger.folder.parent / "talk.wav"
    sound.write_bytes(wav(0.1))
    assert "no call session 8" in ringledger.complaint(
        "recordings", "attach", str(sound), "--account", "acme", "--session", "8"
    )


def test_old_recordings_are_forgotten_by_the_accounts_rule_or_the_servers(engine: Engine, tmp_path: Path) -> None:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    ledger = Ledger(engine, registry, f"file://{tmp_path}/recordings", "")
    sound = tmp_path / "talk.wav"
    sound.write_bytes(wav(0.1))
    now = int(time.time())
    held = {}
    for name in ("ruled", "plain", "for-ever"):
        account = registry.accounts.create(name).id
        held[name] = (account, ledger.recordings.keep(account, sound))
        for session, days in ((1, 40), (2, 20)):
            row = {"account": account, "id": session, "start_time": now - days * 86_400, "version": 1}
            engine.insert("call_sessions", tuple(row), json.dumps(row).encode())
            ledger.recordings.attach(account, session, [held[name][1]])
    registry.recording_rules.set("ruled", 10)
    registry.recording_rules.set("for-ever", 0)

    def left(name: str) -> list[int]:
        query = (
            "SELECT id FROM call_sessions FINAL WHERE account = {account:UInt32} AND notEmpty(call_records) ORDER BY id"
        )
        return [row["id"] for row in engine.rows(Statement(query, {"account": held[name][0]}))]

    ledger.forget_recordings(0)
    assert (left("ruled"), left("plain"), left("for-ever")) == ([], [1, 2], [1, 2])
    ledger.forget_recordings(30)
    assert (left("plain"), left("for-ever")) == ([2], [1, 2])
    kept = {name: ledger.recordings.store.find(account, one.mp3) for name, (account, one) in held.items()}
    assert kept["ruled"] is None
    assert kept["plain"] is not None
    registry.recording_rules.set("ruled", None)
    assert registry.recording_rules.all() == {held["for-ever"][0]: 0}
    registry.close()


def test_tags_set_and_recordings_attached_at_the_same_moment_all_stay(engine: Engine, tmp_path: Path) -> None:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    ledger = Ledger(engine, registry, f"file://{tmp_path}/recordings", "")
    account = registry.accounts.create("acme").id
    token = registry.tokens.create("acme")
    row = {"account": account, "id": 7, "communication_id": 7, "start_time": int(time.time()), "version": 1}
    engine.insert("call_sessions", tuple(row), json.dumps(row).encode())
    service = Service(engine, registry)
    sounds = [tmp_path / f"{at}.wav" for at in range(6)]
    for at, sound in enumerate(sounds):
        sound.write_bytes(wav(0.1, pitch=300 + 40 * at))
    kept = [ledger.recordings.keep(account, sound) for sound in sounds]
    tags = [registry.names.tag(account, f"tag {at}").id for at in range(6)]

    def tag(tag_id: int) -> None:
        params = {"access_token": token, "communication_id": 7, "communication_type": "call", "tag_id": tag_id}
        body = {"jsonrpc": "2.0", "id": 1, "method": "set.tag_communications", "params": params}
        reply = json.loads(b"".join(service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        assert "result" in reply, reply

    def attach(one: Kept) -> None:
        assert ledger.recordings.attach(account, 7, [one])

    with ThreadPoolExecutor(6) as pool:
        doing = [pool.submit(tag, one) for one in tags] + [pool.submit(attach, one) for one in kept]
        for done in doing:
            done.result()
    (found,) = engine.rows(Statement("SELECT tags.tag_id AS tags, call_records FROM call_sessions FINAL"))
    assert sorted(found["tags"]) == sorted(tags)
    assert sorted(found["call_records"]) == sorted(one.mp3 for one in kept)
    registry.close()
