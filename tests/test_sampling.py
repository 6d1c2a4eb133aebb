"""Which proposals become crops, and that a crop has the article's pixels."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage
from small import scene

from core import images
from core.errors import BoxscopeError
from core.labelling import IGNORED, NEGATIVE, POSITIVE, Labels
from core.sampling import PRESETS, Sampling, choose, render

N, P, X = NEGATIVE, POSITIVE, IGNORED


def labels(kinds) -> Labels:
    kind = np.array(kinds, dtype=np.int8)
    return Labels(np.zeros(len(kind), np.float32), np.full(len(kind), -1), kind)


@pytest.mark.parametrize(
    ("kinds", "cap", "chosen"),
    [
        pytest.param([N, P, N, N, P], 2, [0, 1, 4], id="positives beyond the cap stay"),
        pytest.param([N, N, N, N], 3, [0, 1, 2], id="the cap counts negatives by rank, exactly"),
        pytest.param([P, P, P, N, N], 3, [0, 1, 2], id="positives use up ranks of the cap"),
        pytest.param([X, N, X, P], 4, [1, 3], id="ignored never"),
        pytest.param([N, P, N], 0, [1], id="no negatives at all"),
        pytest.param([], 400, [], id="no proposals"),
    ],
)
def test_choice_by_hand(kinds, cap, chosen):
    assert choose(labels(kinds), 1, Sampling(negatives_first=cap)).tolist() == chosen


def test_the_article_takes_400_negatives_not_401():
    assert choose(labels([N] * 500), 1, PRESETS["article"]).tolist() == list(range(400))


@pytest.mark.parametrize(("wanted", "chosen"), [(True, [0, 1]), (False, [])], ids=["in", "out"])
def test_images_without_objects(wanted, chosen):
    assert choose(labels([N, N]), 0, Sampling(empty_images=wanted)).tolist() == chosen


def test_an_image_with_objects_and_no_positive_is_not_an_empty_one():
    assert choose(labels([N, N]), 3, Sampling(empty_images=False)).tolist() == [0, 1]


@given(st.lists(st.sampled_from([N, P, X])), st.integers(0, 12), st.integers(0, 2), st.booleans())
def test_choice_equals_the_loop_it_stands_for(kinds, cap, objects, empty):
    chosen = []
    for rank, kind in enumerate(kinds):
        if objects == 0 and not empty:
            break
        if kind == P or (kind == N and rank < cap):
            chosen.append(rank)
    sampling = Sampling(negatives_first=cap, empty_images=empty)
    assert choose(labels(kinds), objects, sampling).tolist() == chosen


@pytest.mark.parametrize(
    "wrong", [{"negatives_first": -1}, {"side": 0}, {"quality": 101}, {"empty_images": "yes"}], ids=str
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(BoxscopeError, match=next(iter(wrong))):
        Sampling(**wrong)


def as_the_article(pixels: np.ndarray, sampling: Sampling) -> bytes:
    """Warp and write a crop by torchvision and Pillow, as the article does."""
    v2 = pytest.importorskip("torchvision.transforms.v2")
    file = io.BytesIO()
    resized = v2.Resize((sampling.side, sampling.side))(PILImage.fromarray(pixels))
    resized.save(file, "JPEG", **({} if sampling.quality == 75 else {"quality": sampling.quality}))
    return file.getvalue()


BOXES = {
    "larger than the crop": (0, 0, 400, 300),
    "smaller": (10, 20, 60, 45),
    "tall": (100, 0, 112, 300),
    "wide": (0, 250, 400, 253),
    "one pixel": (399, 299, 400, 300),
    "of the crop's size": (3, 5, 227, 229),
}


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(side=64, quality=90)], ids=["224", "64"])
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_a_crop_is_the_articles_to_the_byte(box, sampling):
    image, _ = scene(0, 400, 300)
    x0, y0, x1, y1 = box
    expected = as_the_article(image[y0:y1, x0:x1], sampling)
    assert render(image, np.array(box, np.float32), sampling) == expected


def test_a_box_between_pixels_takes_every_pixel_it_touches():
    image, _ = scene(1)
    rendered = render(image, np.array([1.2, 2.9, 9.01, 8.0], np.float32), Sampling())
    assert rendered == as_the_article(image[2:8, 1:10], Sampling())


def test_red_stays_red():
    image = np.zeros((20, 20, 3), np.uint8)
    image[:] = (250, 10, 20)
    written = np.asarray(PILImage.open(io.BytesIO(render(image, np.array([0, 0, 9, 9]), Sampling()))))
    assert np.abs(written.reshape(-1, 3).astype(int) - (250, 10, 20)).max() <= 2


@pytest.mark.skipif(not os.environ.get("BOXSCOPE_DATA"), reason="BOXSCOPE_DATA is unset: no real pictures")
@pytest.mark.parametrize("name", ["001.jpg", "014.jpg", "045.jpg"])
def test_crops_of_real_concrete_are_the_articles_to_the_byte(name):
    image = images.read(Path(os.environ["BOXSCOPE_DATA"]) / "crackforest" / "images" / name)
    for box in [(0, 0, 480, 320), (31, 40, 71, 300), (100, 100, 470, 131), (7, 9, 20, 20)]:
        x0, y0, x1, y1 = box
        expected = as_the_article(image[y0:y1, x0:x1], Sampling())
        assert render(image, np.array(box, np.float32), Sampling()) == expected
