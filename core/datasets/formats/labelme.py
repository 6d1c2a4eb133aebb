"""LabelMe: a JSON file a picture, beside it or in a folder of label files; dacl10k is of this kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from core.datasets.formats.base import ALL, Format, Picture, Reading, Recognition, Split
from core.datasets.formats.labelme_file import LabelMeFile, described, parse
from core.datasets.formats.labels import Label, Part, around, pair
from core.datasets.formats.pairing import Pictures, common_folder, split_name, stem
from core.datasets.formats.sizes import headers, size_of
from core.datasets.formats.tree import Tree, is_picture
from core.datasets.locating.contents import is_coco
from core.datasets.problems import Problem
from core.datasets.spread import spread
from core.errors import BoxscopeError
from core.files import os_reason, read_regular
from core.wording import count

# JSON files that are opened to recognise the format.
_LOOKED_AT = 20


@dataclass(frozen=True)
class LabelMe(Format):
    """JSON files with rectangles, polygons and circles in pixels."""

    name: ClassVar[str] = "labelme"
    title: ClassVar[str] = "LabelMe"

    def recognise(self, tree: Tree) -> Recognition | None:
        """Return what was found, None where most JSON files that were looked at have no shapes."""
        paths = _paths(tree)
        looked = [_content(tree, path) for path in spread(paths, _LOOKED_AT)]
        good = [content for content in looked if isinstance(content, LabelMeFile)]
        pictures = _pictures(tree, paths)
        if 2 * len(good) < len(looked) or not good or not pictures:
            return None
        folders = sorted({path.rpartition("/")[0] for path in paths})
        where = f"{folders[0] or '.'}/" if len(folders) == 1 else f"{len(folders)} folders"
        found = f"{count(len(paths), 'JSON file')} in {where}, {count(len(pictures), 'picture')}"
        places: dict[str, str] = {}
        for folder in folders:
            places.setdefault(split_name(folder) or ALL, folder)
        sure = len(good) == len(looked) and any(content.shapes for content in good)
        splits = tuple(Split(name, place) for name, place in sorted(places.items()))
        return Recognition(self.name, self.title, sure, found, splits)

    def read(self, tree: Tree, split: str) -> Reading:
        """Return the content; the categories are those of all splits."""
        paths = _paths(tree)
        pictures = _pictures(tree, paths)
        by_stem = Pictures(pictures)
        labels = [label for path in paths if not _is_coco(tree, label := _label(tree, path, by_stem))]
        files = [label.content for label in labels if isinstance(label.content, LabelMeFile)]
        names = {shape.label for content in files for shape in content.shapes if not shape.fault}
        if split != ALL:
            labels = [one for one in labels if (split_name(one.path.rpartition("/")[0]) or ALL) == split]
            if not labels:
                raise BoxscopeError(f"no split {split!r}", tree.root)
            pictures = around(pictures, labels)
        part = pair(labels, pictures, "JSON file")
        reading = Reading(common_folder(part.labels), tuple(sorted(names)), (), part.notes, part.found)
        reading.pictures = _read(tree, part, reading)
        return reading


def _read(tree: Tree, part: Part[LabelMeFile], reading: Reading) -> Iterator[Picture]:
    below = len(reading.images_dir) + 1 if reading.images_dir else 0
    for (path, label), header in zip(part.labels.items(), headers(tree.root, part.labels), strict=True):
        if isinstance(label.content, str):
            continue
        name, content = path[below:], label.content
        size, odd = size_of(name, content.size, header)
        reading.notes += [*_notes(name, path, label.path, content), *odd]
        lost = sum(bool(shape.fault) for shape in content.shapes)
        doubts = [part.doubts[path]] if path in part.doubts else []
        if lost:
            doubts.append(f"{count(lost, 'shape')} of its label file cannot be used")
        yield Picture(name, *size, tuple(content.objects()), "; ".join(doubts))


def _notes(item: str, path: str, label: str, content: LabelMeFile) -> Iterator[Problem]:
    for n, shape in enumerate(content.shapes, start=1):
        if shape.fault:
            text = f"{described(n, shape)} {shape.fault}, left out"
            yield Problem("broken-shape", item, text, True, "object")
        elif shape.note:
            yield Problem("odd-shape", item, f"{described(n, shape)}: {shape.note}", False, "object")
    if content.joined:
        text = f"{count(content.joined, 'shape')} of a group joined with others of its label to one object"
        yield Problem("group", item, text, False)
    named = _last(content.filename)
    if named != _last(path):
        text = f"{label} names {content.filename or 'no picture'}, which is not beside it"
        yield Problem("other-filename", item, text, False)


def _paths(tree: Tree) -> list[str]:
    return sorted(f"{below}/{n}" if below else n for below, names in tree.with_suffix(".json") for n in names)


def _pictures(tree: Tree, paths: list[str]) -> list[str]:
    """Return the pictures of the tree, and those that lie with JSON files whatever their folder is named."""
    folders = {path.rpartition("/")[0] for path in paths}
    beside = (f"{f}/{name}" if f else name for f in folders for name in tree.files[f] if is_picture(name))
    return sorted({*tree.pictures, *beside})


def _label(tree: Tree, path: str, by_stem: Pictures) -> Label[LabelMeFile]:
    """Return a label file with its picture: the one of its own name, else the one that it names."""
    content = _content(tree, path)
    if isinstance(content, str):
        return Label(path, content, by_stem.of(path))
    named = _last(content.filename)
    found = by_stem.of(path, named)
    if not found and named:
        below = path.rpartition("/")[0]
        own = f"{below}/{stem(named)}" if below else stem(named)
        found = [picture for picture in by_stem.of(own, named) if _last(picture) == named]
    return Label(path, content, found)


def _is_coco(tree: Tree, label: Label[LabelMeFile]) -> bool:
    """Return whether a file is a COCO file, such as one that was converted from the others."""
    return isinstance(label.content, str) and is_coco(tree.root / label.path)


def _content(tree: Tree, path: str) -> LabelMeFile | str:
    """Return the content of a label file, or why it cannot be read."""
    try:
        return parse(read_regular(tree.root / path))
    except OSError as error:
        return f"cannot be read ({os_reason(error)})"
    except ValueError as error:
        return str(error)


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
