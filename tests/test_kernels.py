"""What numba keeps of kernels, and when that is old."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PART = "from numba import njit\n@njit(cache=True)\ndef part(x):\n    return x + {}\n"
SOURCE = """
from numba import njit
from kernels_of_a_test.part import part
@njit(cache=True)
def kernel(x):
    return part(x)
"""
CALL = """
import logging, sys
from pathlib import Path
from core import kernels
from kernels_of_a_test import kernel
logging.basicConfig(format="%(message)s")
package = Path(kernel.__file__).parent
kernels.ensure_compiled(kernel.kernel, package, lambda: kernel.kernel(1), "compiling what a test needs")
print(kernel.kernel(1), sum(kernel.kernel.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "kernels_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "part.py").write_text(PART.format(1))
    (folder / "kernel.py").write_text(SOURCE)
    return folder


def started(package) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(package.parent)])}
    environment.pop("NUMBA_CACHE_DIR", None)
    command, pipes = [sys.executable, "-c", CALL], {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def called(package) -> tuple[str, str]:
    out, words = started(package).communicate(timeout=120)
    return out.strip(), words.strip()


def test_kernels_are_compiled_once_and_again_when_one_that_they_call_has_changed(package):
    assert called(package) == ("2 0", "compiling what a test needs")
    assert called(package) == ("2 1", "")
    (package / "part.py").write_text(PART.format(5))
    assert called(package) == ("6 0", "compiling what a test needs")
    assert called(package) == ("6 1", "")


def test_of_processes_that_start_together_one_compiles(package):
    both = [started(package) for _ in range(3)]
    found = sorted(process.communicate(timeout=120)[0].strip() for process in both)
    assert found == ["2 0", "2 1", "2 1"]
