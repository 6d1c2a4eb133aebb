"""The one switch for threads, and the kernels that are compiled ahead, each by who registered."""

import json
import subprocess
import sys
from importlib import import_module

import pytest

from core import kernels, threads
from core.executors import local
from core.proposers.selective_search import threads as pool
from tests.small import ROOT, core, environment


@pytest.fixture
def switch(monkeypatch):
    """Return the switch as it is in a process that has not used it, with nobody registered."""
    monkeypatch.setattr(threads, "_registered", [])
    monkeypatch.setattr(threads, "_count", None)
    return threads


def test_who_registers_is_limited_whenever_it_comes(switch):
    first, second = [], []
    switch.register(first.append)
    switch.limit_all(2)
    switch.register(second.append)
    switch.limit_all(1)
    assert (first, second) == ([2, 1], [2, 1])


def test_a_limit_below_one_is_refused_and_nobody_hears_of_it(switch):
    heard = []
    switch.register(heard.append)
    with pytest.raises(ValueError, match="threads: got 0, expected at least 1"):
        switch.limit_all(0)
    assert heard == []


def of_this_process() -> list[int]:
    """Return the threads of OpenCV and of selective search."""
    import cv2

    return [cv2.getNumThreads(), pool._threads]


def test_a_worker_keeps_to_one_thread():
    with local(2) as executor:
        assert executor.submit(of_this_process).result() == [1, 1]


def test_the_limit_reaches_what_is_imported_after_it():
    code = """
from core import threads
threads.limit_all(1)
import cv2, os
from core.proposers.selective_search import threads as pool
import core.cutting, numba
import core.training, torch
print(cv2.getNumThreads(), pool._threads, numba.config.NUMBA_NUM_THREADS, torch.get_num_threads())
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True, cwd=ROOT
    )
    assert answer.stdout.split() == ["1"] * 4


def test_warm_loads_all_that_is_registered_and_names_it():
    import_module("core.cli")  # which imports all that registers kernels
    answer = core("warm", "--json", cwd=ROOT)
    assert answer.returncode == 0
    names = [
        *("annotations", "crack groups", "duplicate boxes", "fitted order", "masks"),
        *("matching", "orders", "resizing of crops", "selective search"),
    ]
    assert sorted(json.loads(answer.stdout)["seconds"]) == sorted(kernels.registered()) == names
    for name in names:
        assert f"{name}: ready after " in answer.stderr
