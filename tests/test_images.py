"""Pictures: whatever the file, RGB with the right pixels the right way up, or an error that names it."""

import io
import json
import struct

import cv2
import numpy as np
import pytest
from PIL import ExifTags, ImageFile, ImageOps
from PIL import Image as PILImage

from core import images
from core.errors import BoxscopeError
from tests.drawn import noise, outcome, save
from tests.real import DATA, needs_real_data

ORIENTATION = ExifTags.Base.Orientation
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(scope="module")
def resize():
    from torchvision.transforms import v2

    return v2.Resize((224, 224))


def corners(width: int = 40, height: int = 24) -> np.ndarray:
    """Return a picture whose quarters are red, green, blue and white, from the top left by rows."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = RED, GREEN
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = BLUE, WHITE
    return picture


def turned(path, orientation, picture=None):
    """Write a picture with an EXIF orientation; without loss where the format can."""
    exif = PILImage.Exif()
    exif[ORIENTATION] = orientation
    return save(corners() if picture is None else picture, path, exif=exif)


def viewed(path) -> np.ndarray:
    """Read as a viewer shows it: Pillow's own reading of the orientation."""
    with PILImage.open(path) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


def with_alpha():
    picture = PILImage.fromarray(corners()).convert("RGBA")
    picture.putalpha(100)
    return picture


def palette(**options):
    picture = PILImage.new("P", (40, 24), 1)
    picture.putpalette([*BLUE, *RED, *GREEN, *WHITE])
    picture.paste(2, (20, 0, 40, 12))
    picture.info.update(options)
    return picture


def one_bit():
    picture = PILImage.new("1", (40, 24), 0)
    picture.paste(1, (20, 0, 40, 12))
    return picture


GREY = PILImage.fromarray(corners()[..., 0])
BLACK = (0, 0, 0)
# (name, picture, pixel at the top left, pixel at the top right, how far a lossy format may be off)
KINDS = [
    ("rgb.png", PILImage.fromarray(corners()), RED, GREEN, 0),
    ("grey.png", GREY, WHITE, BLACK, 0),
    ("grey.jpg", GREY, WHITE, BLACK, 3),
    ("grey-alpha.png", with_alpha().getchannel("R").convert("LA"), WHITE, BLACK, 0),
    ("rgba.png", with_alpha(), RED, GREEN, 0),
    ("rgba.webp", with_alpha(), RED, GREEN, 4),
    ("palette.png", palette(), RED, GREEN, 0),
    ("palette-clear.png", palette(transparency=1), RED, GREEN, 0),
    ("palette-alpha.png", palette(transparency=bytes([255, 9, 0])), RED, GREEN, 0),
    ("palette.gif", palette(), RED, GREEN, 0),
    ("one-bit.png", one_bit(), BLACK, WHITE, 0),
    ("one-bit.tif", one_bit(), BLACK, WHITE, 0),
    ("cmyk.jpg", PILImage.new("CMYK", (40, 24), (0, 255, 255, 0)), RED, RED, 3),
    ("rgb.webp", PILImage.fromarray(corners()), RED, GREEN, 4),
    ("rgb.bmp", PILImage.fromarray(corners()), RED, GREEN, 0),
    ("rgb.tif", PILImage.fromarray(corners()), RED, GREEN, 0),
    ("rgb.ppm", PILImage.fromarray(corners()), RED, GREEN, 0),
    ("rgb.jpg", PILImage.fromarray(corners()), RED, GREEN, 3),
]


@pytest.mark.parametrize(("name", "picture", "left", "right", "off"), KINDS, ids=[name for name, *_ in KINDS])
@pytest.mark.filterwarnings("error")
def test_any_kind_reads_as_rgb_with_its_own_colours(tmp_path, name, picture, left, right, off):
    options = {"lossless": off == 0, "quality": 100} if name.endswith(("webp", "jpg")) else {}
    picture.save(tmp_path / name, **options)
    read = images.read(tmp_path / name)
    assert read.dtype == np.uint8
    assert read.shape == (24, 40, 3)
    assert np.abs(read[2, 2].astype(int) - left).max() <= off
    assert np.abs(read[2, 37].astype(int) - right).max() <= off
    assert images.header(tmp_path / name).size(None) == (40, 24)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_grey_keeps_its_high_byte(tmp_path, suffix):
    levels = np.array([[0, 255, 256, 0x1234, 0x7FFF, 0x8000, 0xFFFF]], np.uint16)
    PILImage.fromarray(levels).save(tmp_path / f"deep.{suffix}")
    read = images.read(tmp_path / f"deep.{suffix}")
    assert read.dtype == np.uint8
    assert read.shape == (1, 7, 3)
    assert read[0, :, 0].tolist() == [0, 0, 1, 0x12, 0x7F, 0x80, 0xFF]
    assert (read[..., 0] == read[..., 1]).all()
    assert (read[..., 0] == read[..., 2]).all()


def test_16_bit_colour_keeps_its_high_byte(tmp_path):
    deep = corners().astype(np.uint16) * 256 + 77
    cv2.imwrite(str(tmp_path / "deep.png"), deep[..., ::-1])
    assert (images.read(tmp_path / "deep.png") == corners()).all()


def test_32_bit_grey_reads_where_16_bits_hold_it_and_is_refused_elsewhere(tmp_path):
    levels = np.array([[0, 256, 0xFFFF]], np.int32)
    PILImage.fromarray(levels).save(tmp_path / "wide.tif")
    assert images.read(tmp_path / "wide.tif")[0, :, 0].tolist() == [0, 1, 255]
    PILImage.fromarray(levels + 1).save(tmp_path / "wider.tif")
    with pytest.raises(BoxscopeError, match=r"wider\.tif: grey levels 1 to 65536, expected 16 bits"):
        images.read(tmp_path / "wider.tif")


def test_picture_of_floats_is_refused_by_name(tmp_path):
    PILImage.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "floats.tif")
    with pytest.raises(BoxscopeError, match=r"floats\.tif: pixels are floats"):
        images.read(tmp_path / "floats.tif")


@pytest.mark.parametrize("size", [(40, 24), (41, 23), (1, 1)], ids=str)
@pytest.mark.parametrize("grey", [False, True], ids=["colour", "grey"])
def test_jpeg_equals_cv2_to_the_pixel(tmp_path, size, grey):
    picture = noise(*size)
    path = save(picture[..., 0] if grey else picture, tmp_path / "a.jpg")
    expected = cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1]
    assert (images.read(path) == expected).all()


def test_image_read_is_ours_to_write_to(tmp_path):
    read = images.read(save(corners(), tmp_path / "a.png"))
    read[0, 0] = 7
    assert (read[0, 0] == 7).all()


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tif", "webp", "ppm"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_picture_broken_off_is_an_error_that_names_the_file(tmp_path, suffix, share):
    path = save(noise(120, 90), tmp_path / f"whole.{suffix}")
    broken = tmp_path / f"broken.{suffix}"
    broken.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(BoxscopeError, match=rf"broken\.{suffix}: ") as caught:
        images.read(broken)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_header_of_a_broken_picture_is_its_size_or_an_error_that_names_it(tmp_path, suffix):
    path = save(noise(120, 90), tmp_path / f"a.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    header, mistake = outcome(lambda: images.header(path))
    assert str(path) in mistake or header[:2] == (120, 90)


@pytest.mark.parametrize("read", [images.read, images.header], ids=["read", "header"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.jpg", "not a readable picture"),
        ("words.png", "not a readable picture"),
        ("folder.jpg", "not a readable picture"),
        ("missing.jpg", "no such file"),
        ("words.png/inside.png", "not a readable picture|no such file"),
    ],
)
def test_what_is_no_picture_is_an_error_that_names_it(tmp_path, read, name, reason):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "words.png").write_text("a crack\nin concrete\n")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(BoxscopeError, match=f"{name}: ({reason})") as caught:
        read(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_header_is_read_without_decoding(tmp_path, monkeypatch, suffix):
    path = save(noise(120, 90), tmp_path / f"a.{suffix}")

    def refuse(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
    assert images.header(path)[:3] == (120, 90, 1)


# ---- EXIF orientation


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_as_viewers_do(tmp_path, suffix, orientation):
    path = turned(tmp_path / f"a.{suffix}", orientation)
    expected = viewed(path)
    read = images.read(path)
    assert read.shape == expected.shape
    assert (read == expected).all()
    assert images.header(path).size(None) == read.shape[1::-1]


@pytest.mark.parametrize(
    ("orientation", "top_left", "top_right"),
    [
        (1, RED, GREEN),
        (2, GREEN, RED),
        (3, WHITE, BLUE),
        (4, BLUE, WHITE),
        (5, RED, BLUE),
        (6, BLUE, RED),
        (7, WHITE, GREEN),
        (8, GREEN, WHITE),
    ],
)
def test_orientation_brings_the_known_corners_to_their_place(tmp_path, orientation, top_left, top_right):
    read = images.read(turned(tmp_path / "a.png", orientation))
    assert tuple(read[0, 0].tolist()) == top_left
    assert tuple(read[0, -1].tolist()) == top_right


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(
    ("annotated", "applied"),
    [((24, 40), True), ((40, 24), False), ((99, 7), True), (None, True)],
    ids=["upright size", "stored size", "neither", "none given"],
)
def test_reading_whose_size_the_annotations_count_wins(tmp_path, orientation, suffix, annotated, applied):
    path = turned(tmp_path / f"a.{suffix}", orientation)
    read = images.read(path, annotated)
    assert (read.shape == (40, 24, 3)) == applied
    assert (read == (viewed(path) if applied else corners())).all()
    header = images.header(path)
    assert header.upright(annotated) == applied
    assert header.size(annotated) == read.shape[1::-1]


@pytest.mark.parametrize("orientation", [2, 3, 4])
@pytest.mark.parametrize("annotated", [(40, 24), (24, 40), None], ids=str)
def test_orientation_that_keeps_the_sides_is_always_applied(tmp_path, orientation, annotated):
    path = turned(tmp_path / "a.png", orientation)
    assert (images.read(path, annotated) == viewed(path)).all()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_of_a_square_picture_is_applied(tmp_path, orientation):
    path = turned(tmp_path / "a.png", orientation, corners(24, 24))
    assert images.header(path).upright((24, 24))
    assert (images.read(path, (24, 24)) == viewed(path)).all()


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_orientation_that_is_a_word_turns_nothing(tmp_path, suffix):
    word = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI4s", ORIENTATION, 2, 4, b"6\0\0\0") + bytes(4)
    plain, worded = save(corners(), tmp_path / f"a.{suffix}"), tmp_path / f"b.{suffix}"
    save(corners(), worded, exif=word)
    with PILImage.open(worded) as picture:
        assert picture.getexif()[ORIENTATION].startswith("6")
    assert images.header(worded).orientation == 1
    assert (images.read(worded) == images.read(plain)).all()


@pytest.mark.parametrize("orientation", [0, 9, 200], ids=str)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_orientation_that_means_nothing_turns_nothing(tmp_path, suffix, orientation):
    path = turned(tmp_path / f"a.{suffix}", orientation)
    assert images.header(path).orientation == 1
    assert (images.read(path) == corners()).all()


def test_deep_grey_picture_is_turned_too(tmp_path):
    exif = PILImage.Exif()
    exif[ORIENTATION] = 6
    levels = (np.arange(6, dtype=np.uint16) * 9000).reshape(2, 3)
    PILImage.fromarray(levels).save(tmp_path / "deep.png", exif=exif)
    assert (images.read(tmp_path / "deep.png")[..., 0] == np.rot90(levels >> 8, -1)).all()


@needs_real_data
@pytest.mark.parametrize("name", ["annotations.json", "annotations_stored.json"])
def test_real_photographs_read_at_the_size_their_annotations_count(name):
    folder = DATA / "exif_orientation"
    listed = json.loads((folder / name).read_text())["images"]
    assert len(listed) == 18
    for record in listed:
        size = record["width"], record["height"]
        path = next(
            p for p in (folder / record["file_name"], folder / "images" / record["file_name"]) if p.is_file()
        )
        assert images.read(path, size).shape[1::-1] == size
        assert images.header(path).size(size) == size


# ---- crop, warp, encode


@pytest.mark.parametrize(
    "size", [(1, 1), (10, 7), (300, 5), (224, 224), (223, 225), (640, 480), (3, 900)], ids=str
)
def test_warp_equals_torchvision_to_the_pixel(resize, size):
    picture = noise(*size)
    expected = np.asarray(resize(PILImage.fromarray(picture)))
    assert (images.warp(picture, 224) == expected).all()


@needs_real_data
@pytest.mark.parametrize("box", [(0, 0, 480, 320), (31, 17, 190, 300), (100, 100, 140, 128)], ids=str)
def test_warp_of_a_real_crop_equals_torchvision_to_the_pixel(resize, box):
    path = sorted((DATA / "crackforest" / "images").iterdir())[0]
    x0, y0, x1, y1 = box
    cut = images.read(path)[y0:y1, x0:x1]
    assert (images.warp(cut, 224) == np.asarray(resize(PILImage.fromarray(cut)))).all()


@pytest.mark.parametrize("quality", [1, 50, 75, 95, 100])
def test_jpeg_bytes_equal_those_of_pillow(quality):
    for picture in (corners(), noise(224, 224), noise(17, 9)):
        buffer = io.BytesIO()
        PILImage.fromarray(picture).save(buffer, "JPEG", quality=quality)
        assert images.encode_jpeg(picture, quality) == buffer.getvalue()


def test_red_stays_red_from_file_to_crop(tmp_path):
    red = np.full((30, 50, 3), RED, np.uint8)
    read = images.read(save(red, tmp_path / "red.png"))
    encoded = images.encode_jpeg(images.warp(read[1:20, 1:20], 32), 75)
    decoded = np.array(PILImage.open(io.BytesIO(encoded)))
    assert np.abs(decoded.astype(int) - RED).max() <= 3


def test_warp_and_encode_leave_the_image_alone():
    picture = noise(20, 10)
    before = picture.copy()
    images.encode_jpeg(images.warp(picture, 8), 75)
    assert (picture == before).all()
