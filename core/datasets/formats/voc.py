"""Pascal VOC: an XML file a picture, in ``Annotations/`` beside ``JPEGImages/`` or in other folders."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from core.datasets.formats.base import Format, Picture, Reading, Recognition
from core.datasets.formats.labels import Label, Part
from core.datasets.formats.pairing import Pictures, common_folder, stem
from core.datasets.formats.sizes import headers, size_of
from core.datasets.formats.tree import Tree, is_picture
from core.datasets.formats.voc_objects import objects_of
from core.datasets.formats.voc_splits import LabelFolder, label_folders, part_of, splits
from core.datasets.formats.voc_xml import NotVoc, VocFile, parse
from core.datasets.problems import Problem
from core.datasets.spread import spread
from core.files import os_reason, read_regular
from core.parameters import parameter
from core.wording import count

# XML files that are opened to recognise the format.
_LOOKED_AT = 20


@dataclass(frozen=True)
class PascalVoc(Format):
    """XML files with corners that count from 1 and include the last pixel."""

    name: ClassVar[str] = "voc"
    title: ClassVar[str] = "Pascal VOC"

    first_pixel: int = parameter(
        1,
        label="First pixel",
        help="What xmin is of a box at the left border: 1 in Pascal VOC, where xmax is the last pixel of the "
        "box; 0 where the corners count from 0.",
        min=0,
        max=1,
    )

    def recognise(self, tree: Tree) -> Recognition | None:
        """Return what was found, None where no XML file that was looked at is an annotation."""
        folders = label_folders(tree)
        paths = [path for folder in folders for path in folder.paths]
        looked = [_content(tree, path) for path in spread(paths, _LOOKED_AT)]
        good = [content for content in looked if isinstance(content, VocFile)]
        pictures = _pictures(tree, folders)
        if not good or not pictures:
            return None
        where = f"{folders[0].path or '.'}/" if len(folders) == 1 else f"{len(folders)} folders"
        found = f"{count(len(paths), 'XML file')} in {where}, {count(len(pictures), 'picture')}"
        if others := len(looked) - len(good):
            found += f", {others} of {len(looked)} XML files looked at are of another kind"
        sure = 2 * len(good) > len(looked) and any(content.objects for content in good)
        return Recognition(self.name, self.title, sure, found, splits(tree, folders))

    def read(self, tree: Tree, split: str) -> Reading:
        """Return the content; the categories are those of all splits."""
        folders = label_folders(tree)
        pictures = _pictures(tree, folders)
        by_stem = Pictures(pictures)
        labels = [_label(tree, path, by_stem) for folder in folders for path in folder.paths]
        part = part_of(tree, folders, labels, pictures, split)
        files = [label.content for label in labels if isinstance(label.content, VocFile)]
        named = {one.name for file in files for one in file.objects if not (one.fault or one.is_background)}
        reading = Reading(common_folder(part.labels), tuple(sorted(named)), (), part.notes, part.found)
        reading.pictures = self._pictures(tree, part, reading)
        return reading

    def _pictures(self, tree: Tree, part: Part[VocFile], reading: Reading) -> Iterator[Picture]:
        below = len(reading.images_dir) + 1 if reading.images_dir else 0
        boxes = at_zero = 0
        for (path, label), header in zip(part.labels.items(), headers(tree.root, part.labels), strict=True):
            if isinstance(label.content, str):
                continue
            name = path[below:]
            size, odd = size_of(name, label.content.size, header)
            made = objects_of(name, label.content, self.first_pixel)
            reading.notes += [*_remarks(name, label.path, label.content, path), *odd, *made.notes]
            boxes, at_zero = boxes + len(made.objects), at_zero + made.at_zero
            doubts = [part.doubts[path]] if path in part.doubts else []
            if made.lost:
                doubts.append(f"{count(made.lost, 'object')} of its label file cannot be used")
            yield Picture(name, *size, made.objects, "; ".join(doubts))
        if self.first_pixel and at_zero:
            text = (
                f"{at_zero:,} of {count(boxes, 'box')} begin at 0, where Pascal VOC counts from 1: "
                "they begin at the border. If all corners count from 0, first_pixel=0 says so"
            )
            reading.notes.append(Problem("corners-from-0", tree.root.name, text, False, "file"))


def _pictures(tree: Tree, folders: list[LabelFolder]) -> list[str]:
    """Return the pictures of the tree, and those that lie with XML files whatever their folder is named."""
    beside = (name for f in folders for name in f.beside(tree) if is_picture(name))
    return sorted({*tree.pictures, *beside})


def _label(tree: Tree, path: str, pictures: Pictures) -> Label[VocFile]:
    content = _content(tree, path)
    named = content.filename if isinstance(content, VocFile) else ""
    return Label(path, content, pictures.of(path, named))


def _content(tree: Tree, path: str) -> VocFile | str:
    """Return the content of a label file, or why it cannot be read."""
    try:
        return parse(read_regular(tree.root / path))
    except OSError as error:
        return f"cannot be read ({os_reason(error)})"
    except NotVoc as error:
        return str(error)


def _remarks(item: str, label: str, content: VocFile, path: str) -> Iterator[Problem]:
    named = content.filename.replace("\\", "/").rpartition("/")[2]
    if named not in (path.rpartition("/")[2], stem(path)):
        text = f"{label} names {content.filename or 'no file'}: the name of the XML file decides"
        yield Problem("other-filename", item, text, False)
    if content.remark:
        yield Problem("encoding", item, f"{label}: {content.remark}", False)
