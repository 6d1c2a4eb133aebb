"""What the tests of executors have done, in a module that worker processes and clusters can import."""

import os
import sys
import time
from pathlib import Path

import cv2

from core import memory
from core.errors import BoxscopeError
from core.executors import checkpoint


def square(number):
    return number * number


def refuse_three(number):
    if number == 3:
        raise BoxscopeError("cannot be used", "three")
    return number


def fail(number):
    raise OSError(28, "No space left on device")


def fail_oddly(number):
    class Local(Exception):
        """No other process can unpickle it."""

    raise Local("odd")


class Odd(Exception):
    """Can be pickled, but not back."""

    def __init__(self, one, two):
        super().__init__(f"{one}{two}")


def fail_beyond_words(number):
    raise Odd("o", "dd")


def surroundings(number):
    import core.export  # noqa: F401  what a worker that writes shards has loaded

    time.sleep(0.05)  # long enough for the other worker to take some too
    heavy = {"torch", "torchvision", "streamlit", "plotly", "distributed"} & sys.modules.keys()
    return os.getpid(), cv2.getNumThreads(), sorted(heavy)


def leave_at_three(number):
    if number == 3:
        os._exit(1)
    return number


def leave_once(place):
    """End the worker the first time that this is done."""
    place = Path(place)
    if not place.exists():
        place.touch()
        os._exit(1)
    return place.name


def memory_limit(number):
    time.sleep(0.05)
    return memory.limit()


def nap(number):
    time.sleep(60)


def write_until_unwanted(path):
    """Write a line every few milliseconds, as long as somebody wants them."""
    while True:
        checkpoint()
        with Path(path).open("a") as file:
            file.write(f"{time.monotonic()}\n")
        time.sleep(0.005)
