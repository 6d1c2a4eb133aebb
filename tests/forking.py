"""Exports in processes that start at once: each is forked off one that has imported everything.

A test that kills ten of them would else wait for imports most of the time.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.export import ExportFolder
from tests.small import digest, environment

Start = Callable[..., int]


@contextmanager
def commands() -> Iterator[Start]:
    """Return a function that starts a command in a session of its own, and returns its process's number."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout

    def start(*words: Any) -> int:
        process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield start
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def kill_again_and_again(
    start: Start, words: tuple[Any, ...], out: Path, whole: str, seed: str, span: float
) -> None:
    """Kill -9 an export again and again, within seconds of its start; one that is finished is begun anew."""
    moments, folder = random.Random(seed), ExportFolder(out / "train")
    for _ in range(6):
        pid = start(*words)
        assert wait_until(lambda: folder.state in ("running", "done")), (folder.state, folder.read_progress())
        time.sleep(moments.uniform(0, span))
        family = [pid, *descendants(pid)]
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not any(map(alive, family))), "workers live on"  # noqa: B023
        if folder.state == "done":
            again = start(*words)  # it may have been killed while it put its work folder away
            assert wait_until(lambda: not alive(again))  # noqa: B023
            assert digest(out) == whole
            shutil.rmtree(out)


def status(pid: int) -> tuple[str, int]:
    """Return the state and the parent of a process."""
    state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def alive(pid: int) -> bool:
    try:
        return status(pid)[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    """List the processes that a process started, and those that they started, eldest first."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = status(int(path.name))[1]
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


@contextmanager
def held(folder: ExportFolder) -> Iterator[None]:
    """Stop a run that has begun, as Ctrl-Z does: it takes no time, and cannot end before it is looked at."""
    group = folder.read_progress()["pid"]
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)


def wait_until(true: Callable[[], object], seconds: float = 300) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(true())


def _serve() -> None:
    from core import cli
    from core.export import ProposalBuilder  # noqa: F401  with all that it needs

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        code = 1
        try:
            code = cli.main(json.loads(line))
        finally:
            os._exit(code)


if __name__ == "__main__":
    _serve()
