"""The command ``convert``: right boxes from every unit, right sizes, and nothing else changed."""

import json

import numpy as np
import pytest
from PIL import Image as PILImage

from core.datasets import CocoDataset, check
from core.datasets.convert.conversion import convert
from core.datasets.units.unit import AS_COCO, UNITS, unit_named
from core.errors import BoxscopeError
from tests.box_units import BARS, marked, rectangle
from tests.coco import run_lengths
from tests.drawn import coco, noise, save, write
from tests.small import core
from tests.walls import A, B

BARS_OF = [bar for bars in BARS for bar in bars]


def written(folder, images, annotations, **more):
    return write(coco(images, annotations, **more), folder / "annotations.json")


def boxes_of(path):
    return [entry["bbox"] for entry in json.loads(path.read_text())["annotations"]]


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_boxes_of_every_unit_become_those_in_pixels(tmp_path, unit):
    source, out = written(tmp_path, *marked(unit, polygon=True, area=True)), tmp_path / "out.json"
    for name in (unit.name, "auto"):
        done = convert(source, out, boxes=name, overwrite=True)
        assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)
        assert done.disagreeing == 0
    dataset = CocoDataset.open(out, tmp_path)
    assert dataset.problems == ()
    assert dataset.all_truth.area.tolist() == [w * h for _, _, w, h in BARS_OF]


@pytest.mark.parametrize(
    "name",
    [
        *("xyxy", "normalised", "yolo", "normalised-xyxy", "per-mille", "percent", "cxcywh"),
        *("normalised-yxyx", "yxyx", "from-below", "upper-from-below", "xyxy-from-below"),
    ],
)
@pytest.mark.parametrize("area", [False, True], ids=["boxes alone", "areas"])
def test_a_unit_that_the_user_names_needs_no_polygon(tmp_path, name, area):
    source, out = written(tmp_path, *marked(unit_named(name), area=area)), tmp_path / "out.json"
    convert(source, out, boxes=name)
    assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)


def test_centres_in_0_1_are_meant_by_centres_too(tmp_path):
    source, out = written(tmp_path, *marked(unit_named("yolo"))), tmp_path / "out.json"
    convert(source, out, boxes="cxcywh")
    assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)


def test_units_of_one_file_are_converted_box_by_box(tmp_path):
    images, annotations = marked(AS_COCO, area=True, polygon=True)
    for n, name in enumerate(["xyxy", "normalised", "yolo"]):
        other = marked(unit_named(name), area=True, polygon=True)[1]
        annotations = [o if r["image_id"] == n + 1 else r for r, o in zip(annotations, other, strict=True)]
    out = tmp_path / "out.json"
    done = convert(written(tmp_path, images, annotations), out, boxes="auto")
    assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)
    assert done.boxes == {"xyxy": 3, "normalised": 2, "normalised-cxcywh": 2}


def test_all_else_stays_as_it_is(tmp_path):
    images, annotations = marked(unit_named("xyxy"), area=True, polygon=True)
    annotations[0] |= {
        "attributes": {"depth": [1, None], "ü": "\ud83d"},
        "bbox": [20, 30, 140, 70],
        "score": 1e-7,
    }
    images[0] |= {"license": 3, "date": "2026-11-26"}
    document = coco(images, annotations, info={"year": 2026}, extra=[{"id": 12345678901234567890}])
    source, out = write(document, tmp_path / "annotations.json", mark=True), tmp_path / "out.json"
    before = source.read_bytes()
    convert(source, out, boxes="xyxy")
    assert source.read_bytes() == before
    after = json.loads(out.read_text())
    assert after["annotations"][0]["bbox"] == A
    assert all(type(number) is int for number in after["annotations"][0]["bbox"])
    for entry, old in zip(after["annotations"], document["annotations"], strict=True):
        entry["bbox"] = old["bbox"]
    assert after == json.loads(json.dumps(document))


def test_polygons_and_areas_in_the_unit_of_the_boxes_are_converted_with_them(tmp_path):
    images, annotations = marked(unit_named("normalised"))
    for entry, bar in zip(annotations, BARS_OF, strict=True):
        entry["segmentation"] = (np.array(rectangle(bar)) / ([320, 240] * 4)).tolist()
        entry["area"] = bar[2] * bar[3] / (320 * 240) / 2
    out = tmp_path / "out.json"
    convert(written(tmp_path, images, annotations), out, boxes="auto")
    for entry, bar in zip(json.loads(out.read_text())["annotations"], BARS_OF, strict=True):
        assert np.allclose(entry["bbox"], bar, atol=1e-3)
        assert np.allclose(entry["segmentation"], rectangle(bar), atol=1e-3)
        assert entry["area"] == pytest.approx(bar[2] * bar[3] / 2)


def test_polygons_in_0_1_without_boxes_become_polygons_and_boxes_in_pixels(tmp_path):
    images, annotations = marked(AS_COCO)
    for entry, bar in zip(annotations, BARS_OF, strict=True):
        entry["segmentation"] = (np.array(rectangle(bar)) / ([320, 240] * 4)).tolist()
        del entry["bbox"]
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    assert CocoDataset.open(source, tmp_path).refusals
    convert(source, out, boxes="normalised")
    dataset = CocoDataset.open(out, tmp_path)
    assert dataset.problems == ()
    assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)
    polygons = [entry["segmentation"] for entry in json.loads(out.read_text())["annotations"]]
    assert np.allclose(polygons, [rectangle(bar) for bar in BARS_OF], atol=1e-3)


def test_an_area_that_was_computed_from_the_numbers_as_sides_is_computed_again(tmp_path):
    images, annotations = marked(unit_named("xyxy"), polygon=True)
    for entry in annotations:
        entry["area"] = entry["bbox"][2] * entry["bbox"][3]
    out = tmp_path / "out.json"
    convert(written(tmp_path, images, annotations), out, boxes="auto")
    areas = [entry["area"] for entry in json.loads(out.read_text())["annotations"]]
    assert areas == [w * h for _, _, w, h in BARS_OF]


def test_boxes_are_taken_from_their_segmentations_or_declared_right(tmp_path):
    images, annotations = marked(AS_COCO, polygon=True, area=True)
    for entry in annotations:
        entry["bbox"] = [side / 2 for side in entry["bbox"]]
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    assert CocoDataset.open(source, tmp_path).refusals
    convert(source, out, boxes="segmentation")
    assert np.allclose(boxes_of(out), BARS_OF)
    assert CocoDataset.open(out, tmp_path).problems == ()
    done = convert(source, out, boxes="xywh", overwrite=True)
    assert done.boxes == {"declared right": len(BARS_OF)}
    assert np.allclose(boxes_of(out), np.array(BARS_OF) / 2)
    assert CocoDataset.open(out, tmp_path).problems == ()


REFUSED = {
    "another unit": ("xyxy", "normalised", "would not fit as x1 y1 x2 y2; 8 would as x y w h in 0-1"),
    "corners that are none": ("xyxy", "xywh", "of 9 boxes would end before they begin"),
    "pixels for hundredths": ("percent", "xywh", "of 9 boxes would disagree"),
    "no such unit": ("inches", "xywh", "got 'inches', expected one of xywh, xyxy"),
}


@pytest.mark.parametrize(("asked", "unit", "message"), REFUSED.values(), ids=REFUSED)
def test_a_conversion_that_is_wrong_writes_nothing(tmp_path, asked, unit, message):
    source = written(tmp_path, *marked(unit_named(unit), area=True))
    with pytest.raises(BoxscopeError) as error:
        convert(source, tmp_path / "out.json", boxes=asked)
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["annotations.json"]


def test_boxes_that_two_units_explain_are_not_converted_by_guess(tmp_path):
    middle = [[[100, 80, 60, 40]]] * 3
    source = written(tmp_path, *marked(unit_named("normalised"), bars=middle, area=True))
    with pytest.raises(BoxscopeError, match=r"more than one unit: say which by --boxes normalised"):
        convert(source, tmp_path / "out.json", boxes="auto")
    convert(source, tmp_path / "out.json", boxes="normalised")
    assert np.allclose(boxes_of(tmp_path / "out.json"), [[100, 80, 60, 40]] * 3)


@pytest.mark.parametrize("areas", [False, True], ids=["nothing else", "areas of the numbers as sides"])
def test_boxes_that_only_the_image_speaks_of_are_not_converted_by_guess(tmp_path, areas):
    images, annotations = marked(unit_named("xyxy"))
    for entry in annotations if areas else ():
        entry["area"] = entry["bbox"][2] * entry["bbox"][3]
    source = written(tmp_path, images, annotations)
    with pytest.raises(BoxscopeError, match="none has a segmentation or an area that tells"):
        convert(source, tmp_path / "out.json", boxes="auto")


def test_a_right_file_stays_as_it_is(tmp_path):
    source, out = written(tmp_path, *marked(AS_COCO, area=True)), tmp_path / "out.json"
    done = convert(source, out, boxes="auto")
    assert (done.boxes, done.disagreeing) == ({}, 0)
    assert json.loads(out.read_text()) == json.loads(source.read_text())


def test_single_boxes_that_no_unit_explains_stay_and_are_counted(tmp_path):
    images, annotations = marked(AS_COCO, polygon=True)
    annotations[0]["bbox"] = [200, 10, 5, 5]
    annotations[1]["bbox"] = [180, 140, 280, 200]
    out = tmp_path / "out.json"
    done = convert(written(tmp_path, images, annotations), out, boxes="auto")
    assert (done.boxes, done.disagreeing) == ({"xyxy": 1}, 1)
    assert boxes_of(out)[:2] == [[200, 10, 5, 5], B]


def test_annotations_of_unlisted_images_are_left_out(tmp_path):
    images, annotations = marked(AS_COCO)
    annotations[0]["image_id"] = "2.png"
    for number in (99, "elsewhere.png", None):
        annotations.append({**annotations[1], "id": 900, "image_id": number})
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    assert all(CocoDataset.open(source, tmp_path).doubts)
    assert convert(source, out, drop_unlisted=True).dropped == 3
    dataset = CocoDataset.open(out, tmp_path)
    assert not any(dataset.doubts)
    assert len(dataset.all_truth.ids) == len(BARS_OF)


def sized(folder, size, **fields):
    """Write a picture of a size with annotations for another, of 320x240."""
    save(noise(*size), folder / "a.png")
    image = {"id": 1, "file_name": "a.png", "width": 320, "height": 240}
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": A, "area": 4800, **fields}
    return written(folder, [image], [annotation]), folder / "out.json"


@pytest.mark.parametrize("text", [False, True], ids=["run lengths", "run lengths as text"])
def test_annotations_of_the_picture_at_another_size_are_scaled_to_it(tmp_path, text):
    mask = run_lengths(*A, size=(320, 240))
    if text:
        from pycocotools import mask as library

        encoded = library.frPyObjects(mask, *mask["size"])
        mask = {"size": mask["size"], "counts": encoded["counts"].decode()}
    source, out = sized(tmp_path, (160, 120), segmentation=mask, keypoints=[20, 30, 2, 0, 0, 0])
    assert (
        "`convert annotations.json OUT.json --sizes` scales"
        in check(CocoDataset.open(source)).problems[0].detail
    )
    done = convert(source, out, sizes=True)
    assert done.sizes == {"missing": 0, "exchanged": 0, "scaled": 1}
    (image,), (entry,) = (json.loads(out.read_text())[key] for key in ("images", "annotations"))
    assert (image["width"], image["height"]) == (160, 120)
    assert entry["bbox"] == [10, 15, 60, 20]
    assert entry["area"] == 1200
    assert entry["keypoints"] == [10, 15, 2, 0, 0, 0]
    assert type(entry["segmentation"]["counts"]) is type(mask["counts"])
    assert check(CocoDataset.open(out)).problems == ()


def test_polygons_are_scaled_too(tmp_path):
    source, out = sized(tmp_path, (641, 480), segmentation=rectangle(A))
    convert(source, out, sizes=True)
    (entry,) = json.loads(out.read_text())["annotations"]
    factor = 641 / 320
    assert entry["bbox"] == pytest.approx([20 * factor, 60, 120 * factor, 80], abs=1e-3)
    assert entry["segmentation"][0][:2] == pytest.approx([20 * factor, 60], abs=1e-3)
    assert check(CocoDataset.open(out)).problems == ()


def test_exchanged_sides_are_corrected_where_the_boxes_fit_the_picture(tmp_path):
    save(noise(240, 320), tmp_path / "a.png")
    save(noise(240, 320), tmp_path / "b.png")
    images = [{"id": n, "file_name": f"{n}.png"} for n in "ab"]
    images = [
        {"id": n, "file_name": name, "width": 320, "height": 240} for n, name in ((1, "a.png"), (2, "b.png"))
    ]
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 200, 100, 110]},
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [20, 30, 120, 40]},
    ]
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    details = [
        problem.detail
        for problem in check(CocoDataset.open(source)).problems
        if problem.kind == "size-differs"
    ]
    assert (
        details
        == [
            "is 240x320, the annotations say 320x240: width and height are exchanged, "
            "`convert annotations.json OUT.json --sizes` corrects them"
        ]
        * 2
    )
    assert convert(source, out, sizes=True).sizes["exchanged"] == 2
    assert check(CocoDataset.open(out)).problems == ()
    assert boxes_of(out) == [[20, 200, 100, 110], [20, 30, 120, 40]]


def test_pictures_that_were_rotated_keep_their_annotations_and_are_named(tmp_path):
    for name in "ab":
        save(noise(240, 320), tmp_path / f"{name}.png")
    images = [
        {"id": n, "file_name": f"{name}.png", "width": 320, "height": 240} for n, name in enumerate("ab", 1)
    ]
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": B},  # reaches to x = 280, beyond the picture
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": A},
    ]
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    done = convert(source, out, sizes=True)
    assert done.sizes["exchanged"] == 0
    assert [image["file"] for image in done.left] == ["a.png", "b.png"]
    assert "may have been rotated" in done.left[0]["reason"]
    assert json.loads(out.read_text())["images"] == images


def test_an_orientation_explains_exchanged_sides(tmp_path):
    exif = PILImage.Exif()
    exif[0x0112] = 6
    save(noise(320, 240), tmp_path / "a.jpg", exif=exif)
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": A}
    for size in ((320, 240), (240, 320)):
        image = {"id": 1, "file_name": "a.jpg", "width": size[0], "height": size[1]}
        source = written(tmp_path, [image], [annotation])
        assert not [problem for problem in check(CocoDataset.open(source)).problems if problem.lost]
        convert(source, tmp_path / "out.json", sizes=True, overwrite=True)
        assert json.loads((tmp_path / "out.json").read_text())["images"] == [image]
    image |= {"width": 160, "height": 120}  # of the stored picture at half the size
    convert(written(tmp_path, [image], [annotation]), tmp_path / "out.json", sizes=True, overwrite=True)
    (image,) = json.loads((tmp_path / "out.json").read_text())["images"]
    assert (image["width"], image["height"]) == (320, 240)


def test_sizes_that_are_missing_come_before_the_boxes_that_need_them(tmp_path):
    images, annotations = marked(unit_named("normalised"))
    for image in images:
        save(noise(320, 240), tmp_path / image["file_name"])
        del image["width"], image["height"]
    source, out = written(tmp_path, images, annotations), tmp_path / "out.json"
    done = convert(source, out, sizes=True, boxes="normalised")
    assert done.sizes["missing"] == len(images)
    assert np.allclose(boxes_of(out), BARS_OF, atol=1e-3)
    assert check(CocoDataset.open(out)).problems == ()


def test_sizes_of_another_aspect_and_pictures_that_are_gone_are_named(tmp_path):
    source, out = sized(tmp_path, (100, 100))
    document = json.loads(source.read_text())
    document["images"].append({"id": 2, "file_name": "gone.png", "width": 5, "height": 5})
    write(document, source)
    done = convert(source, out, sizes=True)
    assert done.left == [
        {"file": "a.png", "reason": "is 100x100, the annotations say 320x240: another aspect"},
        {"file": "gone.png", "reason": "no such file"},
    ]


def test_the_command_says_what_it_did_and_never_overwrites_unasked(tmp_path):
    source, out = written(tmp_path, *marked(unit_named("xyxy"), area=True)), tmp_path / "out.json"
    done = core("convert", source, out, "--boxes", "auto", "--json")
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert (result["boxes"], result["disagreeing"], result["annotations"]) == ({"xyxy": 9}, 0, 9)
    assert "no box disagrees" in done.stderr
    before = out.read_bytes()
    for words, message in (
        ((source, out, "--boxes", "xyxy"), "exists already"),
        ((source, source, "--boxes", "xyxy", "--overwrite"), "is the file that is read"),
        ((source, tmp_path, "--boxes", "xyxy"), "is a folder"),
        ((source, tmp_path / "no" / "out.json", "--boxes", "xyxy"), "cannot be written"),
        ((source, tmp_path / "new.json"), "nothing to put right"),
    ):
        done = core("convert", *words)
        assert done.returncode == 2
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annotations.json", "out.json"]
