"""Tiny data sets in other formats than COCO, drawn as they are asked for, and short ways to convert them."""

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from core.datasets.formats.conversion import convert_folder
from core.datasets.formats.recognising import find

WIDTH, HEIGHT = 96, 72


@cache
def _bytes(width: int, height: int, suffix: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (120, 110, 100)).save(file, {"jpg": "JPEG"}.get(suffix, suffix.upper()))
    return file.getvalue()


def picture(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(width, height, path.suffix[1:]))


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def voc_object(name: str, x0: float, y0: float, x1: float, y1: float, more: str = "") -> str:
    corners = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
    return f"<object><name>{name}</name>{more}<bndbox>{corners}</bndbox></object>"


def voc_text(filename: str, objects: list[str], size: tuple[int, int] | None = (WIDTH, HEIGHT)) -> str:
    sides = "<size><width>{}</width><height>{}</height><depth>3</depth></size>".format(*size) if size else ""
    return f"<annotation><filename>{filename}</filename>{sides}{''.join(objects)}</annotation>"


def voc(
    folder: Path,
    files: dict[str, list[str] | str],
    labels: str = "Annotations",
    images: str = "JPEGImages",
) -> Path:
    """Write a data set and return its folder: each file has a text, or objects."""
    for name, content in files.items():
        picture(folder / images / f"{name}.jpg")
        text = content if isinstance(content, str) else voc_text(f"{name}.jpg", content)
        written(folder / labels / f"{name}.xml", text)
    return folder


def converted(path: Path, format: str = "", split: str = "", settings: dict[str, str] | None = None) -> dict:
    """Return the COCO file that a folder is converted to."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "coco.json")
        convert_folder(find(path, format, split, settings), out)
        return json.loads(out.read_text())


def yolo(folder: Path, files: dict[str, str | None], yaml: str = "names: [crack, hole]\n") -> Path:
    """Write a data set of one folder of pictures: each has the text of its label file, None for none."""
    for name, text in files.items():
        picture(folder / f"images/{name}.jpg")
        if text is not None:
            written(folder / f"labels/{name}.txt", text)
    if yaml:
        written(folder / "data.yaml", yaml)
    return folder


def shape(label: str, points: list[list[float]], kind: str = "polygon", **more: object) -> dict:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}


def labelme(path: Path, shapes: list[dict] | str, **more: object) -> Path:
    """Write a picture and its JSON file beside it, and return the path of the latter."""
    picture(path.with_suffix(".jpg"))
    content = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": f"{path.stem}.jpg"}
    content |= {"imageData": None, "imageHeight": HEIGHT, "imageWidth": WIDTH, **more}
    return written(path.with_suffix(".json"), shapes if isinstance(shapes, str) else json.dumps(content))
