"""The engine of resumable runs by a tiny user of it, which writes the mean brightness of each image."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor, local
from core.export import ExportFolder
from core.export.results import ProposalsRun
from core.runs import Parts, Progress, Run, RunFolder, Stage, skipped, write_part
from tests.small import GRID, ROOT, environment, write_scenes

COUNT, STEP = 11, 2
TASKS = 6

# The first image of each task that was done in this process.
done: list[str] = []


@dataclass(frozen=True, eq=False)
class Task:
    path: Path
    images: CocoDataset


def measure(task: Task) -> dict:
    lines, counts = [], {"images": 0, "skipped": []}
    for index, name in enumerate(task.images.file_names):
        try:
            lines.append(f"{name} {task.images.read(index).mean():.3f}\n")
        except BoxscopeError as error:
            counts["skipped"].append(skipped(task.images, index, error))
            continue
        counts["images"] += 1
    write_part(task.path, {"counts": counts, "lines": lines})
    done.append(task.images.file_names[0])
    return counts


def fail_at_the_fifth_image(task: Task) -> dict:
    if task.images.file_names[0] == "004.jpg":
        raise ValueError("no such thing as a fifth image")
    return measure(task)


def end_the_process_at_the_fifth_image(task: Task) -> dict:
    if task.images.file_names[0] == "004.jpg":
        task.path.with_name(f"{task.path.name}.tmp").write_text('{"counts": {"ima')
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(task)


class Brightness(Run[Progress]):
    """Writes ``brightness.txt``, a line an image, in the order of the data set."""

    work = staticmethod(measure)

    def __init__(self, dataset: CocoDataset, out: Path, decimals: int = 3) -> None:
        output, settings = out / "brightness.txt", {"decimals": decimals}
        super().__init__(dataset, RunFolder(out / ".brightness"), output, settings, Progress(len(dataset)))
        self.made = 0

    def stage(self) -> Stage:
        return Stage(Parts(self.folder.work), range(0, len(self.dataset), STEP), self._tasks, self.work)

    def _tasks(self, numbers: list[int]) -> Iterator[Task]:
        for start in numbers:
            self.made += 1
            yield Task(self.stage().parts.path(start), self.dataset.subset(slice(start, start + STEP)))

    def join(self, progress: Progress) -> None:
        parts = self.stage().parts.read(self.stage().numbers)
        self.output.write_text("".join(line for part in parts for line in part["lines"]))


@pytest.fixture
def dataset(tmp_path) -> CocoDataset:
    done.clear()
    return CocoDataset.open(write_scenes(tmp_path / "data", COUNT))


@pytest.fixture
def expected(dataset) -> str:
    names = enumerate(dataset.file_names)
    return "".join(f"{name} {dataset.read(index).mean():.3f}\n" for index, name in names)


def steps(run: Run, count: int) -> list[Progress]:
    """Take so many steps of a run, then leave it."""
    generator = run.execute(SerialExecutor())
    taken = [next(generator) for _ in range(count)]
    generator.close()
    return taken


def finish(run: Run) -> list[Progress]:
    return list(run.execute(SerialExecutor()))


def line_of(run: Run) -> str:
    with pytest.raises(BoxscopeError) as stop:
        finish(run)
    assert "\n" not in str(stop.value)
    return str(stop.value)


def test_a_run_yields_its_progress_at_the_start_after_every_part_and_at_the_end(dataset, tmp_path, expected):
    updates = finish(Brightness(dataset, tmp_path))
    images = [progress.images for progress in updates]
    assert (images[0], images[-2:], len(set(images))) == (0, [COUNT, COUNT], TASKS + 1)
    assert images == sorted(images)
    assert [progress.state for progress in updates] == [*["running"] * (TASKS + 1), "done"]
    assert {(progress.total, progress.pid) for progress in updates} == {(COUNT, os.getpid())}
    assert (tmp_path / "brightness.txt").read_text() == expected
    assert not (tmp_path / ".brightness").exists()


@pytest.mark.parametrize("taken", range(1, TASKS + 2))
def test_an_interrupted_run_is_resumed_and_no_part_is_done_twice(dataset, tmp_path, expected, taken):
    steps(Brightness(dataset, tmp_path), taken)
    assert not (tmp_path / "brightness.txt").exists()
    parts = len(done)
    first, *_ = finish(Brightness(dataset, tmp_path))
    assert taken - 1 <= parts
    assert 0 <= STEP * parts - first.resumed_at <= 1  # the last task has one image
    assert len(done) == len(set(done)) == TASKS
    assert (tmp_path / "brightness.txt").read_text() == expected


def test_the_result_does_not_depend_on_the_executor(dataset, tmp_path, expected):
    with local(2) as pool:
        *_, last = Brightness(dataset, tmp_path).execute(pool, 2)
    assert (last.state, last.images) == ("done", COUNT)
    assert (tmp_path / "brightness.txt").read_text() == expected


def test_a_killed_run_is_stopped_and_resumed_without_its_half_written_file(dataset, tmp_path, expected):
    code = (
        "import sys; from pathlib import Path; from tests import test_runs as t\n"
        "t.Brightness.work = staticmethod(t.end_the_process_at_the_fifth_image)\n"
        "t.finish(t.Brightness(t.CocoDataset.open(Path(sys.argv[1])), Path(sys.argv[2])))"
    )
    words = [sys.executable, "-c", code, str(dataset.annotations), str(tmp_path)]
    killed = subprocess.run(words, cwd=ROOT, env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    folder = RunFolder(tmp_path / ".brightness")
    assert folder.state == "stopped"
    assert list(folder.work.glob("*.tmp"))
    generator = Brightness(dataset, tmp_path).execute(SerialExecutor())
    assert next(generator).resumed_at == 4
    assert not list(folder.work.glob("*.tmp"))
    list(generator)
    assert "000.jpg" not in done
    assert (tmp_path / "brightness.txt").read_text() == expected


def test_what_fails_in_a_worker_leaves_the_parts_that_are_done(dataset, tmp_path, expected, monkeypatch):
    monkeypatch.setattr(Brightness, "work", staticmethod(fail_at_the_fifth_image))
    with pytest.raises(ValueError, match="fifth"):
        finish(Brightness(dataset, tmp_path))
    folder = RunFolder(tmp_path / ".brightness")
    progress = folder.read_progress()
    assert (folder.state, progress["error"]) == ("failed", "no such thing as a fifth image")
    monkeypatch.undo()
    first, *_ = finish(Brightness(dataset, tmp_path))
    assert first.resumed_at >= 4
    assert (len(done), len(set(done))) == (TASKS, TASKS)
    assert (tmp_path / "brightness.txt").read_text() == expected


# The folder


def test_another_run_in_the_folder_is_refused_while_this_one_goes_on(dataset, tmp_path):
    generator = Brightness(dataset, tmp_path).execute(SerialExecutor())
    next(generator)
    folder = RunFolder(tmp_path / ".brightness")
    assert folder.state == "running"
    assert "is writing here" in line_of(Brightness(dataset, tmp_path))
    generator.close()
    assert folder.state == "stopped"
    assert finish(Brightness(dataset, tmp_path))[-1].state == "done"
    assert folder.state == "empty"


def test_parts_of_other_settings_are_removed(dataset, tmp_path):
    steps(Brightness(dataset, tmp_path), 3)
    parts = len(done)
    first, *_ = finish(Brightness(dataset, tmp_path, decimals=2))
    assert first.resumed_at == 0
    assert len(done) == parts + TASKS


def test_parts_of_which_nobody_knows_the_settings_are_removed(dataset, tmp_path):
    steps(Brightness(dataset, tmp_path), 3)
    (tmp_path / ".brightness" / ".work" / "plan.json").unlink()
    assert finish(Brightness(dataset, tmp_path))[0].resumed_at == 0


def test_a_run_that_must_not_be_lost_refuses_other_settings(dataset, tmp_path):
    class Careful(Brightness):
        def refuse_other_settings(self, settings):
            raise BoxscopeError(f"got {self.settings}, expected {settings}", self.output)

    steps(Careful(dataset, tmp_path), 3)
    parts = len(done)
    assert line_of(Careful(dataset, tmp_path, decimals=2)).endswith(
        "brightness.txt: got {'decimals': 2}, expected {'decimals': 3}"
    )
    assert finish(Careful(dataset, tmp_path))[0].resumed_at == STEP * parts


def test_a_finished_run_is_not_done_again(dataset, tmp_path):
    class MemoryCache(Brightness):
        def finished(self):
            return replace(self.start, state="done") if self.output.exists() else None

    finish(MemoryCache(dataset, tmp_path))
    assert [progress.state for progress in finish(MemoryCache(dataset, tmp_path))] == ["done"]
    assert len(done) == TASKS


def test_a_disk_that_is_full_at_the_end_is_one_line_and_the_next_run_only_joins(
    dataset, tmp_path, expected, monkeypatch
):
    def full(self, progress):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.output))

    monkeypatch.setattr(Brightness, "join", full)
    words = f"{tmp_path / 'brightness.txt'}: No space left on device"
    assert line_of(Brightness(dataset, tmp_path)) == words
    monkeypatch.undo()
    assert [progress.images for progress in finish(Brightness(dataset, tmp_path))] == [COUNT, COUNT]
    assert len(done) == TASKS
    assert (tmp_path / "brightness.txt").read_text() == expected


def test_files_that_are_no_parts_are_passed_over(tmp_path):
    parts = Parts(tmp_path, "part", ".json")
    for name in ("part-000007.json", "part-mine.json", "part-000008.json.tmp", "offers-000009.json"):
        (tmp_path / name).write_text("{}")
    assert parts.done() == {7}


def test_what_an_interrupted_run_left_keeps_its_names(dataset, tmp_path):
    """A run of one version is resumed by the next."""
    folder, proposals = ExportFolder(tmp_path / "train"), ProposalsRun(dataset, GRID, tmp_path / "p.json")
    paths = [folder.parts.path(12), folder.offers.path(3), proposals.stage().parts.path(8)]
    assert [str(path.relative_to(tmp_path)) for path in paths] == [
        "train/.work/part-000012.parquet",
        "train/.work/offers-000003.json",
        ".p.json/.work/part-000000008.json",
    ]
    assert list(proposals.stage().numbers) == [0, 8]


# Images that cannot be used


def test_an_image_that_cannot_be_used_is_named_also_by_the_run_that_resumes(dataset, tmp_path):
    dataset.path(1).write_bytes(b"no picture")
    steps(Brightness(dataset, tmp_path), 2)
    first, *_, last = finish(Brightness(dataset, tmp_path))
    assert first.skipped == last.skipped
    assert (last.images, last.done) == (COUNT - 1, COUNT)
    (found,) = last.skipped
    assert found["file"] == "001.jpg"
    assert found["reason"]


def test_where_no_image_can_be_used_nothing_is_written(dataset, tmp_path):
    for index in range(COUNT):
        dataset.path(index).write_bytes(b"no picture")
    words = line_of(Brightness(dataset, tmp_path))
    assert words.startswith(
        f"{dataset.annotations}: cannot use any of its 11 images, nothing is written; 000.jpg: "
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_images_that_are_all_gone_end_the_run_and_are_not_skipped(dataset, tmp_path):
    steps(Brightness(dataset, tmp_path), 2)
    dataset.images_dir.rename(tmp_path / "elsewhere")
    assert line_of(Brightness(dataset, tmp_path)) == (
        f"images folder {dataset.images_dir}: is gone: bring it back, then run again to go on"
    )
    (tmp_path / "elsewhere").rename(dataset.images_dir)
    assert finish(Brightness(dataset, tmp_path))[-1].skipped == ()


def test_a_data_set_without_images_has_an_empty_result(tmp_path):
    empty = CocoDataset.open(write_scenes(tmp_path / "data", 0))
    assert [progress.state for progress in finish(Brightness(empty, tmp_path))] == ["running", "done"]
    assert (tmp_path / "brightness.txt").read_text() == ""


# Order


def test_no_more_tasks_are_made_than_the_workers_need(dataset, tmp_path):
    run = Brightness(dataset, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        for number, _ in enumerate(run.execute(pool, 1)):
            assert run.made <= number + 1  # of two under way, one is yielded before the next is made
    assert run.made == TASKS


def test_an_engine_is_given_the_paths_of_its_workers_after_the_first_progress(dataset, tmp_path):
    calls = []

    class Far(SerialExecutor):
        def require_paths(self, *paths):
            calls.append((len(done), *paths))

    generator = Brightness(dataset, tmp_path).execute(Far())
    next(generator)
    assert not calls
    list(generator)
    assert calls == [(0, dataset.images_dir, tmp_path / ".brightness" / ".work")]


def test_what_is_prepared_is_yielded_first_and_rates_leave_it_out(dataset, tmp_path):
    class Counted(Brightness):
        def prepare(self, progress, executor, workers):
            assert not done
            yield replace(progress, error="half prepared")
            yield replace(progress, error="prepared")

    updates = finish(Counted(dataset, tmp_path))
    assert [progress.error for progress in updates[:4]] == ["", "half prepared", "prepared", "prepared"]
    seconds = [progress.seconds for progress in updates]
    assert seconds == sorted(seconds)
    assert seconds[2] <= updates[-2].before < updates[-2].seconds
    assert updates[-2].images_per_second == pytest.approx(COUNT / (updates[-2].seconds - updates[-2].before))
