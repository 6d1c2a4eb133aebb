"""Masks become objects: drawn masks whose objects are known by hand, every setting and every kind of mask."""

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from core.datasets.mask_folders.classes import MaskClass, packed, parse_classes
from core.datasets.mask_folders.meaning import decide, layers
from core.datasets.mask_folders.objects import find_objects
from core.datasets.mask_folders.outlines import segmentations
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.reading import read_pair
from core.datasets.mask_folders.settings import MaskSettings
from core.errors import BoxscopeError
from core.images.stored import read_stored

PLAIN = MaskSettings(closing=0)


def drawn(*rows: str) -> np.ndarray:
    """Return a mask of lines of text, 1 where there is a ``#``."""
    return np.array([[sign == "#" for sign in row] for row in rows], np.uint8)


def boxes(mask, settings=PLAIN):
    return find_objects(mask, settings).boxes.tolist()


def test_each_piece_is_an_object_with_a_half_open_box():
    mask = drawn("##....", "##...#", "......")
    found = find_objects(mask, PLAIN)
    assert found.boxes.tolist() == [[0, 0, 2, 2], [5, 1, 6, 2]]
    assert found.areas.tolist() == [4, 1]


@pytest.mark.parametrize(("connectivity", "count"), [("8", 1), ("4", 2)])
def test_pixels_that_touch_by_a_corner_are_one_piece_of_8(connectivity, count):
    assert len(boxes(drawn("#.", ".#"), MaskSettings(closing=0, connectivity=connectivity))) == count


@pytest.mark.parametrize(("closing", "count"), [(0, 2), (2, 2), (3, 1), (4, 1), (5, 1)])
def test_closing_joins_pieces_with_a_gap_narrower_than_its_kernel_and_adds_no_pixel(closing, count):
    mask = drawn("...........", "..##..##...", "...........")
    found = find_objects(mask, MaskSettings(closing=closing))
    assert len(found.boxes) == count
    assert found.areas.sum() == 4
    assert (found.mask == mask).all()


@pytest.mark.parametrize("side", range(1, 12))
def test_closing_never_takes_a_pixel_and_is_not_shifted(side):
    mask = np.zeros((40, 40), np.uint8)
    mask[20, 20] = mask[0, 0] = mask[39, 39] = 1
    found = find_objects(mask, MaskSettings(closing=side))
    assert (found.closed == mask).all()
    assert found.boxes.tolist() == [[0, 0, 1, 1], [20, 20, 21, 21], [39, 39, 40, 40]]


@pytest.mark.parametrize("by", ["pixels", "boxes"])
@pytest.mark.parametrize(("distance", "count"), [(0, 2), (2, 2), (3, 1), (4, 1)])
def test_pieces_with_so_many_pixels_between_them_are_joined(by, distance, count):
    mask = np.zeros((9, 9), np.uint8)
    mask[1, 1] = mask[5, 5] = 1  # three pixels between, across and down
    assert len(boxes(mask, MaskSettings(closing=0, join=distance, join_by=by))) == count


def test_boxes_are_joined_where_the_pixels_are_far_and_then_again_around_what_was_joined():
    mask = np.zeros((20, 20), np.uint8)
    mask[0, 0:10] = mask[0:10, 0] = 1  # an L, whose box holds the pixel far from both of its sides
    mask[8, 8] = 1
    mask[12, 12] = 1  # three pixels from the box of the L
    assert len(boxes(mask, MaskSettings(closing=0, join=2, join_by="pixels"))) == 3
    assert boxes(mask, MaskSettings(closing=0, join=2, join_by="boxes")) == [[0, 0, 13, 13]]
    assert len(boxes(mask, MaskSettings(closing=0, join=1, join_by="boxes"))) == 2


def test_objects_smaller_than_the_smallest_area_are_left_out_and_counted_after_joining():
    mask = drawn("##..#.....", "##........", "..........", "........##")
    found = find_objects(mask, MaskSettings(closing=0, min_area=3))
    assert (found.boxes.tolist(), found.small) == ([[0, 0, 2, 2]], 2)
    joined = find_objects(mask, MaskSettings(closing=0, join=2, min_area=3))
    assert (joined.areas.tolist(), joined.small) == ([5], 1)


def random_masks():
    rng = np.random.default_rng(3)
    for number in range(60):
        height, width = rng.integers(1, 40, 2).tolist()
        mask = (rng.random((height, width)) < rng.choice([0.05, 0.4, 0.7, 1.0])).astype(np.uint8)
        settings = MaskSettings(
            closing=int(rng.integers(0, 6)),
            connectivity=str(rng.choice(["4", "8"])),
            join=int(rng.choice([0, 0, 2])),
            join_by=str(rng.choice(["pixels", "boxes"])),
            outlines="rle" if number % 4 == 0 else "polygons",
        )
        yield mask, settings
    ring = np.ones((7, 9), np.uint8)
    ring[2:4, 3:5] = 0
    yield ring, MaskSettings(closing=0)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_pycocotools_fills_exactly_the_pixels_of_each_object():
    kinds = set()
    for mask, settings in random_masks():
        found, filled = find_objects(mask, settings), np.zeros_like(mask)
        for row, one in enumerate(segmentations(found, settings.outlines == "polygons")):
            kinds.add(type(one))
            runs = coco_mask.merge(coco_mask.frPyObjects(one, *mask.shape)) if isinstance(one, list) else one
            pixels = coco_mask.decode(runs)
            assert (pixels == mask * (found.labels == found.numbers[row])).all()
            x0, y0, x1, y1 = found.boxes[row]
            assert coco_mask.toBbox(runs).tolist() == [x0, y0, x1 - x0, y1 - y0]
            assert coco_mask.area(runs) == found.areas[row]
            filled += pixels
        assert (filled == mask).all()
    assert kinds == {list, dict}


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_an_object_with_a_hole_gets_run_lengths_and_others_polygons():
    solid, ring = np.ones((3, 3), np.uint8), np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    assert segmentations(find_objects(solid, PLAIN), True) == [[[0, 0, 3, 0, 3, 3, 0, 3]]]
    (runs,) = segmentations(find_objects(ring, PLAIN), True)
    assert runs["size"] == [3, 3]
    assert coco_mask.decode(runs).tolist() == ring.tolist()


def saved(path, values, mode=None, **options):
    Image.fromarray(values, mode).save(path, **options)
    return read_stored(path)


def meant(stored, **settings):
    """Return the layers of a mask by name, decided by itself."""
    return {one.name: one.mask for one in layers(stored, decide(MaskSettings(**settings), [stored]))}


BLOB = np.zeros((16, 24), np.uint8)
BLOB[4:8, 8:16] = 1


@pytest.mark.parametrize("highest", [1, 100, 255])
def test_a_grey_mask_is_cut_at_half_of_its_highest_level(tmp_path, highest):
    assert (meant(saved(tmp_path / "m.png", BLOB * np.uint8(highest)))["object"] == BLOB).all()


def test_masks_of_1_bit_16_bits_and_jpeg_are_read(tmp_path):
    Image.fromarray(BLOB * np.uint8(255)).convert("1").save(tmp_path / "1.png")
    assert (meant(read_stored(tmp_path / "1.png"))["object"] == BLOB).all()
    cv2.imwrite(str(tmp_path / "16.png"), BLOB.astype(np.uint16) * 40_000)
    assert (meant(read_stored(tmp_path / "16.png"))["object"] == BLOB).all()
    stored = saved(tmp_path / "m.jpg", BLOB * np.uint8(255), quality=60)
    assert len(np.unique(stored.values)) > 2
    assert (meant(stored)["object"] == BLOB).all()


@pytest.mark.parametrize(
    ("threshold", "expected"), [(100, [[0, 1, 1]]), (101, [[0, 0, 1]]), (200, [[0, 0, 1]]), (0, [[0, 1, 1]])]
)
def test_the_threshold_belongs_to_the_foreground(tmp_path, threshold, expected):
    stored = saved(tmp_path / "m.png", np.array([[0, 100, 200]], np.uint8))
    assert meant(stored, threshold=threshold, inverted="no")["object"].tolist() == expected


def test_an_inverted_mask_is_turned_and_it_is_said(tmp_path):
    stored = saved(tmp_path / "m.png", (1 - BLOB) * np.uint8(255))
    decided = decide(MaskSettings(), [stored])
    assert decided.inverted
    assert any("inverted" in note for note in decided.notes)
    assert (meant(stored)["object"] == BLOB).all()
    assert (meant(stored, inverted="no")["object"] == 1 - BLOB).all()
    assert (meant(saved(tmp_path / "n.png", BLOB), inverted="yes")["object"] == 1 - BLOB).all()


def test_values_are_classes_by_themselves_or_by_name(tmp_path):
    stored = saved(tmp_path / "m.png", np.array([[0, 1, 2, 2, 255]], np.uint8))
    assert list(meant(stored)) == ["1", "2"]  # 255 marks what is not labelled
    named = meant(stored, classes="crack=1,stain=2,void=255")
    assert {name: mask.tolist() for name, mask in named.items()} == {
        "crack": [[0, 1, 0, 0, 0]],
        "stain": [[0, 0, 1, 1, 0]],
    }
    with pytest.raises(BoxscopeError, match="has 2 pixels of 2, which none of"):
        meant(stored, classes="crack=1,void=255")


def test_palette_indices_are_classes(tmp_path):
    picture = Image.fromarray(np.array([[0, 1, 2, 2]], np.uint8), "P")
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    picture.save(tmp_path / "m.png")
    stored = read_stored(tmp_path / "m.png")
    assert list(meant(stored)) == ["1", "2"]
    assert list(meant(stored, classes="crack=1,stain=2")) == ["crack", "stain"]
    assert meant(stored, kind="colours")["#800000"].tolist() == [[0, 1, 0, 0]]


def test_colours_are_classes_and_jpeg_colours_the_nearest(tmp_path):
    values = np.zeros((32, 32, 3), np.uint8)
    values[:16, :16], values[16:, 16:] = (255, 0, 0), (0, 255, 0)
    assert list(meant(saved(tmp_path / "m.png", values))) == ["#00ff00", "#ff0000"]
    stored = saved(tmp_path / "m.jpg", values, quality=95, subsampling=0)
    found = meant(stored, classes="crack=#ff0000,stain=0/255/0")
    assert found["crack"][2:14, 2:14].all()
    assert found["crack"].sum() == pytest.approx(256, abs=24)
    with pytest.raises(BoxscopeError, match="256 pixels of #00ff00, which none of"):
        meant(saved(tmp_path / "n.png", values), classes="crack=#ff0000")


def test_the_alpha_channel_can_be_the_mask(tmp_path):
    values = np.full((16, 24, 4), 77, np.uint8)
    values[..., 3] = BLOB * 255
    assert (meant(saved(tmp_path / "m.png", values))["object"] == BLOB).all()
    with pytest.raises(BoxscopeError, match="without an alpha channel"):
        meant(saved(tmp_path / "n.png", BLOB), kind="alpha")


@pytest.mark.parametrize(
    ("lines", "colours", "expected"),
    [
        ("crack=1\nstain = 2\n", False, [("crack", 1), ("stain", 2)]),
        (
            "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncrack:255,0,0::\n",
            True,
            [("crack", 0xFF0000)],
        ),
        ("name,r,g,b\nrust stain,0,128,255\n", True, [("rust stain", 0x0080FF)]),
    ],
)
def test_classes_are_read_from_a_file(tmp_path, lines, colours, expected):
    path = tmp_path / "classes.txt"
    path.write_text(lines)
    found = [one for one in parse_classes(str(path), colours) if not one.is_background]
    assert found == [MaskClass(*one) for one in expected]
    assert packed(255, 0, 0) == 0xFF0000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crack=1,crack=2", "the name crack is given twice"),
        ("crack=1,stain=1", "the value 1 is given twice"),
        ("crack=#ff0000", "expected one value"),
        ("crack=much", "expected NAME=VALUE"),
        ("crack=#abc", "expected NAME=VALUE"),
        ("no_such_file.txt", "no readable file"),
    ],
)
def test_classes_that_are_not_certain_are_refused(text, message):
    with pytest.raises(BoxscopeError, match=message):
        parse_classes(text, False)


def test_a_mask_of_another_size_is_refused_or_scaled_when_asked(tmp_path):
    Image.fromarray(np.zeros((32, 48, 3), np.uint8)).save(tmp_path / "a.png")
    stored = saved(tmp_path / "m.png", BLOB * np.uint8(255))
    meaning, pair = decide(PLAIN, [stored]), Pair("a.png", "m.png")
    with pytest.raises(BoxscopeError, match=r"mask m.png is 24x16, the picture 48x32: resize=true"):
        read_pair(tmp_path, pair, PLAIN, meaning)
    found = read_pair(tmp_path, pair, MaskSettings(closing=0, resize=True), meaning)
    assert (found.size, found.scaled) == ((48, 32), (24, 16))
    assert found.layers[0][1].boxes.tolist() == [[16, 8, 32, 16]]
    saved(tmp_path / "m.png", BLOB[:, :16])
    with pytest.raises(BoxscopeError, match="of another shape"):
        read_pair(tmp_path, pair, MaskSettings(resize=True), meaning)
