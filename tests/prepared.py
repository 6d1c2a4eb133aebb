"""Processes as of ``python -m MODULE`` that start at once: forked off one that has imported the module.

A process that starts cold imports for 0.7 s of processor time, a server of the app for 3 s, before it does
what a test asks of it. What a fork does not show, such as which modules a command imports, is tested with
processes that start cold.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Any

# By module: what its processes import sooner or later.
IMPORTS = {
    "core": ("core.cli", "core.executors.local", "core.export.proposal_builder", "core.kernels"),
    "streamlit": ("streamlit.web.cli", "streamlit.web.bootstrap", "core.cli"),
}


class Process:
    """A forked process, with what the tests use of :class:`subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid, self.args = pid, f"prepared process {pid}"
        self.returncode: int | None = None
        self._ended = threading.Event()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def end(self, code: int) -> None:
        self.returncode = code
        self._ended.set()


class _Prepared:
    """The process that has imported a module, and those that were forked off it."""

    def __init__(self, module: str) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.prepared", module],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._started: SimpleQueue[Process | None] = SimpleQueue()
        self._one_at_a_time = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self._close)

    def start(self, **request: Any) -> Process:
        assert self._server.stdin
        with self._one_at_a_time:
            self._server.stdin.write(json.dumps(request).encode() + b"\n")
            self._server.stdin.flush()
            process = self._started.get()
        assert process, "the prepared process has ended"
        return process

    def _listen(self) -> None:
        assert self._server.stdout
        running = {}
        for line in self._server.stdout:
            pid, code = json.loads(line)
            if code is None:
                running[pid] = Process(pid)
                self._started.put(running[pid])
            else:
                running.pop(pid).end(code)
        self._started.put(None)

    def _close(self) -> None:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


_prepared = cache(_Prepared)


def start(
    module: str,
    *words: Any,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    out: str = os.devnull,
    errors: str = os.devnull,
) -> Process:
    """Start ``python -m MODULE WORDS`` in a session of its own, writing to files; it reads nothing."""
    return _prepared(module).start(
        words=list(map(str, words)),
        cwd=str(cwd or Path.cwd()),
        env=dict(os.environ if env is None else env),
        out=out,
        errors=errors,
    )


def _serve(module: str) -> dict[str, Any]:
    """Fork for each request; returns the request in the child alone."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    assert threading.active_count() == 1, "a fork has no threads"
    pending = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _reap()
        if 0 not in ready:
            continue
        data = os.read(0, 1 << 16)
        if not data:
            os._exit(0)
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(ended)
                os.close(wake)
                return json.loads(line)
            _say(pid, None)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say(pid, os.waitstatus_to_exitcode(status))


def _say(*words: int | None) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def _become(module: str, request: dict[str, Any]) -> None:
    """Be the process that was asked for, to its end."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = (os.open(os.devnull, os.O_RDONLY), *(os.open(request[name], flags) for name in ("out", "errors")))
    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    sys.argv = [module, *request["words"]]
    # As a new process has it, where PYTHONPATH is set for it alone.
    sys.path[:1] = [request["cwd"], *filter(None, request["env"].get("PYTHONPATH", "").split(os.pathsep))]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in IMPORTS[sys.argv[1]]:
        import_module(name)
    gc.freeze()  # else the collector at a process's end writes to every page of memory, which copies it
    _become(sys.argv[1], _serve(sys.argv[1]))
