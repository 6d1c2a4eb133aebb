"""Jobs: the register that outlives the server, how each stands, and the list of them in a real browser."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core.datasets import make_sample
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import ExportFolder, run
from core.sampling import Sampling
from pages.ui.jobs import process, register
from pages.ui.jobs.register import Job
from pages.ui.jobs.status import JobStatus, job_status
from pages.ui.widgets import progress
from tests import prepared
from tests.browser import PATIENCE, again, chromium, end_group, free_port, wait_healthy
from tests.exports import interrupt_after
from tests.forking import held
from tests.small import ROOT, config, export, small_set, write_scenes

WORDS = [
    "-m",
    "core",
    "export",
    "set/annotations.json",
    "--out",
    "out",
    "--split",
    "train",
    "--proposer",
    "grid",
]
PROGRESS = {
    "state": "stopped",
    "total": 10,
    "images": 4,
    "crops": 90,
    "positives": 10,
    "negatives": 80,
    "bytes": 12_345,
    "counted": 0,
    "skipped": [],
    "seconds": 2.0,
    "pid": 0,
    "error": "",
    "images_per_second": 2.0,
    "crops_per_second": 45.0,
    "seconds_left": 3.0,
}


def noted(folder: Path, started: float = 0.0, words=tuple(WORDS)) -> Job:
    return register.write(folder, list(words), folder.parent.parent, started or time.time())


def unfinished(folder: Path, **progress) -> Path:
    """Make a folder that a run has left."""
    (folder / ".work").mkdir(parents=True)
    (folder / ".work/progress.json").write_text(json.dumps({**PROGRESS, **progress}))
    return folder


# ---- the register


def test_jobs_are_listed_newest_first_and_once_a_folder(home):
    for number in (3, 1, 2, 3):
        noted(home / f"out{number}/train", started=number)
    assert [job.folder.parent.name for job in register.listed()] == ["out3", "out2", "out1"]
    assert register.find(home / "out2/train").arguments == tuple(WORDS)
    assert register.find(home / "out9/train") is None
    register.forget(register.find(home / "out2/train"))
    assert len(register.listed()) == 2


def test_the_register_is_bounded_and_leaves_no_parts(home, monkeypatch):
    monkeypatch.setattr(register, "MOST", 3)
    for number in range(1, 9):
        noted(home / f"out{number}/train", started=number)
    assert [job.started for job in register.listed()] == [8, 7, 6]
    assert len(list(register.register_folder().iterdir())) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"folder": 3, "words": 1}', "null"])
def test_nonsense_in_the_register_is_passed_over(home, text):
    job = noted(home / "out/train")
    (register.register_folder() / "x.json").write_text(text)
    assert register.listed() == [job]


def test_a_job_knows_what_it_reads_and_its_options(home):
    job = noted(home / "out/train")
    assert job.annotations == home / "set/annotations.json"
    assert (job.option("--proposer"), job.option("--format")) == ("grid", None)


def test_the_register_lies_where_the_system_keeps_state(monkeypatch, tmp_path):
    monkeypatch.delenv("BOXSCOPE_STATE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert register.register_folder() == tmp_path / "boxscope/jobs"


# ---- how a job stands


@pytest.mark.parametrize(
    ("progress", "state", "error"),
    [
        ({"state": "stopped"}, "cancelled", ""),
        ({"state": "running"}, "broken off", ""),
        (
            {"state": "failed", "error": "out: No space left on device"},
            "failed",
            "out: No space left on device",
        ),
        ({"state": "failed"}, "failed", "the last line"),
    ],
)
def test_an_unfinished_job_stands_as_its_folder_says(home, progress, state, error):
    job = noted(unfinished(home / "out/train", **progress))
    process.log_of(ExportFolder(job.folder)).write_text("1/10 images\nboxscope: the last line\n")
    status = job_status(job)
    assert (status.state, status.error, status.counts["images"]) == (state, error, 4)


def test_a_folder_that_is_gone_empty_or_nonsense_is_told_apart(home):
    assert job_status(noted(home / "out/train")).state == "gone"
    (home / "out/train").mkdir(parents=True)
    log = process.log_of(ExportFolder(home / "out/train"))
    log.write_text("boxscope: set/annotations.json: no such file\n")
    status = job_status(noted(home / "out/train"))
    assert (status.state, status.error) == ("empty", "set/annotations.json: no such file")
    (home / "out/train/export.json").write_text("nonsense")
    assert "cannot be read" in job_status(noted(home / "out/train")).error


def test_a_finished_job_tells_its_counts_and_what_was_skipped(home):
    dataset = small_set(home / "set", 4)
    dataset.path(2).write_bytes(b"no picture")
    export(config(dataset), home / "out")
    status = job_status(noted(home / "out/train"))
    assert (status.state, status.counts["images"]) == ("done", 3)
    assert [item["file"] for item in status.skipped] == ["002.jpg"]
    with ExportFolder(home / "out/train").lock():
        assert job_status(noted(home / "out/train")).state == "running"


def test_a_run_that_begins_while_it_is_asked_for_is_running(home, monkeypatch):
    folder = ExportFolder(unfinished(home / "out/train", state="running"))
    assert folder.state == "stopped"
    answers = iter([False, True])
    monkeypatch.setattr("core.files.local.LocalFiles.is_locked", lambda self: next(answers))
    assert folder.state == "running"


def test_a_job_whose_progress_another_run_removes_while_it_is_asked_for_has_a_status(home, monkeypatch):
    (home / "out/train").mkdir(parents=True)
    monkeypatch.setattr(ExportFolder, "state", "stopped")
    assert job_status(noted(home / "out/train")) == JobStatus("cancelled", {})


def test_labels_that_are_written_anew_are_told(home):
    export(config(small_set(home / "set", 2)), home / "out")
    path = home / "out/train/export.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "relabelling": {"iou": "0.3", "inclusive": "false"}})
    )
    job = noted(home / "out/train")
    assert job_status(job).state == "half labelled"
    with ExportFolder(job.folder).lock():
        assert job_status(job).state == "labels"
        assert "being rewritten" in words(listed(home))
    assert "Half relabelled" in words(listed(home))


# ---- start, cancel, resume


def until(holds) -> None:
    assert any(holds() for _ in again())


def ended(folder: ExportFolder) -> None:
    until(lambda: folder.state != "running")


def test_a_job_that_starts_is_on_the_list_and_resumes_in_its_own_folder(home, monkeypatch):
    write_scenes(home / "set", 3)
    folder = ExportFolder(home / "out/train")
    process.start([*WORDS, "--overwrite"], folder)
    ended(folder)
    (job,) = register.listed()
    assert (job.folder, job.working_folder, job.arguments[-1]) == (home / "out/train", home, "--overwrite")
    first = folder.summary.read_bytes()
    folder.summary.unlink()
    folder.manifest.unlink()
    shutil.rmtree(home / "out/train/crops")
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    process.resume(job)
    ended(folder)
    assert folder.summary.read_bytes() == first
    assert "--overwrite" not in register.find(job.folder).arguments


def test_the_end_of_a_job_is_taken_note_of(home, monkeypatch):
    write_scenes(home / "set", 1)
    started, popen = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0])
    process.start(WORDS, ExportFolder(home / "out/train"))
    until(lambda: started[0].returncode is not None)  # nobody here asks it: it would be a zombie
    assert started[0].returncode == 0


def test_a_start_that_is_refused_is_not_on_the_list(home):
    write_scenes(home / "set", 1)
    with pytest.raises(BoxscopeError, match="nowhere"):
        process.start(["-m", "core", "export", "nowhere.json", *WORDS[4:]], ExportFolder(home / "out/train"))
    assert register.listed() == []


def test_cancel_ends_no_process_but_an_export(home):
    """A folder that is held, and says the number of a process that is none of ours."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        folder = ExportFolder(unfinished(home / "out/train", state="running", pid=other.pid))
        with folder.lock():
            assert not process.cancel(folder)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=0.3)
    finally:
        other.communicate(b"\n")
    assert other.returncode == 0


# ---- the list


def listed(home) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages/main.py"), default_timeout=PATIENCE / 1000)
    app.query_params["view"] = "jobs"
    app.run()
    app.switch_page("export.py").run()
    assert not app.exception
    return app


def words(app) -> str:
    return " ".join(
        str(element.value) for kind in ("markdown", "caption", "error") for element in app.get(kind)
    )


def press(app, label, job):
    return next(b for b in app.button if b.label == label and job.token in b.key).click().run()


def test_without_jobs_the_list_says_where_to_start_one(home):
    app = listed(home)
    assert "No jobs yet" in words(app)
    app.button[0].click().run()
    assert app.session_state["view"] == "design"


def test_every_state_has_a_card_with_what_can_be_done(home):
    failed = noted(unfinished(home / "a/train", state="failed", error="a: No space left on device"), 4)
    skipped = [{"file": "<b>7</b>.jpg", "reason": "no such file"}]
    noted(unfinished(home / "b/train", skipped=skipped), 3)
    gone = noted(home / "c/train", 2)
    small = config(small_set(home / "set", 2))
    export(small, home / "d")
    done = noted(home / "d/train", 1)
    app = listed(home)
    text = words(app)
    for word in ("Failed", "Cancelled", "Folder gone", "Done", "No space left on device"):
        assert word in text
    assert "1 failed" in text
    (table,) = [e.proto.body for e in app.get("html") if 'class="skipped"' in e.proto.body]
    assert "<td>&lt;b&gt;7&lt;/b&gt;.jpg</td><td>no such file</td>" in table
    offered = {job.token: [b.label for b in app.button if job.token in b.key] for job in (failed, gone, done)}
    assert offered == {
        failed.token: ["Resume", "Reuse this folder", "Remove from list"],
        gone.token: ["Remove from list"],
        done.token: ["Browse", "Reuse this folder", "Remove from list"],
    }
    press(app, "Remove from list", gone)
    assert gone not in register.listed()
    press(app, "Browse", done)
    assert (app.session_state["view"], app.session_state["browse"]) == ("browse", "d/train")


def test_fifty_jobs_come_in_pages_with_those_that_run_on_top(home):
    every = [noted(unfinished(home / f"out{n}/train"), started=n) for n in range(1, 51)]
    with ExportFolder(every[0].folder).lock():
        app = listed(home)
    cards = [b.key for b in app.button if b.label in ("Resume", "Cancel")]
    assert [key.split(".")[1] for key in cards] == ["Cancel", *["Resume"] * 10]
    assert cards[0].endswith(every[0].token)
    assert cards[1].endswith(every[-1].token)
    assert "1 running · 49 cancelled" in words(app)


def test_a_job_names_its_data_set_and_says_that_its_first_images_are_in_progress(home):
    job = noted(unfinished(home / "out/train", state="running", images=0))
    with ExportFolder(job.folder).lock():
        app = listed(home)
    assert "set/annotations.json" in words(app)
    (bar,) = app.get("progress")
    assert bar.proto.text == "0 of 10 images: the first are in progress"


def test_a_stopped_export_says_at_how_many_images_and_keeps_them(home, monkeypatch):
    given, folder = config(small_set(home / "set", 18)), ExportFolder(home / "out/train")
    interrupt_after(monkeypatch, 14)
    with pytest.raises(KeyboardInterrupt):
        export(given, home / "out")
    assert progress.stopped(folder) == "Stopped at 14 of 18 images, kept 14. Resume does the others."
    monkeypatch.undo()
    first, *_, last = run(given, home / "out", SerialExecutor())
    assert (first.done, first.resumed_at, last.done) == (8, 14, 18)


def test_an_export_stopped_while_its_offers_are_counted_says_so(home, monkeypatch):
    capped = config(small_set(home / "set", 10), sampling=Sampling(set_positives=3))
    interrupt_after(monkeypatch, 9, counted=True)
    with pytest.raises(KeyboardInterrupt):
        export(capped, home / "out")
    text = "Stopped after counting 9 of 10 images, before the first crop; 9 are kept. Resume does the others."
    assert progress.stopped(ExportFolder(home / "out/train")) == text


# ---- in a browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    shown = browser.new_page(viewport={"width": 1400, "height": 900})
    shown.set_default_timeout(PATIENCE)
    yield shown
    shown.close()


@contextmanager
def server(home, port):
    """Run the app on a port of our choice; in the end it is killed, as by a power cut."""
    words = ["run", ROOT / "app.py", "--server.port", port, "--server.address", "127.0.0.1"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "BOXSCOPE_CACHE": str(home / "cache")}
    started = prepared.start("streamlit", *words, "--server.headless", "true", cwd=home, env=env)
    try:
        wait_healthy(started, f"http://127.0.0.1:{port}", PATIENCE / 1000)
        yield started
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        end_group(started)


def quiet(page, said) -> bool:
    before = len(said)
    page.wait_for_timeout(2500)
    return len(said) == before


def seen(locator):
    return expect(locator.first).to_be_visible(timeout=PATIENCE)


@pytest.mark.browser
@pytest.mark.slow
def test_a_job_goes_on_while_the_server_is_killed_and_started_again(home, page, browser):
    make_sample(home / "many", images=40, width=320, height=240)
    (home / "out/train").mkdir(parents=True)
    order = [*WORDS[:3], "many/train/annotations.json", *WORDS[4:8], "--proposer", "opencv-selective-search"]
    noted(home / "out/train", words=(*order, "--workers", "1", "--shard-images", "2"))
    folder, port = ExportFolder(home / "out/train"), free_port()
    button = lambda name: page.get_by_role("button", name=name)  # noqa: E731
    images = lambda: (folder.read_progress() or {"images": 0})["images"]  # noqa: E731
    try:
        with server(home, port):
            page.goto(f"http://127.0.0.1:{port}/export?view=jobs")
            button("Resume").click()
            until(images)
            with held(folder):
                seen(page.get_by_text("Running"))
                seen(page.get_by_text(re.compile(r"^[1-9]\d* of 30 images")))
                before = folder.read_progress()
        until(lambda: images() > before["images"])
        assert folder.state == "running"
        with ExitStack() as stack:
            with held(folder):
                stack.enter_context(server(home, port))
                page.reload()
                seen(page.get_by_text("Running"))
                other = browser.new_page()
                other.goto(page.url)
                other.get_by_role("button", name="Cancel").click()
            seen(page.get_by_text("Cancelled"))
            seen(other.get_by_text("Cancelled"))
            other.close()
            assert folder.read_progress()["pid"] == before["pid"]
            assert images() >= before["images"] > 0
            button("Resume").click()
            until(lambda: folder.state == "running" and folder.read_progress()["pid"] != before["pid"])
            until(lambda: folder.read_progress()["resumed_at"] >= before["images"])
            with held(folder):
                button("Cancel").click()
            seen(page.get_by_text("Cancelled"))
    finally:
        until(lambda: folder.state != "running" or process.cancel(folder))
        ended(folder)


@pytest.mark.browser
def test_a_finished_job_tells_its_errors_gives_its_manifest_and_is_browsed(home, page):
    dataset = small_set(home / "set", 4)
    dataset.path(1).unlink()
    export(config(dataset), home / "out")
    noted(home / "out/train")
    port = free_port()
    with server(home, port):
        said = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: said.append(frame)))
        page.goto(f"http://127.0.0.1:{port}/export?view=jobs")
        page.get_by_text("1 image could not be used").click()
        seen(page.get_by_role("cell", name="no such file"))
        href = page.get_by_role("link", name="Manifest").get_attribute("href")
        answer = page.request.get(urljoin(page.url, href))
        assert answer.body() == (home / "out/train/manifest.parquet").read_bytes()
        assert "attachment" in answer.headers["content-disposition"]

        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        # Nothing runs, so nobody asks. A page that asks once a second is never quiet for longer.
        assert any(quiet(page, said) for _ in range(8))

        page.get_by_role("button", name="Browse").click()
        rows = pq.read_table(home / "out/train/manifest.parquet").num_rows
        expect(page.locator(".gallery")).to_have_attribute("data-total", str(rows))
        page.wait_for_url(re.compile("view=browse"))
