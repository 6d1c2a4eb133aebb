"""Two processes share the cache of proposers: what one reads while the other writes is whole or missing."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from core.datasets import CocoDataset
from core.proposals.proposer_cache import ProposerCache, ProposerResult
from core.proposers import Found, FullImage
from tests.small import environment, small_set

COUNT, ROUNDS = 4, 40
ROWS = 5_000  # 100 kB an image
LIMIT = 3 * ROWS * 21  # three of four images have room, so that files are removed all the while


class Kept(FullImage):
    """A proposer whose results are worth keeping."""

    kept = True


def write_and_read(annotations: str, root: str) -> None:
    """Write the same images as another process does, and check all that is read in between."""
    dataset, cache = CocoDataset.open(annotations), ProposerCache(Path(root), LIMIT)
    for turn in range(ROUNDS):
        for index in range(COUNT):
            boxes = np.full((ROWS, 4), index, np.float32)
            result = ProposerResult(Found(boxes, boxes[:, 0]), 10 + index, 20, float(turn), 0.0)
            cache.write(dataset, index, Kept(), result)
            for other in range(COUNT):
                read = cache.read(dataset, other, Kept())
                if read is not None:
                    assert (read.width, read.found.boxes.shape) == (10 + other, (ROWS, 4))
                    assert (read.found.boxes == other).all()
                    assert (read.found.scores == other).all()


def test_two_processes_that_write_and_read_the_same_images_at_once_see_whole_results(tmp_path):
    annotations, root = small_set(tmp_path / "set", COUNT).annotations, tmp_path / "cache"
    script = "import sys; from tests.test_proposer_cache import write_and_read; write_and_read(*sys.argv[1:])"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(annotations), str(root)],
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for _ in range(2)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(errors)
    files = [path for path in root.rglob("*") if path.is_file()]
    assert files
    assert sum(path.stat().st_size for path in files) <= LIMIT + 2 * ROWS * 21
    assert not [path for path in files if path.suffix != ".boxes"]
