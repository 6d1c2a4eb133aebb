"""Pictures told apart by their colour, in data sets of any ids, for tests in a browser."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.datasets import CocoDataset
from tests.browser import streamlit_server
from tests.small import GRID, ROOT, SMALL, config, export, write_coco

# The one of red, green, blue that is the brightest tells a picture; its number of objects does too.
HUES = ("red", "green", "blue")
COUNTS = {"red": 1, "green": 2, "blue": 3}

# The mean colour of an image or a canvas; any other element holds one.
_HUE = """element => {
  const source = element.matches("img, canvas") ? element : element.querySelector("img, canvas");
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  context.drawImage(source, 0, 0, 1, 1);
  const levels = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  return levels.indexOf(Math.max(...levels));
}"""


def hue_of(locator) -> str:
    """Return the colour that an element shows."""
    return HUES[locator.evaluate(_HUE)]


def write_hues(folder: Path, ids, width: int = 96, height: int = 72) -> Path:
    """Write a picture of each colour under ids as they shall stand in the file; returns the file."""
    pictures = {}
    for number, name in enumerate(HUES):
        picture = np.full((height, width, 3), 90, np.uint8)
        picture[..., number] = 220
        boxes = [[8 + 30 * n, 8, 20, height - 16] for n in range(COUNTS[name])]
        for x, y, w, h in boxes:
            picture[y : y + h, x : x + w] //= 2
        pictures[f"{name}.png"] = (picture, boxes)
    path = write_coco(folder, pictures)
    document = json.loads(path.read_text())
    for image in document["images"]:
        image["id"] = ids[image["id"] - 1]
    for annotation in document["annotations"]:
        annotation["image_id"] = ids[annotation["image_id"] - 1]
    path.write_text(json.dumps(document))
    return path


def write_export(annotations: Path, out: Path) -> Path:
    """Export the crops of a set; returns OUT/SPLIT."""
    export(config(CocoDataset.open(annotations), GRID, SMALL), out)
    return out / "train"


@contextmanager
def app(home: Path, path: str = ""):
    """Run the app in a folder, below a path, and give its base URL."""
    env = {"BOXSCOPE_ROOTS": str(home), "BOXSCOPE_CACHE": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    env |= {"BOXSCOPE_STATE": str(home / "state")}
    with streamlit_server(ROOT / "app.py", cwd=home, env=env, path=path) as base:
        yield base
