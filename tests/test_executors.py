"""Shards are done elsewhere: all of them, a few at a time, and their faults come home."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor

import pytest

from core.errors import BoxscopeError
from core.executors import SerialExecutor, completed, engine, local
from core.executors.base import TaskCancelled, cancel_unless, checkpoint
from tests.tasks import (
    fail,
    fail_beyond_words,
    fail_oddly,
    leave_at_three,
    leave_once,
    nap,
    refuse_three,
    square,
    surroundings,
    write_until_unwanted,
)


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


def test_a_fault_that_cannot_be_sent_comes_home_as_words():
    with pytest.raises(RuntimeError, match="odd"), local(2) as executor:
        list(completed(executor, fail_oddly, range(3), 2))


def test_a_fault_that_cannot_be_read_costs_no_worker():
    with local(2) as executor:
        for future in [executor.submit(fail_beyond_words, number) for number in range(6)]:
            with pytest.raises(TypeError):
                future.result()
        assert len(multiprocessing.active_children()) <= 2
        assert sorted(completed(executor, square, range(4), 4)) == [0, 1, 4, 9]


def test_an_error_of_the_system_in_a_task_is_no_lost_worker():
    with pytest.raises(OSError, match="No space left"), local(2) as executor:
        list(completed(executor, fail, range(3), 2))


# A worker is lost


def test_a_lost_task_is_done_again_and_no_other(tmp_path):
    places = [tmp_path / str(number) for number in range(6)]
    with local(2) as executor:
        found = list(completed(executor, leave_once, map(str, places), 4))
    assert sorted(found) == sorted(place.name for place in places)


def test_a_task_that_loses_every_worker_is_named_and_its_neighbours_are_done():
    found = []
    with pytest.raises(BoxscopeError) as stop, local(2) as executor:
        found.extend(completed(executor, leave_at_three, range(4), 4, name="number {}".format))
    assert str(stop.value).startswith("number 3: one worker after another was ended from outside")
    assert sorted(found) == [0, 1, 2]


def test_workers_that_are_killed_while_they_wait_are_replaced():
    with local(2) as executor:
        first = {pid for pid, _, _ in completed(executor, surroundings, range(4), 2)}
        for worker in multiprocessing.active_children():
            worker.kill()
            worker.join()
        second = {pid for pid, _, _ in completed(executor, surroundings, range(4), 2)}
    assert first
    assert second
    assert not first & second


def test_a_pool_can_be_used_again_after_a_stop():
    with local(2) as executor:
        futures = [executor.submit(nap, number) for number in range(4)]
        while len(multiprocessing.active_children()) < 2:
            time.sleep(0.01)
        executor.stop()
        assert not multiprocessing.active_children()
        assert all(future.done() for future in futures)
        assert sorted(completed(executor, square, range(4), 4)) == [0, 1, 4, 9]


# What nobody waits for any more


def test_nothing_is_written_after_the_results_are_left(tmp_path):
    """The lock of a folder is released then."""
    path = tmp_path / "lines"
    with local(2) as executor:
        results = completed(executor, write_until_unwanted, [str(path)] * 2, 2)
        left = threading.Event()

        def leave():
            executor.submit(square, 1)  # waits behind the others
            while not path.exists():
                time.sleep(0.01)
            executor.stop()
            left.set()

        thread = threading.Thread(target=leave)
        thread.start()
        with pytest.raises(BoxscopeError, match="workers were ended"):
            next(results)
        thread.join()
        before = path.read_bytes()
        time.sleep(0.1)
        assert path.read_bytes() == before


def test_leaving_the_results_of_any_executor_waits_for_what_is_under_way():
    begun, done = [], []

    def slowly(number):
        begun.append(number)
        time.sleep(0.05)
        done.append(number)

    with ThreadPoolExecutor(2) as threads:
        results = completed(threads, slowly, range(100), 4)
        next(results)
        results.close()
        assert sorted(begun) == sorted(done)
        assert len(done) < 10


def test_a_checkpoint_ends_what_is_not_wanted():
    checkpoint()
    with cancel_unless(lambda: True):
        checkpoint()
        with cancel_unless(lambda: False), pytest.raises(TaskCancelled):
            checkpoint()
        checkpoint()


def test_without_a_number_there_is_a_worker_a_core():
    with engine(None) as (_, workers):
        assert workers == os.cpu_count()


def work_and_leave(begun: list[Future]):
    with local(2) as executor:
        begun.append(executor.submit(nap, 1))
        while not multiprocessing.active_children():
            time.sleep(0.01)
        raise ZeroDivisionError


def test_leaving_by_an_exception_does_not_wait_for_the_workers():
    begun = []
    with pytest.raises(ZeroDivisionError):
        work_and_leave(begun)
    assert not multiprocessing.active_children()
    with pytest.raises((BoxscopeError, BrokenExecutor, CancelledError)):  # no result: it was ended
        begun[0].result(timeout=60)
