"""How a crop looks: the article's pixels to the bit, what lies around a box, and what lies outside."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage

from core import images
from core.cutting import Cut, Cutter, render, resized, window
from core.errors import BoxscopeError
from core.sampling import Sampling
from tests.drawn import noise, quick
from tests.small import scene

PICTURE = noise(400, 300, 7)


def box(*sides):
    return np.array(sides, np.float32)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(PILImage.open(io.BytesIO(data)))


def article(pixels: np.ndarray, side: int) -> PILImage.Image:
    """Resize by torchvision, as the article does."""
    v2 = pytest.importorskip("torchvision.transforms.v2")
    return v2.Resize((side, side))(PILImage.fromarray(pixels))


def as_the_article(pixels: np.ndarray, cut: Cut) -> bytes:
    file = io.BytesIO()
    quality = {} if cut.quality == 75 else {"quality": cut.quality}
    article(pixels, cut.side).save(file, "JPEG", **quality)
    return file.getvalue()


BOXES = {
    "larger than the crop": (0, 0, 400, 300),
    "smaller": (10, 20, 60, 45),
    "tall": (100, 0, 112, 300),
    "wide": (0, 250, 400, 253),
    "one pixel": (399, 299, 400, 300),
    "of the crop's size": (3, 5, 227, 229),
    "as high as the crop": (0, 5, 400, 229),
    "a pixel higher": (0, 5, 50, 230),
}


# The article's pixels


@pytest.mark.parametrize(
    "cut", [Cut(), Cut(side=64, quality=90), Sampling().cut], ids=["224", "64", "sampling"]
)
@pytest.mark.parametrize("sides", BOXES.values(), ids=BOXES)
def test_a_crop_is_the_articles_to_the_byte(sides, cut):
    image, _ = scene(0, 400, 300)
    x0, y0, x1, y1 = sides
    assert render(image, box(*sides), cut) == as_the_article(image[y0:y1, x0:x1], cut)


parts = st.tuples(st.integers(0, 398), st.integers(0, 298), st.integers(1, 400), st.integers(1, 300))


@quick
@given(parts, st.sampled_from([8, 17, 64, 224, 300]))
def test_exact_equals_pillow_whatever_grows_or_shrinks(part, side):
    x, y, width, height = part
    x1, y1 = min(x + width, 400), min(y + height, 300)
    expected = PILImage.fromarray(PICTURE[y:y1, x:x1]).resize((side, side), PILImage.Resampling.BILINEAR)
    assert (resized(PICTURE, (x, y, x1, y1), Cut(side=side)) == np.asarray(expected)).all()


@pytest.mark.parametrize("sides", BOXES.values(), ids=BOXES)
def test_exact_equals_torchvision_of_a_noisy_picture(sides):
    x0, y0, x1, y1 = sides
    assert (Cutter(PICTURE, Cut()).pixels(box(*sides)) == article(PICTURE[y0:y1, x0:x1], 224)).all()


@quick
@given(parts, st.sampled_from([64, 224]))
def test_fast_differs_by_one_at_most_and_only_where_a_height_shrinks(part, side):
    x, y, width, height = part
    sides = (x, y, min(x + width, 400), min(y + height, 300))
    exact, fast = (resized(PICTURE, sides, Cut(side=side, interpolation=i)) for i in ("exact", "fast"))
    apart = np.abs(exact.astype(int) - fast)
    assert apart.max() <= (sides[3] - sides[1] > side)
    assert apart.mean() < 0.35


def test_png_keeps_every_pixel_and_quality_only_concerns_jpeg():
    sides, png = box(10, 20, 60, 45), Cut(encoding="png")
    data = render(PICTURE, sides, png)
    assert data.startswith(b"\x89PNG")
    assert (decoded(data) == article(PICTURE[20:45, 10:60], 224)).all()
    assert len(render(PICTURE, sides, Cut(quality=10))) < len(render(PICTURE, sides, Cut(quality=90)))


def test_a_box_between_pixels_takes_every_pixel_it_touches():
    image, _ = scene(1)
    assert render(image, box(1.2, 2.9, 9.01, 8.0), Cut()) == as_the_article(image[2:8, 1:10], Cut())


def test_a_box_without_inside_takes_a_pixel():
    corner = box(400, 300, 400, 300)
    assert (Cutter(PICTURE, Cut(side=8)).pixels(corner) == PICTURE[299, 399]).all()


def test_red_stays_red():
    image = np.zeros((20, 20, 3), np.uint8)
    image[:] = (250, 10, 20)
    written = decoded(render(image, box(0, 0, 9, 9), Cut()))
    assert np.abs(written.reshape(-1, 3).astype(int) - (250, 10, 20)).max() <= 2


@pytest.mark.skipif(not os.environ.get("BOXSCOPE_DATA"), reason="BOXSCOPE_DATA is unset: no real pictures")
@pytest.mark.parametrize("name", ["001.jpg", "014.jpg", "045.jpg"])
def test_crops_of_real_concrete_are_the_articles_to_the_byte(name):
    image = images.read(Path(os.environ["BOXSCOPE_DATA"]) / "crackforest" / "images" / name)
    for sides in [(0, 0, 480, 320), (31, 40, 71, 300), (100, 100, 470, 131), (7, 9, 20, 20)]:
        x0, y0, x1, y1 = sides
        assert render(image, box(*sides), Cut()) == as_the_article(image[y0:y1, x0:x1], Cut())


# What lies around the box


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        pytest.param(Cut(), (100, 100, 120, 140), id="the box"),
        pytest.param(Cut(shape="square"), (90, 100, 130, 140), id="tightest square"),
        pytest.param(Cut(side=64, context=16), (90, 80, 130, 160), id="context: half the crop is the box"),
        pytest.param(Cut(side=40, context=4), (97, 95, 123, 145), id="context: a quarter more, outwards"),
        pytest.param(Cut(context_scale=1.5), (95, 90, 125, 150), id="half as long again"),
        pytest.param(Cut(shape="square", side=64, context=16), (70, 80, 150, 160), id="square with context"),
        pytest.param(
            Cut(shape="square", context_scale=1.5), (80, 90, 140, 150), id="square half as long again"
        ),
        pytest.param(Cut(side=48, context=12, context_scale=2), (70, 40, 150, 200), id="both"),
    ],
)
def test_part_of_the_picture_by_hand(cut, expected):
    assert window(box(100, 100, 120, 140), cut.shape, cut.zoom) == expected


def test_rcnns_context_is_16_pixels_of_227():
    """Of a box 195 long, a pixel of the crop is one of the picture: 16 more on every side."""
    assert window(box(100, 90, 295, 285), "warp", Cut(side=227, context=16).zoom) == (84, 74, 311, 301)


def test_the_box_lies_where_the_context_leaves_it():
    image = np.full((200, 200, 3), 40, np.uint8)
    image[80:120, 80:120] = 200
    crop = Cutter(image, Cut(side=80, context=20)).pixels(box(80, 80, 120, 120))
    assert (crop[21:59, 21:59] == 200).all()
    assert (crop[:19] == 40).all()
    assert (crop[:, 61:] == 40).all()


def test_a_square_does_not_stretch():
    image = np.full((100, 100, 3), 40, np.uint8)
    image[20:80, 45:55] = 200
    crop = Cutter(image, Cut(side=60, shape="square")).pixels(box(45, 20, 55, 80))
    assert (crop[:, 25:35] == 200).all()
    assert (crop[:, :25] == 40).all()


def test_a_context_without_room_for_the_box_is_refused():
    with pytest.raises(BoxscopeError, match=r"context: got 16 px .* crop of 32 px, expected at most 15"):
        Cutter(PICTURE, Cut(side=32, context=16))


# What lies outside the picture


@pytest.mark.parametrize(
    ("fill", "expected"),
    [("mean", (70, 80, 90)), ("black", (0, 0, 0)), ("edge", (40, 50, 60))],
)
def test_outside_of_the_picture(fill, expected):
    """The picture's left half has one colour, its right half another; the box is its left edge."""
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, :20], image[:, 20:] = (40, 50, 60), (100, 110, 120)
    cut = Cut(side=32, context=8, fill=fill)
    crop = Cutter(image, cut).pixels(box(0, 10, 16, 26))  # the part is (-8, 2, 24, 34), as large as the crop
    assert (crop[:, :8] == expected).all()
    assert (crop[:, 8:28] == (40, 50, 60)).all()
    assert (crop[:, 28:] == (100, 110, 120)).all()


def test_a_square_of_a_crack_along_the_picture_leaves_it_above_and_below():
    crop = Cutter(PICTURE, Cut(side=400, shape="square", fill="black")).pixels(box(0, 140, 400, 160))
    assert (crop[:50] == 0).all()
    assert (crop[350:] == 0).all()
    assert (crop[50:350] == PICTURE).all()


@quick
@given(parts, st.sampled_from(["warp", "square"]), st.sampled_from(["mean", "edge", "black"]))
def test_every_box_gives_a_crop_of_the_size_asked_for(part, shape, fill):
    x, y, width, height = part
    cut = Cut(side=16, context=3, context_scale=1.3, shape=shape, fill=fill)
    sides = box(x, y, min(x + width, 400), min(y + height, 300))
    assert Cutter(PICTURE, cut).pixels(sides).shape == (16, 16, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"side": 0},
        {"quality": 101},
        {"context": -1},
        {"fill": "red"},
        {"shape": "round"},
        {"encoding": "gif"},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(BoxscopeError, match=next(iter(wrong))):
        Cut(**wrong)
