"""The data folder in the hands of one process."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ringledger.cli.folder import DataFolder


def test_a_folder_belongs_to_one_process_at_a_time(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    assert first.claim()
    assert not second.claim()
    first.release()
    assert second.claim()
    second.release()


def test_temporary_files_stay_in_the_folder_and_go_when_it_is_claimed_again(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    folder = DataFolder(tmp_path)
    assert folder.claim()
    with tempfile.NamedTemporaryFile(delete=False) as left_behind:
        left_behind.write(b"a call")
    assert Path(left_behind.name).is_relative_to(tmp_path)
    folder.release()
    assert tempfile.gettempdir() == before
    assert folder.claim()
    assert not Path(left_behind.name).exists()
    folder.release()


def test_the_control_socket_has_a_short_address_however_deep_the_folder_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("folder" * 20)
    folder = DataFolder(deep)
    assert folder.claim()
    with folder.control_address() as address:
        assert len(address) <= 100
        assert Path(address).parent.resolve() == deep.resolve()
    folder.release()
