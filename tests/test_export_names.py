"""Names of crops: no two alike on any file system, none too long."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets import CocoDataset
from core.export.names import crop_stems
from tests.drawn import quick
from tests.exports import manifest
from tests.small import (
    config,
    contents,
    export,
    scene,
    write_coco,
)

COLLISIONS = {
    "sub-folders": ["north/a.jpg", "south/a.jpg"],
    "a folder's name and the same flat": ["wall/a.jpg", "wall_a.jpg"],
    "dots and the same without": ["a.b.jpg", "a_b.jpg"],
    "two kinds of picture": ["a.jpg", "a.png"],
    "one that looks as if it bore an id": ["a.jpg", "a.png", "a-7.jpg"],
    "case": ["Wall/A.jpg", "wall/a.JPG"],
    "one composed and one of two letters": ["caf\u00e9.jpg", "cafe\u0301.jpg"],
    "characters that Windows forbids": ["a:b.jpg", "a?b.jpg"],
}


@pytest.mark.parametrize("names", COLLISIONS.values(), ids=COLLISIONS)
def test_no_crop_is_written_over_another(tmp_path, names):
    """Pictures and truth are alike, so that only the stems can tell the crops apart."""
    annotations = write_coco(
        tmp_path / "data", [(name, scene(0)) for name in names], ids=range(7, 7 + len(names))
    )
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    rows = manifest(tmp_path / "out" / "train")
    assert len(rows) == done.crops == 10 * len(names)
    crops = contents(tmp_path / "out" / "train" / "crops")
    assert len({as_on_macos(name) for name in crops}) == len(crops) == len(rows)


def as_on_macos(name):
    """Return a name as a file system compares it that ignores case and how letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", str(name)).lower())


pieces = st.sampled_from(
    [
        "a",
        "A",
        "a-1",
        "A-1-2",
        "a-",
        "a.1",
        "a_1",
        "x/a",
        "X_a",
        "x\\a",
        "./a",
        "/a",
        "con",
        "CON_",
        "a:",
        "a ",
        "É",
        "é",
        "Σ",
        "ς",
    ]
)
listed = st.lists(
    st.tuples(pieces, st.sampled_from([".jpg", ".png"]), st.integers(0, 12)),
    unique_by=lambda item: item[2],
    max_size=6,
)


@quick
@given(listed)
def test_stems_differ_and_are_flat(images):
    stems = crop_stems(
        [name + suffix for name, suffix, _ in images], np.array([n for _, _, n in images], int)
    )
    assert len({as_on_macos(stem) for stem in stems}) == len(images)
    assert not set("".join(stems)) & set('./\\:*?"<>|')


def test_stems_differ_where_an_id_is_below_zero():
    stems = crop_stems(["a-.jpg", "a-.png", "a.jpg", "a.png"], np.array([2, 1, -2, 3]))
    assert len(set(stems)) == 4


def test_only_stems_that_collide_bear_an_id():
    assert crop_stems(["a.jpg", "a.png", "b.jpg"], np.array([3, 4, 5])) == ["a-3", "a-4", "b"]


def test_stems_are_plain_where_nothing_collides():
    assert crop_stems(["b\udcff.jpg", "\ud800" * 90 + "é.jpg"], np.array([1, 2]))[0] == "b_udcff"
    assert crop_stems(["a/b.c.jpg", "d.jpg"], np.array([3, 4])) == ["a_b_c", "d"]
    assert crop_stems(["Wand 1/Stra\u00dfe (2).JPG"], np.array([3])) == ["Wand 1_Stra\u00dfe (2)"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ('a:b*c?d"e<f>g|h.jpg', "a_b_c_d_e_f_g_h"),
        ("a\nb\x07.jpg", "a_b_"),
        ("wall .jpg", "wall_"),
        ("wall...jpg", "wall__"),
        ("nul.jpg", "nul_"),
        ("COM1.png", "COM1_"),
        ("Con .jpg", "Con_"),
        ("console.jpg", "console"),
        ("con/1.jpg", "con_1"),
    ],
)
def test_a_stem_is_a_name_on_windows(name, stem):
    assert crop_stems([name], np.array([1])) == [stem]
    assert not re.fullmatch(r"(?i)con|nul|com1", crop_stems([name, "b.jpg"], np.array([1, 2]))[0])


def test_a_deep_folder_does_not_make_a_name_too_long(tmp_path):
    """Folder and file have 140 letters each, which is fine; one name for both may have 255."""
    name = f"{'d' * 140}/{'f' * 140}.jpg"
    annotations = write_coco(tmp_path / "data", {name: scene(0), "b.jpg": scene(1)})
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert (done.images, done.crops) == (2, 20)
