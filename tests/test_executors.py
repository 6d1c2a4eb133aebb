"""Shards are done elsewhere: all of them, a few at a time, and their faults come home."""

import multiprocessing
import os
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import cv2
import pytest

from core.errors import BoxscopeError
from core.executors import SerialExecutor, completed, local


def square(number):
    return number * number


def refuse_three(number):
    if number == 3:
        raise BoxscopeError("three: cannot be used")
    return number


def surroundings(number):
    import core.export  # noqa: F401  what a worker that writes shards has loaded

    time.sleep(0.05)  # long enough for the other worker to take some too
    heavy = {"torch", "torchvision", "streamlit", "plotly"} & sys.modules.keys()
    return os.getpid(), cv2.getNumThreads(), sorted(heavy)


def leave(number):
    os._exit(1)


def nap(number):
    time.sleep(60)


class Counting(Executor):
    """Counts the tasks that were submitted and whose results nobody has taken yet."""

    def __init__(self):
        self.under_way = self.most = 0

    def submit(self, fn, /, *args, **kwargs):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(params=["serial", "threads"])
def executor(request):
    with SerialExecutor() if request.param == "serial" else ThreadPoolExecutor(3) as made:
        yield made


@pytest.mark.parametrize("window", [1, 2, 7, 100])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_every_result_comes_once(executor, count, window):
    results = list(completed(executor, square, range(count), window))
    assert sorted(results) == [number * number for number in range(count)]


@pytest.mark.parametrize("window", [1, 2, 5])
def test_no_more_than_the_window_is_under_way(window):
    executor = Counting()
    for _ in completed(executor, square, range(20), window):
        executor.under_way -= 1
    assert executor.most == window


def test_the_window_is_filled_again_when_several_are_done_at_once():
    executor = Counting()
    for number, _ in enumerate(completed(executor, square, range(20), 5), start=1):
        executor.under_way -= 1
        if number == 5:
            executor.most = 0
    assert executor.most == 5


def test_items_are_taken_as_they_are_needed(executor):
    taken = []
    results = completed(executor, square, (taken.append(n) or n for n in range(1000)), 3)
    assert taken == []
    next(results)
    assert len(taken) == 3
    for _ in range(5):
        next(results)
    assert len(taken) <= 3 + 6


def test_a_fault_comes_home(executor):
    with pytest.raises(BoxscopeError, match="three: cannot be used"):
        list(completed(executor, refuse_three, range(6), 2))


def test_an_interrupt_is_no_result_of_a_task():
    def interrupt(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SerialExecutor().submit(interrupt, 1)


def test_one_worker_is_this_process():
    with local(1) as executor:
        assert {pid for pid, _, _ in completed(executor, surroundings, range(3), 2)} == {os.getpid()}


def test_workers_are_other_processes_with_one_thread_each_and_nothing_heavy():
    with local(2) as executor:
        found = list(completed(executor, surroundings, range(8), 4))
    pids = {pid for pid, _, _ in found}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert {(threads, *heavy) for _, threads, heavy in found} == {(1,)}


def test_a_fault_in_a_worker_comes_home():
    with pytest.raises(BoxscopeError, match="three"), local(2) as executor:
        list(completed(executor, refuse_three, range(6), 4))


def test_a_worker_that_goes_away_is_an_error_not_a_hang():
    with pytest.raises(BoxscopeError, match="worker"), local(2) as executor:
        list(completed(executor, leave, range(4), 4))


def work_while_workers_die():
    with local(2) as executor:
        for _ in completed(executor, surroundings, range(20), 2):
            for worker in multiprocessing.active_children():
                worker.kill()
                worker.join()
            time.sleep(0.2)  # the pool notices


def test_a_worker_that_goes_away_between_two_results_is_the_same_error():
    """The next task cannot even be handed over then."""
    with pytest.raises(BoxscopeError, match="worker"):
        work_while_workers_die()


def work_and_leave():
    with local(2) as executor:
        executor.submit(nap, 1)
        time.sleep(0.1)
        raise ZeroDivisionError


def test_leaving_by_an_exception_does_not_wait_for_the_workers():
    start = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        work_and_leave()
    assert time.monotonic() - start < 10
