"""Hard negatives, the whole way round: ``python docs/loop.py [OUT]`` from the project's folder.

A sample data set is drawn and exported by the article's rule, with negatives among the largest proposals
alone. A classifier learns from the crops and scores the proposals of both splits. What it takes for cracks in
the train split, though they are none, becomes a second export, and a second classifier, which begins with the
same random weights, learns from both for as long. Each is measured on the valid split by the average
precision of its detections. Without OUT the files are removed at the end. Every step is a command that can be
run by itself.
"""

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from core import cli  # noqa: E402
from core.cli.spelling import as_typed  # noqa: E402

CUT = ("--side", 32, "--context", 4)
PROPOSALS = ("--proposer", "selective-search", "--param", "whole_image=false")
FORMAT = ("--format", "webdataset", "--overwrite")
# Of some 60 proposals an image the 12 largest, as the article takes 400 of some 2,000.
ARTICLE = ("--order", "area", "--negatives-first", 12, "--truth-boxes", "--jitter", 8, "--jitter-iou", 0.55)
HARDEST = ("--negatives", "score", "--negatives-first", 100_000, "--max-negatives", 12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, help="folder for all files (none is kept)")
    parser.add_argument(
        "--images", type=int, default=400, help="of the sample, a quarter to measure on (400)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the trainings (0)")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batches", type=int, default=60, help="of an epoch, 128 crops each (60)")
    # One is this process: a worker takes longer to start, some 3 s for torch alone, than it saves here.
    parser.add_argument("--workers", type=int, default=1, help="processes that export and score (1)")
    given = parser.parse_args()
    import torch

    # With batches this small a second thread takes twice the processor time and saves little.
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        out = given.out or Path(folder)
        numbers = given.images, given.seed, given.epochs, given.batches, given.workers
        for name, found in loop(out, *numbers).items():
            figures = ", ".join(f"{value:.3f} at IoU {iou}" for iou, value in found.items())
            print(f"{name}: average precision {figures}")


def loop(
    out: Path, images: int, seed: int, epochs: int, batches: int, workers: int
) -> dict[str, dict[str, float]]:
    """Go the whole way, and return the average precisions of the first and the second classifier."""
    sample, first, hard, at_once = out / "sample", out / "first", out / "hard", ("--workers", workers)
    command("sample", sample, "--images", images, "--width", 240, "--height", 180)
    export(sample, first, *PROPOSALS, *ARTICLE, *at_once)
    learn([first], out / "first.pt", seed, epochs, batches)
    before = detections(sample, "valid", out / "first.pt", *at_once)
    found = detections(sample, "train", out / "first.pt", *at_once)
    export(sample, hard, "--proposer", "from-file", "--param", f"file={found}", *HARDEST, *at_once)
    learn([first, hard], out / "second.pt", seed, epochs, batches)
    after = detections(sample, "valid", out / "second.pt", *at_once)
    return {
        "first": precision(sample, before, *at_once),
        "second, with hard negatives": precision(sample, after, *at_once),
    }


def export(sample: Path, out: Path, *words: Any) -> None:
    """Write the crops of the train split."""
    command("export", annotations(sample, "train"), "--out", out, "--split", "train", *words, *CUT, *FORMAT)


def learn(exports: Sequence[Path], file: Path, seed: int, epochs: int, batches: int) -> None:
    """Train a classifier from random weights, and write it."""
    import train  # here, as torch above: the worker processes import this file, and do without torch

    words = [*exports, "--save", file, "--seed", seed, "--epochs", epochs, "--batches", batches]
    print(f"$ python docs/train.py {' '.join(map(str, words))}", flush=True)
    classifier = train.created(exports[0], seed=seed)
    for loss in train.train(classifier, exports, epochs, batches, seed):
        print(f"loss {loss:.3f}", flush=True)
    classifier.save(file)


def detections(sample: Path, split: str, model: Path, *more: Any) -> Path:
    """Write the proposals of a split with the scores of a classifier, and return the path of the file."""
    out = model.with_suffix(f".{split}.json")
    words = ["--model", model, "--out", out, "--overwrite", *PROPOSALS, *more]
    command("score", annotations(sample, split), *words)
    return out


def precision(sample: Path, file: Path, *more: Any) -> dict[str, float]:
    """Return the average precisions of detections on the valid split, by IoU."""
    words = ["--proposer", "from-file", "--param", f"file={file}", "--order", "score", "--nms", 0.3, *more]
    found: dict[str, float] = command("evaluate", annotations(sample, "valid"), *words)["average_precision"]
    return found


def annotations(sample: Path, split: str) -> Path:
    return sample / split / "annotations.json"


def command(*words: Any) -> dict[str, Any]:
    """Run a command in this process, and return its result."""
    texts = list(map(str, words))
    print(f"$ {as_typed(['-m', 'core', *texts])}", flush=True)
    with redirect_stdout(io.StringIO()) as out:
        code = cli.main([*texts, "--json"])
    if code:
        sys.exit(code)
    result: dict[str, Any] = json.loads(out.getvalue())
    return result


if __name__ == "__main__":
    main()
