"""A real Dask cluster on 127.0.0.1, in processes of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.small import ROOT


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """Start a scheduler; gives its address. A task that loses three workers is given up."""
    file = folder / "scheduler.json"
    words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
    with _started(folder, *words, "--no-dashboard") as process:
        while not (file.exists() and file.read_text().endswith("}")):
            assert process.poll() is None, (folder / "scheduler.log").read_text()
            time.sleep(0.02)
        yield json.loads(file.read_text())["address"]


@contextmanager
def workers(address: str, folder: Path, count: int = 2, path: Path = ROOT) -> Iterator[None]:
    """Start worker processes of one thread each, which are started again when they are lost."""
    words = ["worker", address, "--nworkers", str(count), "--nthreads", "1", "--host", "127.0.0.1"]
    words += ["--no-dashboard", "--local-directory", str(folder), "--death-timeout", "60"]
    with _started(folder, *words, path=path) as process:
        while (folder / "worker.log").read_text().count("Registered to") < count:
            assert process.poll() is None, (folder / "worker.log").read_text()
            time.sleep(0.05)
        yield


@contextmanager
def _started(folder: Path, *words: str, path: Path = ROOT) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2"}
    environment["PYTHONPATH"] = f"{path}{os.pathsep}{ROOT}"
    with (folder / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words], stdout=log, stderr=log, env=environment, cwd=folder
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
