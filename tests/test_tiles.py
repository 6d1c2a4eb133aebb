"""A proposer on overlapping tiles: what a border cuts is one box again, what two tiles see is one box."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core import cli
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import tile_cuts
from core.evaluation.evaluation import Measured, evaluate
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, CrackGroups, Found, Grid, Proposer, Tiles, Union, in_tiles
from core.proposers import make_proposer as make
from core.proposers.tiles.grid import TileGrid
from tests.drawn import noise, proposed, quick, save, slab, truth
from tests.small import write_coco

# Dark pieces of any size alone; its boxes are exact where no border cuts them.
DARK = AdaptiveThreshold(offsets=(40,), min_area=9, kernel=(1, 1), polarity="dark")

PARTS = [AdaptiveThreshold(min_area=20), CrackGroups(), Grid(), Union((Grid(), DARK))]


@dataclass(frozen=True)
class Pieces(Proposer):
    """Proposes the bounds of each dark piece, the largest first, scored by its area if so asked."""

    name: ClassVar[str] = "pieces"
    summary: ClassVar[str] = "For tests."

    scored: bool = False

    def propose(self, image, ref=None):
        _, _, found, _ = cv2.connectedComponentsWithStats((image[:, :, 0] < 100).astype(np.uint8))
        x, y, width, height, area = found[1:].T
        order = np.argsort(-area, kind="stable")
        boxes = bx.as_boxes(np.stack([x, y, x + width, y + height], axis=1)[order])
        return Found(boxes, area[order].astype(np.float32) if self.scored else None)

    @property
    def has_scores(self):
        return self.scored


def tiled(side: int = 100, overlap: int = 20, part: Proposer | None = None) -> Tiles:
    return Tiles(side, overlap, parts=(part or Pieces(),))


@quick
@given(st.integers(1, 900), st.integers(64, 300), st.data())
def test_tiles_cover_a_picture_and_overlap_enough(length, side, data):
    overlap = data.draw(st.integers(8, side // 2))
    spans = TileGrid.of(length, 1, side, overlap).columns
    assert (spans[0][0], spans[-1][1]) == (0, length)
    assert {end - start for start, end in spans} == {min(side, length)}
    shared = [end - start for (_, end), (start, _) in pairwise(spans)]
    assert all(overlap <= each < side for each in shared)
    # One tile fewer could not overlap so much.
    assert len(spans) == 1 or (len(spans) - 1) * side - (len(spans) - 2) * overlap < length


@pytest.mark.parametrize(
    "piece",
    {
        "in one tile": (10, 10, 30, 30),
        "in the overlap of two": (84, 30, 96, 40),
        "in that of four": (84, 84, 96, 96),
        "into the overlap": (60, 30, 90, 40),
        "to the border exactly": (60, 30, 100, 40),
        "across a border": (60, 30, 140, 40),
        "across all columns": (5, 40, 255, 52),
        "across all tiles": (3, 3, 258, 176),
        "thin across a row": (40, 20, 43, 170),
    }.values(),
)
@pytest.mark.parametrize("scored", [False, True], ids=["by rank", "by score"])
def test_an_object_is_one_box_wherever_it_lies(piece, scored):
    found = tiled(part=Pieces(scored)).propose(slab(260, 180, piece))
    assert found.boxes.tolist() == [list(piece)]
    assert (found.scores is not None) == scored


def test_a_crack_across_twelve_megapixels_is_one_box():
    picture = np.full((3000, 4000, 3), 180, np.uint8)
    points = np.array([[300, 400], [1500, 900], [2300, 1700], [3700, 2600]])
    cv2.polylines(picture, [points], False, (60, 60, 60), 9)
    cv2.circle(picture, (2300, 400), 20, (60, 60, 60), -1)
    whole = DARK.propose(picture).boxes
    found = Tiles(1024, 128, parts=(DARK,)).propose(picture)
    assert len(whole) == len(found.boxes) == 2
    assert bx.iou(found.boxes, whole).max(axis=1).min() == 1
    assert found.remark.startswith("Searched in 5 x 4 tiles of 1024x1024: ")


@pytest.mark.parametrize("part", PARTS, ids=lambda one: one.name)
def test_a_picture_no_larger_than_a_tile_gives_exactly_the_boxes_of_the_part(part):
    parts = part.parts if isinstance(part, Union) else (part,)
    for picture in (noise(100, 100), slab(80, 40, (10, 10, 30, 20))):
        found, wanted = Tiles(100, 20, parts=parts).propose(picture), part.propose(picture)
        assert np.array_equal(found.boxes, wanted.boxes)
        assert found.remark == wanted.remark
        assert (found.scores is None) == (wanted.scores is None)
        assert found.scores is None or np.array_equal(found.scores, wanted.scores)


@pytest.mark.parametrize("part", PARTS[:3], ids=lambda one: one.name)
def test_boxes_of_tiles_are_inside_distinct_ranked_and_the_same_on_every_run(part):
    picture = cv2.GaussianBlur(noise(300, 220), (0, 0), 2)
    found, again = (tiled(part=part).propose(picture) for _ in range(2))
    assert len(found.boxes) > 4
    assert np.array_equal(found.boxes, again.boxes)
    assert np.array_equal(bx.unique(found.boxes), found.boxes)
    assert np.array_equal(bx.clip(found.boxes, 300, 220), found.boxes)
    assert (bx.area(found.boxes) > 0).all()
    if found.scores is not None:
        assert (np.diff(found.scores) <= 0).all()
    if found.origins is not None:
        assert [found.origins.describe(rank) for rank in range(len(found.boxes))]


def test_without_scores_the_best_of_each_tile_come_first():
    # Two pieces a tile, the larger first.
    pieces = [(5, 5, 45, 45), (50, 50, 60, 60), (130, 5, 160, 35), (165, 50, 170, 55)]
    found = proposed(tiled(), slab(180, 100, *pieces))
    assert found.tolist() == [list(pieces[n]) for n in (0, 2, 1, 3)]
    by_score = proposed(tiled(part=Pieces(scored=True)), slab(180, 100, *pieces))
    assert by_score.tolist() == [list(piece) for piece in pieces[:1] + pieces[2:3] + pieces[1:2] + pieces[3:]]


def test_two_objects_that_one_border_cuts_stay_two():
    pieces = [(60, 10, 140, 20), (60, 60, 140, 75)]
    assert sorted(proposed(tiled(), slab(180, 100, *pieces)).tolist()) == [list(piece) for piece in pieces]


def test_stages_show_the_tiles_the_cut_boxes_and_the_joined_ones():
    picture = slab(180, 100, (60, 30, 140, 40), (5, 5, 20, 20))
    tiles, cut, joined = tiled().stages(picture)
    assert tiles.name == "2 x 1 tiles of 100x100"
    assert sorted(cut.boxes.tolist()) == [[60, 30, 100, 40], [80, 30, 140, 40]]
    assert joined.boxes.tolist() == [[60, 30, 140, 40]]
    assert tiles.picture.shape == cut.picture.shape == picture.shape
    assert [stage.name for stage in tiled(part=DARK).stages(slab(80, 80))] == [
        stage.name for stage in DARK.stages(slab(80, 80))
    ]


def test_tiles_are_spelled_as_their_parts_with_a_prefix():
    setup = Setup.parse(
        {"proposer": "tiles:grid+full-image", "tile_side": "640", "overlap": "64", "grid.levels": "2"}
    )
    assert setup.proposer == Tiles(640, 64, parts=(Grid(levels=2), make("full-image")))
    assert Setup.parse(setup.spell()) == setup
    assert setup.changes()["proposer"] == "tiles:grid+full-image"
    assert in_tiles("crack-groups") == ("tiles:crack-groups",)
    assert in_tiles("tiles:crack-groups") == ("crack-groups",)
    assert in_tiles("from-file") == ()


@pytest.mark.parametrize(
    ("name", "texts", "said"),
    [
        ("tiles:grid", {"tile_side": "100", "overlap": "60"}, "overlap: got 60, expected at most half"),
        ("tiles:from-file", {}, "tiles: got from-file, whose boxes do not depend on the pixels"),
        ("tiles:", {}, "no proposer '', expected one of"),
        ("tiles:tiles:grid", {}, "no proposer 'tiles:grid', expected one of"),
        ("tiles:grid", {"levels": "2"}, "tiles:grid: no parameter 'levels', expected one of tile_side,"),
    ],
)
def test_what_is_no_tiles_is_refused(name, texts, said):
    with pytest.raises(BoxscopeError) as caught:
        make(name, texts)
    assert str(caught.value).startswith(said)


def test_the_memory_is_that_of_a_tile():
    part = make("selective-search")
    tiles = Tiles(1024, 128, parts=(part,))
    assert tiles.memory(12000, 8000) == tiles.memory(6000, 4000) < part.memory(6000, 4000) / 4
    assert tiles.memory(1024, 1024) == part.memory(1024, 1024) + 3 * 1024 * 1024
    assert Union((Grid(), part)).memory(600, 400) == part.memory(600, 400)
    assert part.remark(6000, 4000)
    assert not tiles.remark(6000, 4000)


def test_objects_that_borders_cut_are_counted(tmp_path):
    proposer, picture = tiled(), slab(260, 100, (60, 30, 140, 40), (10, 60, 30, 80), (200, 10, 250, 30))
    objects = truth([(60, 30, 140, 40), (10, 60, 30, 80), (60, 80, 140, 90), (200, 10, 250, 30)])
    boxes = proposed(proposer, picture)
    said = "2 of 4 objects are cut by inner borders of the tiles: 1 found, 1 by joined boxes alone"
    assert tile_cuts.of_image(proposer, (260, 100), objects, boxes, 0.5) == said
    assert tile_cuts.of_image(proposer, (90, 90), objects, boxes, 0.5) == ""
    assert tile_cuts.of_image(Pieces(), (260, 100), objects, boxes, 0.5) == ""
    measured = evaluate([Measured(0, boxes, objects, (260, 100), 0.0)])
    assert tile_cuts.figures(proposer, measured, 100, 0.5) == {"cut_by_tiles": {"objects": 2, "found": 1}}
    assert tile_cuts.figures(Pieces(), measured, 100, 0.5) == {}
    wall = {
        "a.png": (picture, [[60, 30, 80, 10], [10, 60, 20, 20]]),
        "b.png": (slab(90, 90), [[0, 0, 90, 90]]),
    }
    dataset = CocoDataset.open(write_coco(tmp_path, wall))
    assert tile_cuts.of_dataset(proposer, dataset) == "1 of 3 objects is cut by inner borders of the tiles"
    assert tile_cuts.of_dataset(Pieces(), dataset) == ""


def test_the_command_line_takes_tiles(tmp_path, capsys):
    path = save(slab(180, 100, (60, 30, 140, 40)), tmp_path / "a.png")
    words = ["propose", str(path), "--proposer", "tiles:adaptive-threshold", "--param", "tile_side=100"]
    words += ["--param", "overlap=20", "--param", "adaptive-threshold.kernel=1,1"]
    assert cli.main([*words, "--param", "adaptive-threshold.min_area=9"]) == 0
    assert "60" in capsys.readouterr().out
