"""The colours of boxes and bars: apart for every eye."""

import os
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from pages.ui.components import colours
from tests.real import DATA

CLASSES = [colour for _, colour in colours.CLASSES]

# Colours as eyes see them that miss a kind of cone (Machado and others, 2009, severity 1)

MACHADO = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}


def linear(colour: str) -> np.ndarray:
    """Linear RGB (3,) of ``#rrggbb``."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (3,) of linear RGB (3,), D65."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
    xyz = to_xyz @ rgb.clip(0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen_by(eye: str, shown: Sequence[str]) -> list[np.ndarray]:
    return [lab(np.asarray(MACHADO[eye]) @ linear(colour)) for colour in shown]


@pytest.mark.parametrize("eye", ["normal", "protan", "deutan", "tritan"])
def test_classes_are_apart_for_every_eye(eye):
    seen = seen_by(eye, [*CLASSES, colours.IGNORED_COLOUR])
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(pairs) > 16  # a difference of 2 can be seen side by side


def test_neighbouring_classes_are_apart_in_grey():
    lightness = [colour[0] for colour in seen_by("grey", CLASSES)]
    widths = [line["width"] for line in colours.LINES]
    assert lightness[0] - lightness[1] > 14
    assert lightness[3] - lightness[2] > 15
    # The middle two are equally light: the upper has an edge on both sides, and a wider line.
    assert [line["edges"] for line in colours.LINES] == [1, 1, 2, 2]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("eye", MACHADO)
@pytest.mark.parametrize("ramp", [colours.RAMP, colours.SCORE_RAMP], ids=["IoU", "score"])
def test_continuous_scales_rise_in_lightness_for_every_eye(eye, ramp):
    lightness = [colour[0] for colour in seen_by(eye, ramp)]
    assert min(np.diff(lightness)) > 6  # a difference of 2 can be seen side by side


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (N,) as WCAG defines it, of sRGB (N, 3) from 0 to 255."""
    values = rgb / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


def contrast(drawn: str, alpha: float, ground: np.ndarray) -> np.ndarray:
    """Contrast (N,) of a colour, laid over grounds (N, 3) with an alpha, with each of them."""
    colour = np.array([int(drawn[i : i + 2], 16) for i in (1, 3, 5)])
    seen, below = luminance(alpha * colour + (1 - alpha) * ground), luminance(ground)
    return (np.maximum(seen, below) + 0.05) / (np.minimum(seen, below) + 0.05)


def grounds() -> dict[str, np.ndarray]:
    """Every grey level; and where there are real pictures, pixels of them, dimmed as the viewer does."""
    found = {"grey": np.repeat(np.arange(256.0), 3).reshape(-1, 3)}
    for folder in sorted(DATA.glob("*")) if os.environ.get("BOXSCOPE_DATA") else []:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png"))[:3]
        pixels = [np.asarray(Image.open(path).convert("RGB"))[::5, ::5].reshape(-1, 3) for path in paths]
        if pixels:
            found[folder.name] = 0.85 * np.concatenate(pixels)
    return found


LINES = {
    **{f"IoU from {low}": (c, line) for (low, c), line in zip(colours.CLASSES, colours.LINES, strict=True)},
    "ignored": (colours.IGNORED_COLOUR, colours.IGNORED_LINE),
    **{f"continuous {n}": (c, {"alpha": 1, "edges": 1}) for n, c in enumerate(colours.RAMP)},
    **{f"score {n}": (c, {"alpha": 1, "edges": 1}) for n, c in enumerate(colours.SCORE_RAMP)},
    "missed": (colours.MISSED, {"alpha": 1, "edges": 2}),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_or_its_edge_stands_out_from_every_ground(name):
    colour, line = LINES[name]
    assert line["edges"] in (1, 2)
    for ground, pixels in grounds().items():
        alpha = line["alpha"]
        best = np.maximum(contrast(colour, alpha, pixels), contrast(colours.EDGE, alpha, pixels))
        assert best.min() >= 3, f"{best.min():.2f} : 1 on {ground}"
