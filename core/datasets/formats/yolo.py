"""YOLO: a text file a picture, in ``labels/`` where the pictures are in ``images/``, and ``data.yaml``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from core.datasets.formats.base import ALL, Format, Object, Picture, Reading, Recognition
from core.datasets.formats.labels import Label, Part, left_out, pair
from core.datasets.formats.pairing import common_folder
from core.datasets.formats.sizes import headers, size_of
from core.datasets.formats.tree import Tree
from core.datasets.formats.yolo_lines import Row, parse
from core.datasets.formats.yolo_names import Names, read_names
from core.datasets.formats.yolo_splits import Texts, parts, splits
from core.datasets.problems import Problem
from core.datasets.spread import spread
from core.errors import BoxscopeError
from core.files import os_reason, read_regular
from core.wording import count

# Label files that are opened to recognise the format.
_LOOKED_AT = 20
_YAML = "data.yaml"

Rows = list[Row]


@dataclass(frozen=True)
class Yolo(Format):
    """Text files with shares of the picture's sides: boxes and polygons."""

    name: ClassVar[str] = "yolo"
    title: ClassVar[str] = "YOLO"

    def recognise(self, tree: Tree) -> Recognition | None:
        """Return what was found, None where no label file that was looked at holds classes and shares."""
        if not any(True for _ in tree.with_suffix(".txt")):
            return None
        texts = _texts(tree)
        labelled = [path for picture in tree.pictures if (path := texts.of(picture))]
        if not labelled or (_YAML not in tree.files[""] and (tree.root.parent / _YAML).is_file()):
            return None  # the folder above is that of the data set
        names = read_names(tree)
        looked = [_content(tree, path, names.keypoints) for path in spread(labelled, _LOOKED_AT)]
        rows = [row for content in looked if not isinstance(content, str) for row in content]
        good = sum(not row.fault for row in rows)
        if 2 * good < len(rows) or not (rows or names.path):
            return None
        found = f"{count(len(labelled), 'label file')} of {count(len(tree.pictures), 'picture')}"
        found += f", {count(len(names.names), 'name')} in {names.path}" if names.path else ", no names"
        return Recognition(self.name, self.title, bool(names.path), found, splits(parts(tree, names)))

    def read(self, tree: Tree, split: str) -> Reading:
        """Return the content; classes beyond the names bear their number."""
        names = read_names(tree)
        found = parts(tree, names)
        if split not in found and split != ALL:
            raise BoxscopeError(f"no split {split!r}, expected one of {', '.join(found)}", tree.root)
        chosen = list(found.values()) if split == ALL else [found[split]]
        pictures = sorted({picture for part in chosen for picture in part.pictures})
        missing = [note for part in chosen for note in part.notes]
        texts = _texts(tree)
        labels = [
            _label(tree, texts.of(picture), picture, names) for picture in pictures if texts.of(picture)
        ]
        labels += _orphans(tree, labels, tree.pictures, texts)
        part = pair(labels, pictures, "label file")
        lost = [note for note in missing if note.lost]
        reading = Reading(common_folder(part.labels), _categories(names, labels), ())
        reading.notes = [*names.notes, *missing, *part.notes]
        reading.found = part.found + len(lost)
        reading.pictures = self._pictures(tree, part, names, reading)
        return reading

    def _pictures(self, tree: Tree, part: Part[Rows], names: Names, reading: Reading) -> Iterator[Picture]:
        below = len(reading.images_dir) + 1 if reading.images_dir else 0
        for (path, label), header in zip(part.labels.items(), headers(tree.root, part.labels), strict=True):
            name = path[below:]
            if isinstance(header, str):
                text = f"{header}: its size is not known, of which YOLO's numbers are shares"
                reading.notes.append(left_out("no-size", name, text))
                continue
            width, height = size_of(name, header.size(None), header).size
            objects: list[Object] = []
            lost = 0
            for row in label.content if not isinstance(label.content, str) else ():
                reading.notes += _notes(name, label.path, row, names)
                lost += bool(row.fault)
                if row.shares:
                    objects.append(row.object(_category(names, row.number), width, height))
            doubt = f"{count(lost, 'line')} of {label.path} cannot be read" if lost else ""
            yield Picture(name, width, height, tuple(objects), doubt)


def _texts(tree: Tree) -> Texts:
    return Texts({below: set(names) for below, names in tree.files.items()})


def _content(tree: Tree, path: str, keypoints: int) -> Rows | str:
    """Return the lines of a label file, or why it cannot be read."""
    try:
        return parse(read_regular(tree.root / path), keypoints)
    except OSError as error:
        return f"cannot be read ({os_reason(error)})"
    except ValueError as error:
        return str(error)


def _label(tree: Tree, path: str, picture: str, names: Names) -> Label[Rows]:
    return Label(path, _content(tree, path, names.keypoints), [picture])


def _orphans(
    tree: Tree, labels: list[Label[Rows]], pictures: list[str], texts: Texts
) -> Iterator[Label[Rows]]:
    """Yield the label files without a picture, in the folders of those that have one."""
    folders = {label.path.rpartition("/")[0] for label in labels}
    known = {texts.of(picture) for picture in pictures}
    for below in sorted(folders):
        for name in tree.files[below]:
            path = f"{below}/{name}" if below else name
            if name.lower().endswith(".txt") and path not in known:
                content = _content(tree, path, 0)
                if not isinstance(content, str) and all(not row.fault for row in content):
                    yield Label(path, content, [])


def _category(names: Names, number: int) -> str:
    return names.names.get(number) or (f"class {number}" if names.names else str(number))


def _categories(names: Names, labels: list[Label[Rows]]) -> tuple[str, ...]:
    rows = (row for label in labels if not isinstance(label.content, str) for row in label.content)
    used = {row.number for row in rows if row.shares}
    numbers = sorted(names.names.keys() | used) if names.names else range(max(used, default=-1) + 1)
    return tuple(dict.fromkeys(_category(names, number) for number in numbers))


def _notes(item: str, path: str, row: Row, names: Names) -> Iterator[Problem]:
    where = f"line {row.line} of {path}"
    if row.fault:
        yield Problem("broken-line", item, f"{where} {row.fault}, left out", True, "object")
    if row.note:
        yield Problem("odd-line", item, f"{where} {row.note}", False, "object")
    if row.shares and names.names and row.number not in names.names:
        text = f"{where} is of class {row.number}, beyond the {len(names.names)} names: it bears its number"
        yield Problem("unnamed-class", item, text, False, "object")
