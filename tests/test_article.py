"""The article's faults are put right, each shown by a check that its own loop does not pass.

``Article`` is that loop, in other words but with the same behaviour; each fault in it can be mended, so
that one is seen where another would hide it.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage

from core.export import DatasetKind, ProposalBuilder, crop_name
from core.labelling import LabelRule
from core.pipeline import Setup
from core.presets import BUILT_IN
from core.proposers import AdaptiveThreshold, SelectiveSearch
from core.sampling import PRESETS, Sampling
from tests.drawn import quick
from tests.small import Fixed, contents, scene, write_coco

torch = pytest.importorskip("torch")
v2 = pytest.importorskip("torchvision.transforms.v2")
box_iou = pytest.importorskip("torchvision").ops.box_iou

FAULTS = frozenset(
    {
        "tuple multiplied",
        "red and blue",
        "first three million",
        "past the cap",
        "401",
        "saved twice",
        "dots",
        "sub-folder",
        "unreadable",
        "without objects",
        "whole pixels",
        "decoded at start",
        "output path",
    }
)


class Article:
    """The article's ProposalBuilder with some of its faults; a proposer stands in for its search."""

    def __init__(self, coco_file, images_dir, proposer, faults=FAULTS):
        self.document = json.loads(Path(coco_file).read_text())
        self.images_dir, self.proposer, self.faults = images_dir, proposer, faults
        self.image_data = [
            row
            for row in self.document["images"]
            if not self.has("decoded at start") or self.load(row) is not None
        ]

    def has(self, fault):
        return fault in self.faults

    def load(self, row):
        image = cv2.imread(os.path.join(self.images_dir, row["file_name"]), cv2.IMREAD_COLOR)
        return image if image is None or self.has("red and blue") else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)

    def truth(self, row):
        number = int if self.has("whole pixels") else float
        boxes = []
        for annotation in self.document["annotations"]:
            if annotation["image_id"] == row["id"] and len(annotation["bbox"]) == 4:
                x, y, width, height = map(number, annotation["bbox"])
                boxes.append([x, y, x + width, y + height])
        return torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)

    def sorted_proposals(self, image):
        found = sorted(
            (tuple(map(int, box)) for box in self.proposer.propose(image).boxes), key=area, reverse=True
        )
        if self.has("tuple multiplied"):
            pairs = [(box, box[2] - box[0]) * (box[3] - box[1]) for box in found]
        else:
            pairs = [(box, area(box)) for box in found]
        ordered = sorted(pairs, key=lambda pair: pair[1], reverse=True)
        return torch.Tensor([pair[0] for pair in ordered])

    def name_parts(self, name):
        if self.has("dots"):
            stem, suffix = name.split(".")
        else:
            stem, suffix = name.rsplit(".", 1)
            stem = stem.replace(".", "_")
        return (stem if self.has("sub-folder") else stem.replace("/", "_")), suffix

    def build_proposal_set(self, kind, out):
        folder = Path(out, kind.value)
        if self.has("output path"):
            folder = Path("..", "..", "datasets", "transformed", "crack-detection", "proposals", kind.value)
        folder.mkdir(parents=True, exist_ok=True)
        transforms = v2.Compose([v2.ToPILImage(), v2.Resize((224, 224))])
        seen = -1 if self.has("first three million") else 3_000_000
        for row in self.document["images"]:
            image = self.load(row)
            if image is None and not self.has("unreadable"):
                continue
            proposals, truth = self.sorted_proposals(image), self.truth(row)
            if not len(proposals) or (not len(truth) and self.has("without objects")):
                continue
            best = box_iou(proposals, truth).max(dim=1)[0] if len(truth) else torch.zeros(len(proposals))
            stem, suffix = self.name_parts(row["file_name"])
            for counter, (box, iou) in enumerate(zip(proposals, best, strict=True)):
                if seen < 3_000_000:
                    seen += 1
                    continue
                x0, y0, x1, y1 = box.int().tolist()
                crop = transforms(torch.tensor(image[y0:y1, x0:x1]).permute(2, 0, 1))
                label = int(iou > 0.5)
                score = str(round(iou.item(), 2)).replace(".", "_")
                for _ in range(self.saves(counter, label)):
                    crop.save(folder / f"{stem}.{counter}.{score}.{label}.{suffix}")

    def saves(self, counter, label):
        wanted = label or counter <= (400 if self.has("401") else 399)
        if not wanted:
            return int(self.has("past the cap"))
        return 2 if self.has("saved twice") else 1


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


class Ours:
    """Our ProposalBuilder, called as the article's is."""

    def __init__(self, coco_file, images_dir, proposer):
        self.proposer, self.builder = proposer, ProposalBuilder(coco_file, images_dir)

    def build_proposal_set(self, kind, out):
        self.builder.build_proposal_set(kind, out, setup=Setup(self.proposer))


def with_faults(*faults):
    return lambda *given: Article(*given, faults=frozenset(faults))


class Workshop(NamedTuple):
    """A folder to work in, and a builder to try there."""

    folder: Path
    builder: Callable
    patch: pytest.MonkeyPatch

    def opened(self, pictures, *boxes, proposer=None):
        annotations = write_coco(self.folder / "data", pictures)
        return self.builder(annotations, annotations.parent / "images", proposer or Fixed(boxes))

    def crops(self, opened) -> dict[str, Path]:
        """Build the set and give its crops by name, wherever they went."""
        opened.build_proposal_set(DatasetKind.TRAIN, self.folder / "asked" / "for")
        return {path.name: path for path in self.folder.rglob("*.jpg") if "data" not in path.parts}

    def build(self, pictures, *boxes, proposer=None) -> dict[str, Path]:
        return self.crops(self.opened(pictures, *boxes, proposer=proposer))


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """The article writes beside the folder above the current one: keep that within the test's folder."""
    here = tmp_path / "code" / "here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    return lambda builder: Workshop(tmp_path, builder, monkeypatch)


PLAIN = np.full((60, 80, 3), 120, np.uint8)
HALF = (0, 0, 40, 60)


def square_before_wide(workshop):
    crops = workshop.build({"a.jpg": (PLAIN, [[0, 0, 20, 20]])}, (0, 50, 40, 55), (0, 0, 20, 20))
    assert crops.keys() == {"a.0.1_0.1.jpg", "a.1.0_0.0.jpg"}


def crops_keep_their_colours(workshop):
    red = np.zeros_like(PLAIN)
    red[:] = (250, 10, 20)
    (crop,) = workshop.build({"a.jpg": (red, [[0, 0, 40, 60]])}, HALF).values()
    assert np.abs(np.asarray(PILImage.open(crop)).reshape(-1, 3).astype(int) - (250, 10, 20)).max() < 12


def blue_is_darker_than_red(workshop):
    """Full blue has grey level 29, full red 76: of the two only blue is 40 darker than 110."""
    image = np.full((120, 160, 3), 110, np.uint8)
    image[10:40, 10:40] = (255, 0, 0)
    image[70:100, 100:130] = (0, 0, 255)
    crops = workshop.build({"a.jpg": (image, [[100, 70, 30, 30]])}, proposer=BUILT_IN["article"][0].proposer)
    assert [name.split(".")[3] for name in crops] == ["1"]


def the_first_proposals_are_written(workshop):
    assert len(workshop.build({"a.jpg": (PLAIN, [[0, 0, 40, 60]])}, HALF, (0, 0, 10, 10))) == 2


def columns(count):
    """Boxes of falling area, none of them near the corner where the truth is."""
    return tuple((count - n, 10, 2 * count + 40 - n, 11 + 2 * count - n) for n in range(count))


def large(count):
    return np.full((3 * count, 3 * count, 3), 120, np.uint8)


def no_negative_past_the_cap(workshop):
    crops = workshop.build({"a.jpg": (large(403), [[0, 0, 9, 9]])}, *columns(403))
    assert max(int(name.split(".")[1]) for name in crops) < 402


def exactly_400_negatives(workshop):
    assert len(workshop.build({"a.jpg": (large(401), [[0, 0, 9, 9]])}, *columns(401))) == 400


def every_crop_is_written_once(workshop):
    written: Counter[str] = Counter()

    def counted(path, mode="r", *rest, **named):
        if "w" in mode:
            written[Path(path).name] += 1
        return plain(path, mode, *rest, **named)

    plain = io.open
    annotations = {"a.jpg": (PLAIN, [[0, 0, 40, 60]])}
    opened = workshop.opened(annotations, HALF, (60, 0, 70, 20))
    with workshop.patch.context() as patch:
        patch.setattr("builtins.open", counted)
        patch.setattr("io.open", counted)
        opened.build_proposal_set(DatasetKind.TRAIN, workshop.folder / "out")
    crops = {name: times for name, times in written.items() if name.endswith(".jpg")}
    assert crops == {"a.0.1_0.1.jpg": 1, "a.1.0_0.0.jpg": 1}


def names_may_have_dots(workshop):
    crops = workshop.build({"wall.2.v1.jpg": (PLAIN, [[0, 0, 40, 60]])}, HALF)
    (parts,) = (name.split(".") for name in crops)
    assert parts[1:4] == ["0", "1_0", "1"]


def names_may_have_folders(workshop):
    pictures = {f"{side}/a.jpg": (PLAIN, [[0, 0, 40, 60]]) for side in ("north", "south")}
    assert len(workshop.build(pictures, HALF)) == 2


def an_unreadable_image_is_passed_over(workshop):
    image = PLAIN, [[0, 0, 40, 60]]
    opened = workshop.opened({"a.jpg": image, "broken.jpg": image, "c.jpg": image}, HALF)
    (workshop.folder / "data" / "images" / "broken.jpg").write_bytes(b"")
    assert workshop.crops(opened).keys() == {"a.0.1_0.1.jpg", "c.0.1_0.1.jpg"}


def images_without_objects_give_negatives(workshop):
    assert workshop.build({"a.jpg": (PLAIN, [])}, HALF).keys() == {"a.0.0_0.0.jpg"}


def truth_keeps_its_fractions(workshop):
    """Cut to whole pixels the truth would be 10 10 20 20, and the IoU with 11 11 21 21 .68, not .96."""
    crops = workshop.build({"a.jpg": (PLAIN, [[10.9, 10.9, 10.0, 10.0]])}, (11, 11, 21, 21))
    assert crops.keys() == {"a.0.0_96.1.jpg"}


def nothing_is_decoded_before_it_is_asked_for(workshop):
    decoded = []
    for owner, name in ((cv2, "imread"), (PILImage, "open")):
        plain = getattr(owner, name)

        def opening(*given, _plain=plain, **options):
            decoded.append(given)
            return _plain(*given, **options)

        workshop.patch.setattr(owner, name, opening)
    opened = workshop.opened({"a.jpg": (PLAIN, []), "b.jpg": (PLAIN, [])}, HALF)
    assert decoded == []
    opened.build_proposal_set(DatasetKind.TRAIN, workshop.folder / "out")
    assert len(decoded) >= 2


def crops_go_where_they_are_asked_to(workshop):
    asked = workshop.folder / "asked" / "for" / "train"
    crops = workshop.build({"a.jpg": (PLAIN, [[0, 0, 40, 60]])}, HALF)
    assert crops
    assert all(path.is_relative_to(asked) for path in crops.values())


CHECKS = [
    (square_before_wide, "tuple multiplied"),
    (crops_keep_their_colours, "red and blue"),
    (blue_is_darker_than_red, "red and blue"),
    (the_first_proposals_are_written, "first three million"),
    (no_negative_past_the_cap, "past the cap"),
    (exactly_400_negatives, "401"),
    (every_crop_is_written_once, "saved twice"),
    (names_may_have_dots, "dots"),
    (names_may_have_folders, "sub-folder"),
    (an_unreadable_image_is_passed_over, "unreadable"),
    (images_without_objects_give_negatives, "without objects"),
    (truth_keeps_its_fractions, "whole pixels"),
    (nothing_is_decoded_before_it_is_asked_for, "decoded at start"),
    (crops_go_where_they_are_asked_to, "output path"),
]
each_check = pytest.mark.parametrize(
    ("check", "fault"), CHECKS, ids=[check.__name__.replace("_", " ") for check, _ in CHECKS]
)


@each_check
def test_ours_has_no_such_fault(workshop, check, fault):
    check(workshop(Ours))


@each_check
def test_the_article_has_this_fault(workshop, check, fault):
    """That fault alone, all others mended, so that it is this one which the check finds."""
    with pytest.raises((AssertionError, ValueError, TypeError, OSError)):
        check(workshop(with_faults(fault)))


@each_check
def test_the_article_passes_once_this_fault_is_mended_too(workshop, check, fault):
    check(workshop(with_faults()))


@each_check
def test_the_article_as_it_stands_does_not_pass(workshop, check, fault):
    with pytest.raises((AssertionError, ValueError, TypeError, OSError)):
        check(workshop(Article))


def test_every_fault_has_a_check():
    assert {fault for _, fault in CHECKS} == FAULTS


def test_the_mended_article_and_ours_write_the_same_files_to_the_byte(tmp_path):
    image, boxes = scene(3, 200, 150)
    other, _ = scene(4, 200, 150)
    annotations = write_coco(tmp_path, {"a.jpg": (image, boxes), "b.jpg": (other, [])})
    regions = AdaptiveThreshold(offsets=(20, 40), min_area=4)
    for name, builder in {"article": with_faults(), "ours": Ours}.items():
        builder(annotations, tmp_path / "images", regions).build_proposal_set(
            DatasetKind.TRAIN, tmp_path / name
        )
    ours = contents(tmp_path / "ours" / "train" / "crops")
    assert len(ours) > 4
    assert ours == contents(tmp_path / "article" / "train")


def test_the_builder_counts_its_images(tmp_path):
    annotations = write_coco(tmp_path, {f"{n}.jpg": (PLAIN, []) for n in range(3)})
    assert len(ProposalBuilder(annotations, tmp_path / "images")) == 3
    assert len(ProposalBuilder(str(annotations), str(tmp_path / "images"))) == 3


def test_the_builder_searches_selectively_and_takes_the_preset_by_default(tmp_path):
    image, boxes = scene(0)
    builder = ProposalBuilder(write_coco(tmp_path, {"a.jpg": (image, boxes)}), tmp_path / "images")
    builder.build_proposal_set(DatasetKind.VALID, tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "valid" / "export.json").read_text())["settings"]
    assert settings["setup"] == Setup(SelectiveSearch(whole_image=False), order="area").spell()
    assert (
        settings["setup"].items() >= {"order": "area", "iou": "0.5", "inclusive": "false", "top": "0"}.items()
    )
    assert settings["sampling"]["negatives_first"] == "400"
    assert PRESETS["article"].sampling == Sampling()


def test_images_without_objects_can_be_left_out_as_the_article_does(tmp_path):
    pictures = {"a.jpg": (PLAIN, []), "b.jpg": (PLAIN, [[0, 0, 40, 30]])}
    builder = ProposalBuilder(write_coco(tmp_path, pictures), tmp_path / "images")
    setup = Setup(Fixed((HALF,)))
    done = builder.build_proposal_set(
        DatasetKind.TRAIN, tmp_path, setup=setup, sampling=Sampling(empty_images=False)
    )
    assert (done.images, done.crops) == (2, 1)


def test_half_is_a_positive_only_where_the_threshold_counts(tmp_path):
    annotations = write_coco(tmp_path, {"a.jpg": (PLAIN, [[0, 0, 40, 30]])})
    for inclusive, positives in ((False, 0), (True, 1)):
        setup = Setup(Fixed((HALF,)), rule=LabelRule(inclusive=inclusive))
        builder = ProposalBuilder(annotations, tmp_path / "images")
        done = builder.build_proposal_set(DatasetKind.TRAIN, tmp_path / str(inclusive), setup=setup)
        assert done.positives == positives


def test_the_kinds_are_the_articles():
    assert [(kind.name, kind.value) for kind in DatasetKind] == [("TRAIN", "train"), ("VALID", "valid")]


@pytest.mark.parametrize("kind", ["train", DatasetKind.VALID])
def test_the_kind_names_the_folder(tmp_path, kind):
    annotations = write_coco(tmp_path, {"a.jpg": (PLAIN, [])})
    ProposalBuilder(annotations, tmp_path / "images").build_proposal_set(
        kind, tmp_path / "out", setup=Setup(Fixed((HALF,)))
    )
    assert (tmp_path / "out" / str(kind) / "export.json").exists()


@quick
@given(st.integers(0, 5000), st.floats(0, 1, width=32), st.integers(0, 1))
def test_a_crops_name_tells_the_articles_reader_its_iou_and_label(rank, iou, label):
    """The article's next part: split at the dots, part 2 is the IoU with "_" for ".", part 3 the label."""
    parts = crop_name("wall_2_v1", rank, iou, label).split(".")
    assert parts == ["wall_2_v1", str(rank), str(round(iou, 2)).replace(".", "_"), str(label), "jpg"]
    assert float(parts[2].replace("_", ".")) == round(iou, 2)


@pytest.mark.parametrize(
    ("iou", "text"),
    [(0.0, "0_0"), (1.0, "1_0"), (0.5, "0_5"), (0.875, "0_88"), (0.125, "0_12"), (0.004, "0_0")],
)
def test_the_iou_is_rounded_as_the_article_rounds_it(iou, text):
    assert crop_name("a", 7, iou, 1) == f"a.7.{text}.1.jpg"
