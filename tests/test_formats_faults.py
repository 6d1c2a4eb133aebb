"""Files of every format changed at random: a data set or one clear line, and nothing gone in silence."""

import random
from pathlib import Path

import pytest

from core.datasets.coco import read_columns
from core.datasets.formats.conversion import convert_folder
from core.datasets.formats.recognising import find
from core.errors import BoxscopeError
from tests.foreign import labelme, picture, shape, voc, voc_object, yolo

PIECES = [b"", b"\0", b"\xff", b"1e999", b"nan", b"\n", b"<object>", *(bytes([c]) for c in b'<{}]- "9')]

ROUNDS = 60


def draw(format: str, folder: Path) -> list[Path]:
    """Write a data set with a picture of unknown content, and return its files but pictures."""
    if format == "voc":
        objects = [
            voc_object("crack", 5, 5, 60, 50),
            voc_object("hole", 1, 1, 9, 9, "<difficult>1</difficult>"),
        ]
        voc(folder, {"a": objects, "b": [], "c": objects})
        picture(folder / "JPEGImages/unknown.jpg")
    elif format == "yolo":
        yolo(
            folder, {"a": "0 .5 .5 .2 .2\n1 0 0 .2 0 .2 .3\n", "b": "", "c": "1 .3 .3 .2 .2", "unknown": None}
        )
    else:
        shapes = [shape("crack", [[9, 9], [30, 9], [9, 30]]), shape("hole", [[50, 40], [50, 50]], "circle")]
        for name in "abc":
            labelme(folder / name, shapes)
        picture(folder / "unknown.jpg")
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jpg")


def changed(text: bytes, dice: random.Random) -> bytes:
    """Return a text with some pieces put in, taken out or replaced."""
    for _ in range(dice.randint(1, 3)):
        start = dice.randint(0, len(text))
        end = min(len(text), start + dice.choice((0, 1, 1, 5, 40)))
        text = text[:start] + dice.choice(PIECES) + text[end:]
    return text


@pytest.mark.parametrize("format", ["voc", "yolo", "labelme"])
def test_changed_files_are_read_or_named(tmp_path, format):
    dice = random.Random(17)
    files = draw(format, tmp_path / "set")
    out = tmp_path / "coco.json"
    read = 0
    for _ in range(ROUNDS):
        path = dice.choice(files)
        before = path.read_bytes()
        path.write_bytes(changed(before, dice))
        try:
            made = convert_folder(find(tmp_path / "set", format), out, overwrite=True)
        except BoxscopeError as error:
            lines = str(error).splitlines()
        else:
            lines = [made.text()]
            read += 1
            lost = [note for note in made.notes if note.lost and note.of == "image"]
            assert made.found == made.images + len(lost) >= 4
            columns = read_columns(out)
            assert (len(columns.file_name), len(columns.bbox)) == (made.images, made.annotations)
            assert columns.remarks == []
        path.write_bytes(before)
        assert len(lines) == 1
    assert read > ROUNDS / 2
