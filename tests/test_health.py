"""The health check: each thing wrong with a picture is named once, and nothing else is."""

import json
from collections import Counter
from itertools import islice
from threading import Event

import pytest
from PIL import ImageFile

from core.datasets import CocoDataset, background_check, health
from core.datasets.background_check import BackgroundCheck
from core.executors import SerialExecutor
from core.export import run
from tests.drawn import annotation, coco, image, noise, save, write
from tests.real import DATA, needs_real_data
from tests.small import config, scene, write_coco, write_scenes


def checked(folder, images, annotations=(), *, decode=True, **options):
    dataset = CocoDataset.open(write(coco(images, annotations, **options), folder / "annotations.json"))
    return health.check(dataset, decode=decode)


def named(report):
    return [(problem.kind, problem.item, problem.lost) for problem in report.problems]


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


both_depths = pytest.mark.parametrize("decode", [True, False], ids=["decoded", "headers only"])


@both_depths
def test_sound_set_has_no_problem(tmp_path, decode):
    save(noise(100, 80), tmp_path / "a.png")
    report = checked(tmp_path, [image()], [annotation()], decode=decode)
    assert report.problems == ()
    assert report.usable
    assert report.decoded is decode
    assert (report.images, report.objects, report.images_without_objects) == (1, 1, 0)


@both_depths
def test_missing_picture_is_named_and_lost(tmp_path, decode):
    save(noise(100, 80), tmp_path / "a.png")
    (tmp_path / "b.png").mkdir()
    report = checked(
        tmp_path, [image(), image(2, "gone.png"), image(3, "b.png")], [annotation()], decode=decode
    )
    assert named(report) == [("missing-file", "gone.png", True), ("missing-file", "b.png", True)]
    assert not report.usable


@both_depths
def test_unlisted_pictures_are_named_in_sub_folders_too_and_other_files_are_not(tmp_path, decode):
    for name in ("a.png", "extra.png", "s/t/deep.JPG", "s/listed.png"):
        save(noise(100, 80), tmp_path / name)
    (tmp_path / "notes.txt").touch()
    report = checked(tmp_path, [image(), image(2, "./s//listed.png")], decode=decode)
    assert named(report) == [("unlisted", "extra.png", False), ("unlisted", "s/t/deep.JPG", False)]
    assert report.usable


@pytest.mark.parametrize("begun", [False, True], ids=["finished", "begun"])
@pytest.mark.parametrize("out", [".", "deep/er"])
def test_crops_of_an_export_among_the_pictures_are_not_unlisted(tmp_path, out, begun):
    data = write_scenes(tmp_path, 2)
    data = data.rename(tmp_path / "images" / data.name)
    export = run(config(CocoDataset.open(data), shard_images=1), tmp_path / "images" / out, SerialExecutor())
    assert len([*islice(export, 2 if begun else None)]) >= 2
    export.close()
    save(noise(100, 80), tmp_path / "images" / "crops" / "mine.png")
    assert any((tmp_path / "images").rglob("crops/*.jpg"))
    assert named(health.check(CocoDataset.open(data))) == [("unlisted", "crops/mine.png", False)]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_broken_picture_is_unreadable_once_decoded(tmp_path, suffix):
    truncate(save(noise(100, 80), tmp_path / f"a.{suffix}"))
    report = checked(tmp_path, [image(1, f"a.{suffix}")])
    assert named(report) == [("unreadable", f"a.{suffix}", True)]
    assert (
        "cannot be decoded" in report.problems[0].detail
        or "not a readable picture" in report.problems[0].detail
    )


def test_headers_alone_do_not_find_a_broken_jpeg_and_do_not_decode(tmp_path, monkeypatch):
    truncate(save(noise(100, 80), tmp_path / "a.jpg"))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    assert checked(tmp_path, [image(1, "a.jpg")], decode=False).problems == ()


@both_depths
def test_file_that_is_no_picture_is_unreadable(tmp_path, decode):
    (tmp_path / "a.png").write_text("not a picture")
    assert named(checked(tmp_path, [image()], decode=decode)) == [("unreadable", "a.png", True)]


_MEND = "`convert annotations.json OUT.json --sizes`"
OTHER_SIZES = {
    "another aspect": ((90, 80), ""),
    "exchanged": ((80, 100), f": width and height are exchanged, {_MEND} corrects them"),
    "half the size": ((50, 40), f": the same aspect, 0.5 times the size, {_MEND} scales its boxes"),
    "a third, rounded": ((33, 27), f": the same aspect, 0.33 times the size, {_MEND} scales its boxes"),
    "three times, a pixel off": (
        (301, 240),
        f": the same aspect, 3.01 times the size, {_MEND} scales its boxes",
    ),
}


@both_depths
@pytest.mark.parametrize(("size", "would_fit"), OTHER_SIZES.values(), ids=OTHER_SIZES)
def test_picture_of_another_size_is_named_with_both_sizes_and_what_would_fit(
    tmp_path, decode, size, would_fit
):
    save(noise(*size), tmp_path / "a.png")
    report = checked(tmp_path, [image()], [annotation()], decode=decode)
    assert named(report) == [("size-differs", "a.png", True)]
    assert report.problems[0].detail == f"is {size[0]}x{size[1]}, the annotations say 100x80{would_fit}"


def test_exchanged_sides_of_a_picture_that_its_boxes_do_not_fit_are_not_called_so(tmp_path):
    save(noise(80, 100), tmp_path / "a.png")
    report = checked(tmp_path, [image()], [annotation(bbox=[60, 20, 35, 40])])
    assert report.problems[0].detail.endswith("exchanged, but its boxes do not fit the picture")


def test_picture_that_is_broken_and_of_another_size_is_named_once(tmp_path):
    truncate(save(noise(80, 100), tmp_path / "a.jpg"))
    assert len(checked(tmp_path, [image(1, "a.jpg")]).problems) == 1


@both_depths
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((80, 100), ("exif", "EXIF orientation 6, applied")),
        ((100, 80), ("exif", "EXIF orientation 6, not applied: the annotations count stored pixels")),
        ((0, 0), ("exif", "EXIF orientation 6, applied")),
        ((7, 7), ("size-differs", "is 80x100, the annotations say 7x7")),
    ],
    ids=["upright size", "stored size", "no size", "neither"],
)
def test_orientation_is_named_with_what_is_done_about_it(tmp_path, decode, size, expected):
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    save(noise(100, 80), tmp_path / "a.jpg", exif=exif)
    report = checked(tmp_path, [image(1, "a.jpg", *size)], decode=decode)
    found = [(problem.kind, problem.detail) for problem in report.problems if problem.kind != "no-size"]
    assert found == [expected]


def test_problems_of_the_file_stand_beside_those_of_the_pictures(tmp_path):
    save(noise(100, 80), tmp_path / "a.png")
    report = checked(tmp_path, [image(), image(2, "gone.png")], [annotation(bbox=[]), annotation(2, 99)])
    assert Counter(kind for kind, *_ in named(report)) == {
        "empty-mark": 1,
        "unknown-image": 1,
        "missing-file": 1,
    }


def test_report_counts_objects_by_category_and_crowd_apart(tmp_path):
    for n in range(1, 4):
        save(noise(100, 80), tmp_path / f"{n}.png")
    report = checked(
        tmp_path,
        [image(n, f"{n}.png") for n in range(1, 4)],
        [
            annotation(1, 1),
            annotation(2, 1, category_id=2),
            annotation(3, 1, category_id=2),
            annotation(4, 2, iscrowd=1),
            annotation(5, 1, category_id=9),
        ],
        categories=[{"id": 1, "name": "crack"}, {"id": 2, "name": "joint"}],
    )
    assert (report.images, report.objects, report.crowd_regions) == (3, 4, 1)
    assert report.images_without_objects == 2
    assert report.categories == {"joint": 2, "crack": 1, "category 9": 1}
    assert next(iter(report.categories)) == "joint"


def test_counts_are_most_first(tmp_path):
    save(noise(100, 80), tmp_path / "a.png")
    images = [image(), *(image(n, f"{n}.png") for n in range(2, 5))]
    report = checked(tmp_path, images, [annotation(bbox=[])])
    assert list(report.counts.items()) == [("missing-file", 3), ("empty-mark", 1)]


def test_report_is_plain_values_for_json(tmp_path):
    save(noise(100, 80), tmp_path / "a.png")
    report = checked(tmp_path, [image(), image(2, "gone.png")], [annotation()])
    read = json.loads(json.dumps(report.as_dict()))
    assert read == report.as_dict() | {"problems": [dict(problem) for problem in read["problems"]]}
    assert read["counts"] == {"missing-file": 1}
    assert read["usable"] is False
    assert read["problems"][0]["item"] == "gone.png"


@pytest.mark.parametrize("name", ["ids", "images"])
def test_no_image_is_checked_for_twice(tmp_path, name):
    """Problems come in the order of the file, however many threads look."""
    images = [image(n, f"{n:03d}.png") for n in range(1, 60)]
    report = checked(tmp_path / name, images)
    assert [problem.item for problem in report.problems] == [record["file_name"] for record in images]


@needs_real_data
def test_real_set_with_a_truncated_picture_and_nonsense_orientations():
    dataset = CocoDataset.open(DATA / "kangaroo" / "annotations.json")
    report = health.check(dataset)
    assert [problem.item for problem in report.problems if problem.kind == "unreadable"] == ["00090.jpg"]
    assert "exif" not in report.counts
    assert (report.images, report.objects) == (34, 61)
    assert "unreadable" not in health.check(dataset, decode=False).counts


@needs_real_data
@pytest.mark.parametrize(
    ("name", "stored"),
    [("annotations.json", False), ("annotations_stored.json", True)],
    ids=["upright", "stored"],
)
def test_real_photographs_have_no_problem_but_their_orientation(name, stored):
    report = health.check(CocoDataset.open(DATA / "exif_orientation" / name), decode=False)
    assert set(report.counts) == {"exif"}
    assert any("not applied" in problem.detail for problem in report.problems) == stored
    assert report.usable


def test_the_report_counts_images_in_doubt_and_says_what_an_export_refuses(tmp_path):
    objects = {"a.jpg": [[0, 0, 5, 5]], "b.jpg": [[0, 0, 5, 0]], "c.jpg": []}
    document = write_coco(tmp_path, {name: (scene(0)[0], boxes) for name, boxes in objects.items()})
    report = health.check(CocoDataset.open(document))
    assert (report.images_without_objects, report.images_in_doubt, report.refusals) == (1, 1, ())
    assert "1 objects (crack 1), 1 images without any, 1 that give no negatives" in report.text()
    document.write_text(document.read_text().replace('"image_id": ', '"item_id": '))
    report = health.check(CocoDataset.open(document))
    assert (report.images_without_objects, report.images_in_doubt) == (0, 3)
    assert "export refuses it as it is: 2 of 2 objects have no image_id" in report.text()


def test_pictures_of_the_other_split_are_not_unlisted(tmp_path):
    path = write_scenes(tmp_path / "set", 6)
    whole = json.loads(path.read_text())
    path.unlink()
    for name, images in (("train", whole["images"][:3]), ("valid", whole["images"][3:5])):
        folder = path.parent / "annotations"
        folder.mkdir(exist_ok=True)
        (folder / f"instances_{name}.json").write_text(
            json.dumps({**whole, "images": images, "annotations": []})
        )
    dataset = CocoDataset.open(folder / "instances_train.json")
    assert named(health.check(dataset)) == [("unlisted", "005.jpg", False)]


def test_the_check_in_the_background_ends_with_the_report_of_the_whole(tmp_path):
    path = write_scenes(tmp_path, 40)
    truncate(tmp_path / "images/007.jpg")
    (tmp_path / "images/008.jpg").unlink()
    save(noise(100, 80), tmp_path / "images/more.png")
    dataset = CocoDataset.open(path)
    check = BackgroundCheck(dataset)
    assert check.health().checked == "Read the headers of 0 of 40 pictures."
    found = check.request(seconds=60)
    assert found == health.check(dataset)
    assert (found.complete, found.checked) == (True, "Read the headers of all 40 pictures and decoded them.")
    assert check.share == 1
    assert check.request() == found


def test_the_check_in_the_background_says_what_it_has_checked_so_far(tmp_path, monkeypatch):
    dataset = CocoDataset.open(write_scenes(tmp_path, 40))
    go_on, headers = Event(), Event()

    def look_at(dataset, index, decode):
        if decode:
            headers.set()
            go_on.wait(60)
        return health.look_at(dataset, index, decode)

    monkeypatch.setattr(background_check, "look_at", look_at)
    check = BackgroundCheck(dataset)
    check.request()
    assert headers.wait(60)
    found = check.request()
    assert (found.complete, found.decoded, found.problems) == (False, False, ())
    assert found.checked.startswith("Read the headers of all 40 pictures; decoded none")
    go_on.set()
    assert check.request(seconds=60).complete


def test_the_check_in_the_background_pauses_where_nobody_asks_and_goes_on(tmp_path, monkeypatch):
    dataset = CocoDataset.open(write_scenes(tmp_path, 3))
    monkeypatch.setattr(background_check, "_IDLE_TIMEOUT", 0)
    check = BackgroundCheck(dataset)
    assert check.request(seconds=60).headers_read == 0
    monkeypatch.setattr(background_check, "_IDLE_TIMEOUT", 60)
    assert check.request(seconds=60).complete


def test_an_error_that_nobody_expected_is_one_problem(tmp_path, monkeypatch):
    dataset = CocoDataset.open(write_scenes(tmp_path, 3))
    monkeypatch.setattr(background_check, "look_at", lambda *arguments: 1 / 0)
    assert BackgroundCheck(dataset).request(seconds=60).counts == {"unreadable": 3}
