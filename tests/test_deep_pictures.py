"""Pictures of more than 8 bits, further pages, HEIC and the limit on size: what one file reads as."""

import struct
import sys
import types

import cv2
import numpy as np
import pytest
from PIL import ExifTags, ImageOps
from PIL import Image as PILImage

from core import images
from core.errors import BoxscopeError
from core.images import Levels, Reading
from tests.drawn import noise, save

SMALL_LIMIT = 1000


def wall(seed: int = 0, width: int = 64, height: int = 48) -> np.ndarray:
    """Draw rough concrete with a dark bar, in 8 bits: 60 to 196."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(160, 197, (height, width))
    picture[10:20, 8:40] = 60
    return picture.astype(np.uint8)


def deep(picture: np.ndarray, bits: int) -> np.ndarray:
    """Return a picture of 8 bits as a camera of more bits stores it, in 16."""
    return picture.astype(np.uint16) << (bits - 8)


def colours() -> np.ndarray:
    """Return a picture in 8 bits whose corners and channels all differ, 40 to 230."""
    return np.clip(noise(40, 24).astype(int) // 2 + 60, 40, 230).astype(np.uint8)


def write_tiff_of_colours(path, pixels: np.ndarray, orientation: int, order: str = "<") -> None:
    """Write an uncompressed TIFF of 16-bit RGB, which Pillow cannot."""
    data = pixels.astype(f"{order}u2").tobytes()
    height, width = pixels.shape[:2]
    tags = {256: width, 257: height, 258: 0, 259: 1, 262: 2, 273: 0, 274: orientation, 277: 3, 278: height}
    after = 8 + 2 + 12 * (len(tags) + 1) + 4
    ifd = b""
    for tag, value in {**tags, 258: after, 273: after + 6, 279: len(data)}.items():
        is_long = tag in (258, 273, 279)
        count = 3 if tag == 258 else 1
        packed = struct.pack(f"{order}L", value) if is_long else struct.pack(f"{order}HH", value, 0)
        ifd += struct.pack(f"{order}HHL", tag, 4 if tag in (273, 279) else 3, count) + packed
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(f"{order}HLH", 42, 8, len(tags) + 1)
    path.write_bytes(head + ifd + struct.pack(f"{order}L", 0) + struct.pack(f"{order}HHH", 16, 16, 16) + data)


# ---- levels


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_all_levels_of_a_depth_lose_their_lower_bits(bits):
    values = np.arange(1 << bits, dtype=np.uint16).reshape(2, -1)
    assert (Levels(0, (1 << bits) - 1).apply(values) == values >> (bits - 8)).all()


def test_levels_outside_are_clipped_and_those_inside_keep_their_order():
    values = np.array([[0, 99, 100, 101, 228, 355, 356, 65535]], np.uint16)
    assert Levels(100, 355).apply(values).tolist() == [[0, 0, 0, 1, 128, 255, 255, 255]]
    assert Levels(100, 355).apply(values.astype(np.int32)).tolist() == [[0, 0, 0, 1, 128, 255, 255, 255]]
    assert Levels(100, 355).share_outside(values) == pytest.approx(4 / 8)


def test_dead_and_hot_pixels_are_no_used_levels_but_a_hairline_is():
    picture = deep(wall(width=400, height=300), 8) + 30000
    hairline = picture.copy()
    hairline[5, 5:10] = 30040
    broken = hairline.copy()
    broken[0, 0], broken[299, 399] = 0, 65535
    assert images.used_levels(picture) == Levels(30060, 30196)
    assert images.used_levels(hairline) == Levels(30040, 30196)
    assert images.used_levels(broken) == Levels(30040, 30196)
    assert images.used_levels(broken.astype(np.int32)) == Levels(30040, 30196)


# ---- one picture


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("suffix", ["png", "tif", "jp2"])
def test_picture_of_any_depth_shows_what_its_8_bits_show(tmp_path, suffix, bits):
    path = tmp_path / f"a.{suffix}"
    PILImage.fromarray(deep(wall(), bits)).save(path)
    assert (images.read(path) == wall()[..., None]).all()
    small = images.read_small(path, 16)
    assert (small == images.shrink(images.read(path), 16)).all()


@pytest.mark.parametrize("largest", [4095, 65535], ids=["as its camera", "as 16 bits"])
def test_pgm_of_12_bits(tmp_path, largest):
    pixels = deep(wall(), 12)
    head = f"P5 {pixels.shape[1]} {pixels.shape[0]} {largest}\n".encode()
    (tmp_path / "a.pgm").write_bytes(head + pixels.astype(">u2").tobytes())
    difference = images.read(tmp_path / "a.pgm")[..., 0].astype(int) - wall()
    assert np.abs(difference).max() <= 1


def test_thermal_picture_is_stretched(tmp_path):
    save(deep(wall(), 8) * 2 + 30000, tmp_path / "thermal.tif")
    read = images.read(tmp_path / "thermal.tif")[..., 0]
    assert (read.min(), read.max()) == (0, 255)
    assert np.corrcoef(read.ravel(), wall().ravel())[0, 1] > 0.999


def test_a_picture_of_one_level_reads_by_its_depth(tmp_path):
    PILImage.fromarray(np.full((8, 8), 2048, np.uint16)).save(tmp_path / "a.png")
    assert (images.read(tmp_path / "a.png") == 128).all()


def test_levels_are_those_of_the_reading(tmp_path):
    save(deep(wall(), 12), tmp_path / "a.png")
    fixed = images.read(tmp_path / "a.png", reading=Reading(fixed=Levels(960, 3136)))
    assert (fixed.min(), fixed.max()) == (0, 255)
    full = images.read(tmp_path / "a.png", reading=Reading(full=True))
    assert (full[..., 0] == deep(wall(), 12) >> 8).all()


# ---- colours


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_colours_are_shown_by_the_levels_that_they_use(tmp_path, suffix, alpha, bits):
    pixels = deep(colours(), bits)
    if alpha:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 65535, np.uint16)])
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if alpha else cv2.COLOR_RGB2BGR))
    assert (images.read(path) == colours()).all()
    assert images.header(path).kind.colour


@pytest.mark.parametrize(("bits", "largest"), [(10, 1023), (12, 65535), (16, 65535)])
def test_16_bit_colours_of_a_ppm(tmp_path, bits, largest):
    head = f"P6 40 24 {largest}\n".encode()
    (tmp_path / "a.ppm").write_bytes(head + deep(colours(), bits).astype(">u2").tobytes())
    assert (images.read(tmp_path / "a.ppm") == colours()).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_colours(tmp_path, orientation, order):
    path = tmp_path / "a.tif"
    write_tiff_of_colours(path, deep(colours(), 12), orientation, order)
    exif = PILImage.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    save(colours(), tmp_path / "eight.png", exif=exif)
    with PILImage.open(tmp_path / "eight.png") as picture:
        upright = np.array(ImageOps.exif_transpose(picture))
    assert (images.read(path) == upright).all()
    assert (images.read(path, (40, 24)) == images.read(tmp_path / "eight.png", (40, 24))).all()
    assert images.header(path).size(None) == upright.shape[1::-1]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_broken_off_16_bit_colours_are_an_error_that_names_the_file(tmp_path, suffix, capfd):
    path = tmp_path / f"a.{suffix}"
    if suffix == "tif":
        write_tiff_of_colours(path, deep(noise(120, 90), 12), orientation=1)
    else:
        cv2.imwrite(str(path), deep(noise(120, 90), 12))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BoxscopeError, match=rf"a\.{suffix}: "):
        images.read(path)
    assert not capfd.readouterr().err


# ---- other integers


def write_signed(path, pixels: np.ndarray) -> None:
    """Write a TIFF of signed 16 bits, which Pillow cannot."""
    cv2.imwrite(str(path), pixels.astype(np.int16))


def test_signed_levels_are_shown_by_the_range_that_they_use(tmp_path):
    write_signed(tmp_path / "a.tif", wall().astype(int) * 3 - 400)
    read = images.read(tmp_path / "a.tif")[..., 0]
    assert (read.min(), read.max()) == (0, 255)
    assert np.corrcoef(read.ravel(), wall().ravel())[0, 1] > 0.999


def test_more_than_16_bits_are_shown_only_by_levels_that_are_given(tmp_path):
    path = tmp_path / "wide.tif"
    PILImage.fromarray(wall().astype(np.int32) * 1000).save(path)
    with pytest.raises(BoxscopeError, match=r"wide\.tif: grey levels 60000 to 196000, .* by --levels LOW"):
        images.read(path)
    given = images.read(path, reading=Reading(fixed=Levels(0, 255999)))
    assert (given[..., 0] == wall()).all()


def test_floats_are_refused_and_what_to_do_is_said(tmp_path):
    PILImage.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "floats.tif")
    with pytest.raises(BoxscopeError, match=r"floats\.tif: pixels are floats, .* convert it"):
        images.read(tmp_path / "floats.tif")


# ---- kinds and pages by header


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "bmp"])
def test_a_picture_of_8_bits_has_no_kind(tmp_path, suffix):
    path = save(wall(), tmp_path / f"a.{suffix}")
    assert images.header(path).kind is None
    assert images.kind(path) is None
    assert images.read_deep(path) is None


@pytest.mark.parametrize(("channels", "colour"), [(1, False), (3, True), (4, True)])
def test_kind_of_a_png_is_the_same_by_its_first_bytes(tmp_path, channels, colour):
    path, pixels = tmp_path / "a.png", np.dstack([deep(wall(), 12)] * channels)
    cv2.imwrite(str(path), pixels)
    assert images.kind(path) == images.header(path).kind == ("PNG", colour, 16, False)


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("a.tif", 3),
        ("a.gif", 3),
        ("a.webp", 3),
        ("a.png", 3),
        ("phone.mpo", 1),
        ("one.tif", 1),
        ("one.gif", 1),
    ],
)
def test_pages_and_frames_are_counted_but_not_previews(tmp_path, name, pages):
    pictures = [PILImage.fromarray(wall(seed)) for seed in range(3)]
    more = [] if name.startswith("one") else pictures[1:]
    pictures[0].save(tmp_path / name, save_all=True, append_images=more)
    assert images.header(tmp_path / name).pages == pages
    assert np.abs(images.read(tmp_path / name)[..., 0].astype(int) - wall(0)).max() < 60


# ---- the limit on size


def test_larger_pictures_than_the_limit_are_refused_and_the_message_says_what_to_set(tmp_path, monkeypatch):
    path = save(noise(50, 40), tmp_path / "a.png")
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", str(SMALL_LIMIT))
    for read in (images.read, images.header, lambda path: images.read_small(path, 8)):
        with pytest.raises(
            BoxscopeError,
            match=r"a\.png: is 50x40, 0\.002 megapixels, more than the limit of 0\.001 "
            r"\(set BOXSCOPE_MAX_PIXELS=2000 to read it\)",
        ):
            read(path)
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", "2000")
    assert images.read(path).shape == (40, 50, 3)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "gif"])
def test_a_limit_above_that_of_pillow_holds_instead(tmp_path, monkeypatch, suffix):
    path = save(noise(50, 40), tmp_path / f"a.{suffix}")
    monkeypatch.setattr(PILImage, "MAX_IMAGE_PIXELS", SMALL_LIMIT // 2)
    with pytest.raises(BoxscopeError, match=rf"a\.{suffix}: is 50x40, .* limit of 0\.001 \(set BOXSCOPE"):
        images.read(path)
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", "2000")
    assert images.read(path).shape == (40, 50, 3)
    assert PILImage.MAX_IMAGE_PIXELS == SMALL_LIMIT // 2


@pytest.mark.parametrize("text", ["many", "0", "-5", "1.5"])
def test_limit_that_is_no_number_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", text)
    with pytest.raises(BoxscopeError, match=f"BOXSCOPE_MAX_PIXELS: got '{text}', expected a number of pix"):
        images.read(save(noise(5, 4), tmp_path / "a.png"))


# ---- HEIC

HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)


@pytest.fixture
def heif(monkeypatch):
    """Forget whether pillow-heif is installed, before and after."""
    from core.images import heif

    heif.register.cache_clear()
    yield monkeypatch
    heif.register.cache_clear()


def test_heic_without_its_reader_is_named_with_what_to_do(tmp_path, heif):
    heif.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "phone.heic").write_bytes(HEIC)
    with pytest.raises(BoxscopeError, match=r"phone\.heic: .*HEIC: install pillow-heif, or convert to JPEG"):
        images.read(tmp_path / "phone.heic")


def test_heic_is_read_by_a_reader_that_is_imported_for_it_alone(tmp_path, heif):
    registered = []

    def register():
        registered.append(True)
        heif.setattr(PILImage, "open", lambda file, formats: PILImage.fromarray(colours()))

    heif.setitem(sys.modules, "pillow_heif", types.SimpleNamespace(register_heif_opener=register))
    images.read(save(colours(), tmp_path / "a.png"))
    assert not registered
    (tmp_path / "phone.heic").write_bytes(HEIC)
    assert (images.read(tmp_path / "phone.heic") == colours()).all()
    assert registered


def test_real_heic_is_read(tmp_path, heif):
    module = pytest.importorskip("pillow_heif")
    path = tmp_path / "phone.heic"
    module.from_pillow(PILImage.fromarray(np.dstack([wall()] * 3))).save(path, quality=95)
    assert np.abs(images.read(path)[..., 0].astype(int) - wall()).mean() < 5
    assert images.header(path)[:2] == (64, 48)


def test_suffixes_are_those_of_what_can_be_read():
    assert {".heic", ".heif", ".avif", ".jp2", ".tiff", ".png"} <= images.SUFFIXES
