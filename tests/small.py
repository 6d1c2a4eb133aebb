"""Tiny data sets, drawn as they are asked for, and short ways to export them and run the command line."""

import hashlib
import html
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
from PIL import Image as PILImage

from core import boxes as bx
from core.cutting import Cut
from core.datasets import CocoDataset
from core.executors import SerialExecutor
from core.export import FORMATS, DatasetKind, ExportConfig, Progress, run
from core.pipeline import Setup
from core.proposers import Found, Grid, Proposer
from core.sampling import Sampling
from tests import prepared

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT = 96, 72

CROP_FORMATS = [name for name, form in FORMATS.items() if form.needs_pixels]

# Ten boxes an image, the whole of it first, and crops that take no time.
GRID = Setup(Grid(levels=2, aspects=(1.0,)))
SMALL = Sampling(cut=Cut(side=16))


@dataclass(frozen=True)
class Fixed(Proposer):
    """Proposes the boxes it is given, in their order."""

    name: ClassVar[str] = "fixed"
    summary: ClassVar[str] = "For tests."
    default_order: ClassVar[str] = "area"

    corners: tuple[tuple[float, ...], ...] = ()

    def propose(self, image, ref=None):
        return Found(bx.as_boxes(self.corners))


class FixedOnWide(Fixed):
    """Proposes nothing in pictures that are not wider than the others of the drawn sets."""

    def propose(self, image, ref=None):
        return Found(bx.as_boxes(self.corners if image.shape[1] > WIDTH else []))


def scene(seed: int, width: int = WIDTH, height: int = HEIGHT) -> tuple[np.ndarray, list[list[float]]]:
    """Draw rough concrete, one hue a channel, with two dark slabs; their boxes are ``x y width height``."""
    rng = np.random.default_rng(seed)
    image = rng.integers(130, 170, (height, width, 3)) - np.array([0, 20, 50])
    boxes = []
    for _ in range(2):
        w, h = int(rng.integers(width // 6, width // 2)), int(rng.integers(height // 6, height // 2))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, height - h))
        image[y : y + h, x : x + w] -= 60
        boxes.append([x, y, w, h])
    return np.clip(image, 0, 255).astype(np.uint8), boxes


def write_coco(
    folder: Path,
    pictures: Mapping[str, tuple[np.ndarray, Iterable[Any]]] | Iterable[tuple[str, tuple]],
    ids: Iterable[int] | None = None,
) -> Path:
    """Write pictures and their COCO file, ``annotations.json``; returns its path.

    Pictures come by name, as a mapping or as pairs; an object is a box or the fields of an annotation.
    """
    pairs = list(pictures.items() if isinstance(pictures, Mapping) else pictures)
    images, annotations = [], []
    for number, (name, (image, objects)) in zip(ids or range(1, len(pairs) + 1), pairs, strict=True):
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PILImage.fromarray(image).save(path)
        height, width = image.shape[:2]
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for item in objects:
            fields = item if isinstance(item, dict) else {"bbox": item}
            ours = {"id": len(annotations) + 1, "image_id": number, "category_id": 1}
            annotations.append({**ours, **fields})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "images").mkdir(exist_ok=True)
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "crack"}]}
    path = folder / "annotations.json"
    path.write_text(json.dumps(document))
    return path


def write_scenes(folder: Path, count: int, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """Write a set of drawn scenes; every fifth has no objects, every seventh is a crowd."""
    scenes: dict[str, tuple] = {}
    for seed in range(count):
        image, boxes = scene(seed, width, height)
        objects: list[Any] = [] if seed % 5 == 4 else boxes
        if seed % 7 == 6:
            objects = [{"bbox": boxes[0], "iscrowd": 1}]
        scenes[f"{seed:03d}.jpg"] = (image, objects)
    return write_coco(folder, scenes)


def small_set(folder: Path, count: int) -> CocoDataset:
    """Write and open a set of drawn scenes."""
    return CocoDataset.open(write_scenes(folder, count))


def config(
    dataset: CocoDataset, setup: Setup = GRID, sampling: Sampling = SMALL, **rest: Any
) -> ExportConfig:
    """Make the configuration of an export that takes no time."""
    return ExportConfig(dataset, DatasetKind.TRAIN, setup, sampling, **rest)


def export(wanted: ExportConfig, out: Path, **rest: Any) -> Progress:
    """Run an export to its end in this process."""
    *_, last = run(wanted, out, rest.pop("executor", None) or SerialExecutor(), **rest)
    return last


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its name there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def digest(folder: Path) -> str:
    """Return a hash of the paths and bytes of every file below a folder."""
    whole = hashlib.sha256()
    for name, data in sorted(contents(folder).items()):
        whole.update(f"{name} {len(data)}\n".encode() + data)
    return whole.hexdigest()


def command(*words: Any) -> list[str]:
    """Spell a call of the command line."""
    return [sys.executable, "-m", "core", *map(str, words)]


def texts_to_copy(app: Any) -> list[str]:
    """Return the texts that a page of an AppTest draws with a button to copy them."""
    bodies = "\n".join(element.proto.body for element in app.get("html"))
    found = re.findall('<div class="to-copy"><pre>(.*?)</pre>', bodies, re.DOTALL)
    return [html.unescape(text) for text in found]


def told(app: Any, component: str) -> list[dict[str, Any]]:
    """Return what the elements of a component are told in an AppTest."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(p.json) for p in protos if p.component_name == f"boxscope_{component}"]


def environment() -> dict[str, str]:
    """Return the environment in which ``python -m core`` is found from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def core(*words: Any, timeout: float = 300, **rest: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command and wait for its end.

    It is forked off a process that has imported all, see :mod:`tests.prepared`, unless how the process
    starts is told as well.
    """
    if rest:
        return subprocess.run(
            command(*words), capture_output=True, text=True, timeout=timeout, env=environment(), **rest
        )
    with TemporaryDirectory() as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")
        process = prepared.start("core", *words, env=environment(), out=str(out), errors=str(errors))
        try:
            code = process.wait(timeout)
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(command(*words), code, out.read_text(), errors.read_text())
