"""A growing file is read line by line, each once, through rotation, truncation and restarts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringledger.intake.csv_records import whole
from ringledger.intake.tail import Tail
from ringledger.registry.followed_files import Position


class Log:
    """A file that a switch writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0
        path.touch()

    def write(self, lines: int, *, rest: str = "") -> None:
        with self.path.open("a") as file:
            for _ in range(lines):
                file.write(f'"{self.written}","event"\n')
                self.written += 1
            file.write(rest)

    def rename(self, number: int = 1) -> Path:
        rotated = self.path.with_name(f"{self.path.name}.{number}")
        self.path.rename(rotated)
        os.utime(rotated, ns=(10**18 - number * 10**9,) * 2)
        return rotated


class Reader:
    """Reads on, as a process that may be started anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tail = Tail(path, Position(), whole)
        self._lines: list[bytes] = []

    def read_raw(self) -> list[bytes]:
        """The lines of all readings so far."""
        while lines := self._tail.read():
            self._lines += lines
        return self._lines

    def read(self) -> list[int]:
        """Their numbers."""
        return [int(line.split(b'"')[1]) for line in self.read_raw()]

    def restart(self) -> None:
        position = self._tail.position
        self._tail.close()
        self._tail = Tail(self._path, position, whole)

    def close(self) -> None:
        self._tail.close()


@pytest.fixture
def written(tmp_path: Path) -> Log:
    return Log(tmp_path / "Master.csv")


@pytest.fixture
def reader(written: Log) -> Iterator[Reader]:
    made = Reader(written.path)
    yield made
    made.close()


def test_lines_come_as_they_are_written(written: Log, reader: Reader) -> None:
    assert reader.read() == []
    for expected in (3, 4, 9):
        written.write(expected - written.written)
        assert reader.read() == list(range(expected))


def test_a_line_waits_for_its_end(written: Log, reader: Reader) -> None:
    written.write(1, rest='"1","ev')
    assert reader.read() == [0]
    written.write(0, rest='ent"\n')
    written.written = 2
    written.write(1)
    assert reader.read() == [0, 1, 2]


def test_a_record_of_several_lines_waits_for_its_last(written: Log, reader: Reader) -> None:
    written.write(1, rest='"1","one\n')
    assert reader.read() == [0]
    written.write(0, rest='two"\n')
    assert reader.read_raw()[1:] == [b'"1","one\n', b'two"\n']


def test_a_quote_that_is_never_closed_is_not_waited_for_for_ever(written: Log, reader: Reader) -> None:
    written.write(1, rest='"1","one\n')
    for _ in range(30):
        reader.read_raw()
    assert len(reader.read_raw()) == 2


def test_a_new_start_reads_on_where_the_last_one_was(written: Log, reader: Reader) -> None:
    for expected in (2, 5, 400, 401):
        written.write(expected - written.written)
        assert reader.read() == list(range(expected))
        reader.restart()
    assert reader.read() == list(range(401))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_that_is_renamed_is_read_to_its_end_first(written: Log, reader: Reader, restarted: bool) -> None:
    written.write(3)
    assert reader.read() == [0, 1, 2]
    written.write(2, rest='"5","no end"')
    written.written = 6
    written.rename()
    if restarted:
        reader.restart()
    written.write(2)
    assert reader.read() == list(range(8))
    written.write(1)
    assert reader.read() == list(range(9))


def test_a_switch_may_write_to_the_renamed_file_until_the_new_one_is_there(written: Log, reader: Reader) -> None:
    written.write(3)
    assert reader.read() == [0, 1, 2]
    renamed = written.rename()
    for number in (3, 4):
        with renamed.open("a") as file:
            file.write(f'"{number}","event"\n')
        assert reader.read() == list(range(number + 1))
    written.written = 5
    written.write(1)
    assert reader.read() == list(range(6))


def test_files_that_came_and_went_while_nobody_read_are_read_in_their_order(written: Log, reader: Reader) -> None:
    written.write(3)
    assert reader.read() == [0, 1, 2]
    written.write(2)
    written.rename(3)
    for number in (2, 1):
        written.write(4)
        written.rename(number)
    reader.restart()
    written.write(1)
    assert reader.read() == list(range(14))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_file_that_is_copied_and_truncated_is_read_to_its_end_first(
    written: Log, reader: Reader, restarted: bool
) -> None:
    written.write(50)
    assert reader.read() == list(range(50))
    written.write(3)
    shutil.copy(written.path, written.path.with_name("Master.csv.1"))
    os.truncate(written.path, 0)
    written.write(2)
    if restarted:
        reader.restart()
    assert reader.read() == list(range(55))


def test_a_file_that_is_emptied_is_read_from_its_beginning(written: Log, reader: Reader) -> None:
    written.write(50)
    assert reader.read() == list(range(50))
    os.truncate(written.path, 0)
    assert reader.read() == list(range(50))
    written.write(2)
    assert reader.read() == list(range(52))


def test_compressed_and_other_files_beside_it_are_left_alone(written: Log, reader: Reader) -> None:
    written.path.with_name("Master.csv.2.gz").write_bytes(b'"999","event"\n')
    written.path.with_name("Other.csv").write_bytes(b'"998","event"\n')
    written.write(3)
    assert reader.read() == [0, 1, 2]
    written.rename()
    written.write(1)
    reader.restart()
    assert reader.read() == [0, 1, 2, 3]


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "later.csv")
    assert reader.read() == []
    Log(tmp_path / "later.csv").write(2)
    assert reader.read() == [0, 1]
    reader.close()
