"""A fit that the page starts: how far it is, and how it ended."""

import json
import os
import signal

import pytest

from pages.ui.jobs import fits
from tests.browser import again


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    return tmp_path / "order.npz"


def started(out, code):
    """Start a process whose arguments are those of a fit, with other code."""
    fits.start(["-c", code, "core", "fit"], out)


def once(out, state):
    """Return the status once it is one."""
    for _ in again():
        found = fits.fit_of(out)
        if found.state == state and found.text != "starting …":
            return found
    raise TimeoutError(f"{found} is not {state}")


def test_a_fit_is_shown_while_it_runs_and_as_failed_once_it_was_ended(out):
    assert fits.fit_of(out) == fits.Fit("none")
    started(out, "import os, time; print(os.getpid()); print('3/6 images  ', flush=True); time.sleep(300)")
    assert once(out, "running") == fits.Fit("running", "3 of 6 images described", 0.25)
    (log,) = out.parent.glob("state/fits/*.log")
    os.kill(int(log.read_text().split()[0]), signal.SIGTERM)
    assert once(out, "failed").text == "3/6 images"


def test_what_a_fit_says_between_its_counts_is_shown_and_how_far_it_is_stays(out):
    started(out, "import time; print('5/5 fits\\ncompiling; some 5 seconds', flush=True); time.sleep(300)")
    assert once(out, "running") == fits.Fit("running", "compiling; some 5 seconds", 1.0)
    (named,) = out.parent.glob("state/fits/*.json")
    os.kill(json.loads(named.read_text())["pid"], signal.SIGTERM)
    assert once(out, "failed").state == "failed"


def test_a_fit_is_done_once_its_file_is_there_and_failed_with_its_message(out):
    started(out, f"open({str(out)!r}, 'w').close()")
    assert once(out, "done").state == "done"
    out.unlink()
    started(out, "import sys; print('boxscope: no image has an object'); sys.exit(2)")
    assert once(out, "failed") == fits.Fit("failed", "no image has an object")


def test_a_fit_that_ends_while_it_is_looked_at_has_its_last_line(out, monkeypatch):
    started(out, "")
    (log,) = out.parent.glob("state/fits/*.log")

    def runs(pid, command):
        log.write_text("boxscope: no image has an object\n")
        return False

    monkeypatch.setattr(fits.process, "runs", runs)
    assert fits.fit_of(out) == fits.Fit("failed", "no image has an object")
