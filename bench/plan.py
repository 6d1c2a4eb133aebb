"""What a hundred million images would take, from the measured cost of one.

The images of a data set are exported in this process; processor seconds, crops and bytes an image follow, and
from them, by nothing but multiplication, cores, bytes and files. docs/exports.md says what else would break.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from bench.article import datasets
from bench.timing import processor, table
from core.cutting import Cut
from core.datasets import CocoDataset
from core.executors import SerialExecutor
from core.export import DatasetKind, ExportConfig
from core.export import run as export
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, SelectiveSearch
from core.sampling import PRESETS, Sampling

# Images in a shard where there are so many: a shard takes some minutes, and is some 100 MB to 1 GB.
SHARD_IMAGES = 1000


def run(images: float = 1e8, hours: float = 24.0) -> dict[str, Any]:
    """Measure and multiply.

    Parameters
    ----------
    images : float
        How many to plan for.
    hours : float
        In which all is to be done.
    """
    finetune = PRESETS["rcnn-finetune"].sampling
    kinds: dict[str, tuple[Setup, Sampling, str]] = {
        "article, fast": (Setup(SelectiveSearch()), Sampling(cut=Cut(interpolation="fast")), "webdataset"),
        "rcnn-finetune": (Setup(SelectiveSearch()), finetune, "webdataset"),
        "manifest alone": (Setup(AdaptiveThreshold(offsets=(40, 80, 120))), Sampling(), "manifest"),
    }
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, dataset in datasets(Path(folder) / "sets"):
            for number, (kind, wanted) in enumerate(kinds.items()):
                cost = _cost(dataset, *wanted, Path(folder) / f"{name}-{number}")
                rows.append({"pictures": name, "export": kind, **cost, **_plan(cost, images, hours)})
    return {"processor": processor(), "images": images, "hours": hours, "rows": rows}


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    return (
        f"{result['processor']}; {result['images']:,.0f} images in {result['hours']:g} hours, "
        f"{SHARD_IMAGES} images a shard\n\n{table(result['rows'])}"
    )


def _cost(dataset: CocoDataset, setup: Setup, sampling: Sampling, form: str, out: Path) -> dict[str, float]:
    config = ExportConfig(dataset, DatasetKind.TRAIN, setup, sampling, form)
    start = time.process_time()
    *_, last = export(config, out, SerialExecutor())
    seconds = time.process_time() - start
    manifest = (out / "train" / "manifest.parquet").stat().st_size
    count = len(dataset)
    return {
        "cpu_ms": seconds / count * 1e3,
        "crops": last.crops / count,
        "kB": sum(path.stat().st_size for path in (out / "train").rglob("shard-*")) / count / 1e3,
        "row_bytes": manifest / max(last.crops, 1),
    }


def _plan(cost: dict[str, float], images: float, hours: float) -> dict[str, float]:
    return {
        "cores": images * cost["cpu_ms"] / 1e3 / 3600 / hours,
        "TB": images * cost["kB"] / 1e9,
        "shards": images / SHARD_IMAGES,
        "manifest_GB": images * cost["crops"] * cost["row_bytes"] / 1e9,
    }
