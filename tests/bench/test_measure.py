"""The benchmark itself, on few sessions: the product against the engine alone, every reply checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench"


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCH / script), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_small_run_loads_measures_and_prints_how_many_times_ahead_the_product_is(tmp_path: Path) -> None:
    loaded = run("load.py", "--sessions", "20000", "--data", str(tmp_path), "--peers", "engine")
    assert "loading ringledger" in loaded
    options = ["--data", str(tmp_path), "--kinds", "Q8", "--rounds", "2", "--seconds", "0.2", "--no-aims"]
    printed = run("measure.py", *options)
    result = json.loads((tmp_path / "result.json").read_text())
    assert list(result["requests"]) == ["Q8"]
    for measured in result["requests"].values():
        for mode in ("cold", "repeated"):
            assert set(measured[mode]) == {"ringledger", "engine"}
            assert all(figure > 0 for one in measured[mode].values() for figure in one.values())
        assert measured["first_touch"]["p50"] > 0
    assert printed.count("x p50") == 2
    compared = run("measure.py", "--compare", str(tmp_path / "result.json"), str(tmp_path / "result.json"))
    assert compared.count(" 1.00x") == 2
