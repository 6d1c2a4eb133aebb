"""Tiny drawn data: pictures and COCO files with known content, and strategies that draw more of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image as PILImage

from core import boxes as bx
from core.errors import BoxscopeError
from core.parameters import Parameter, own, parameters, replace
from core.pipeline import LabelRule, Setup
from core.proposers import PROPOSERS, Proposer
from core.truth import Truth

# The same examples on every run; no deadline, since the first call of a library is slow.
quick = settings(deadline=None, max_examples=60, derandomize=True, database=None)

# The proposers that need no file beside the picture.
OF_PICTURES = {name: kind for name, kind in PROPOSERS.items() if kind().is_ready}

CRACK = {"id": 1, "name": "crack"}


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Return a picture in which no two pixels need be alike: uint8 (H, W, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def slab(width: int, height: int, *boxes: tuple[int, int, int, int], light: int = 200, dark: int = 50):
    """Return a light grey picture with dark rectangles: uint8 (H, W, 3)."""
    picture = np.full((height, width, 3), light, np.uint8)
    for x0, y0, x1, y1 in boxes:
        picture[y0:y1, x0:x1] = dark
    return picture


def save(picture: np.ndarray, path: Path, **options: Any) -> Path:
    """Write an RGB picture in the format that the file's suffix names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PILImage.fromarray(picture).save(path, **options)
    return path


def image(number: Any = 1, file_name: str = "a.png", width: Any = 100, height: Any = 80) -> dict[str, Any]:
    return {"id": number, "file_name": file_name, "width": width, "height": height}


def annotation(
    number: Any = 1, image_id: Any = 1, bbox: Any = (10, 20, 30, 40), **more: Any
) -> dict[str, Any]:
    return {"id": number, "image_id": image_id, "category_id": 1, "bbox": bbox, "iscrowd": 0, **more}


def coco(images: Any, annotations: Any = (), categories: Any = (CRACK,), **more: Any) -> dict[str, Any]:
    return {"images": images, "annotations": annotations, "categories": categories, **more}


def write(document: Any, path: Path, *, mark: bool = False) -> Path:
    """Write JSON, with a byte-order mark if asked: the lenient reader is needed then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8-sig" if mark else "utf-8")
    return path


def truth(boxes: Any, crowd: Any = None) -> Truth:
    """Return a Truth of one category with these boxes."""
    boxes = bx.as_boxes(boxes)
    crowd = np.zeros(len(boxes), bool) if crowd is None else np.array(crowd, bool)
    ones = np.ones(len(boxes), np.int64)
    return Truth(boxes, ones, bx.area(boxes), crowd, np.arange(1, len(boxes) + 1))


def proposed(proposer: Proposer, picture: np.ndarray) -> np.ndarray:
    """Return the boxes that a proposer gives for a picture of no data set: float32 (N, 4)."""
    return proposer.propose(picture).boxes


@st.composite
def some_boxes(draw: st.DrawFn, most: int = 12, side: int = 40, fewest: int = 0) -> np.ndarray:
    """Draw boxes with an inside, at whole pixels: float32 (N, 4)."""
    span = st.tuples(st.integers(0, side - 1), st.integers(1, side))
    spans = st.tuples(span, span).map(
        lambda xy: [xy[0][0], xy[1][0], xy[0][0] + xy[0][1], xy[1][0] + xy[1][1]]
    )
    return bx.as_boxes(draw(st.lists(spans, min_size=fewest, max_size=most)))


@st.composite
def some_pictures(draw: st.DrawFn, most: int = 60) -> np.ndarray:
    """Draw a flat, noisy, two-coloured or striped picture, often very wide or tall: uint8 (H, W, 3)."""
    side = st.integers(1, most) | st.sampled_from([1, 2, most])
    width, height = draw(side), draw(side)
    kind, seed = draw(st.sampled_from(["flat", "noise", "halves", "blob"])), draw(st.integers(0, 999))
    first, second = np.random.default_rng(seed).integers(0, 256, (2, 3), dtype=np.uint8)
    if kind == "noise":
        return noise(width, height, seed)
    picture = np.full((height, width, 3), first, np.uint8)
    if kind == "halves":
        picture[:, width // 2 :] = second
    if kind == "blob":
        picture[height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] = second
    return picture


def values_of(spec: Parameter) -> st.SearchStrategy:
    """Draw what a parameter allows."""
    if spec.type is bool:
        item = st.booleans()
    elif spec.path:
        # What a file here may be called: not outside this folder, where a link may lead nowhere.
        item = st.text(st.characters(codec="utf-8", exclude_characters="\0/~"), max_size=12)
    elif spec.type is str:
        item = st.sampled_from(spec.choices)
    elif spec.type is int:
        item = st.integers(spec.min, 10**9 if spec.max is None else spec.max)
    else:
        item = st.floats(spec.min, spec.max)
    if spec.length is None:
        return item
    return st.lists(item, min_size=spec.length[0], max_size=spec.length[1]).map(tuple)


def some_settings(settings_class: type, **fixed: st.SearchStrategy) -> st.SearchStrategy:
    """Draw objects of a settings class, every parameter anywhere in its range."""
    if settings_class is LabelRule:
        return some_rules()
    specs = own(settings_class) if fixed else parameters(settings_class)
    drawn = {spec.name: values_of(spec) for spec in specs}

    def made(**values: Any) -> Any:
        others = {name: values.pop(name) for name in fixed if name not in drawn}
        return replace(settings_class(**others), values)

    return st.builds(made, **{**drawn, **fixed})


@st.composite
def some_rules(draw: st.DrawFn) -> LabelRule:
    """Draw label rules: negatives begin before they end and before positives begin."""
    iou, below = draw(st.floats(0.05, 1)), draw(st.floats(0, 1, exclude_min=True))
    first = draw(st.floats(0, min(iou, below), exclude_max=True))
    return LabelRule(iou, draw(st.booleans()), first, below)


def outcome(call: Callable[[], Any]) -> tuple[Any, str]:
    """Return what a call returns, or None and the words of the mistake it names."""
    try:
        return call(), ""
    except BoxscopeError as error:
        return None, str(error)


def some_setups() -> st.SearchStrategy[Setup]:
    """Draw setups of every proposer."""
    proposers = st.one_of([some_settings(proposer) for proposer in PROPOSERS.values()])
    return some_settings(Setup, proposer=proposers, rule=some_settings(LabelRule))
