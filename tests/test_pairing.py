"""Listed names that nearly fit a file, by rules from strict to loose; one file under several names."""

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cli
from core.datasets import CocoDataset, check
from core.datasets.locating.image_files import match_files
from core.datasets.locating.name_rules import Surroundings
from core.datasets.locating.pairing import pair_names
from core.executors import SerialExecutor
from core.export import run
from core.files.local import LocalFiles
from tests.drawn import annotation, coco, image, noise, quick, save, write
from tests.small import config

NFC, NFD = (unicodedata.normalize(form, "Brücke.png") for form in ("NFC", "NFD"))

# Listed name, file, rule.
RULES = {
    "back-slash": (r"walls\a.png", "walls/a.png", "separators"),
    "mixed": (r".\walls\4/a.png", "walls/4/a.png", "separators"),
    "above": (r"..\a.png", "a.png", "separators"),
    "above by slashes": ("../../a.png", "a.png", "separators"),
    "from the root": ("/walls/a.png", "walls/a.png", "separators"),
    "drive": (r"D:\walls\a.png", "walls/a.png", "separators"),
    "through a folder that is not there": ("gone/../a.png", "a.png", "separators"),
    "percent-encoding": ("Br%C3%BCcke.png", NFC, "percent-encoding"),
    "percent-encoded blank": ("a%20b.png", "a b.png", "percent-encoding"),
    "encoded on the disk": ("a b.png", "a%20b.png", "percent-encoding"),
    "decomposed on the disk": (NFC, NFD, "Unicode form"),
    "composed on the disk": (NFD, NFC, "Unicode form"),
    "encoded and decomposed": ("Bru%CC%88cke.png", NFC, "Unicode form"),
    "blank at the end": ("a.png ", "a.png", "blanks"),
    "line end": ("a.png\r\n", "a.png", "blanks"),
    "blank at the end of a folder": ("walls /a.png", "walls/a.png", "blanks"),
    "blank on the disk": ("a.png", "a.png ", "blanks"),
    "suffix": ("a.PNG", "a.png", "case of the suffix"),
    "suffix on the disk": ("a.png", "a.Png", "case of the suffix"),
    "name": ("Wall.png", "wall.png", "case of the name"),
    "folder": ("Walls/a.png", "walls/a.png", "case of the name"),
    "several at once": (r"Walls\A%20b.PNG ", "walls/a b.png", "case of the name"),
    "path of another machine": ("/home/me/walls/a.png", "walls/a.png", "end of the path"),
    "path of another system": (r"C:\Users\me\walls\a.png", "walls/a.png", "end of the path"),
    "case and path": (r"C:\Users\me\Walls\a.PNG", "walls/a.png", "end of the path"),
    "upload": (r"..\..\media\upload\4\a.png", "a.png", "last part alone"),
    "folders of pictures": ("media/4/a.png", "images/a.png", "last part alone"),
    "URL": ("https://host/bucket/a.png", "a.png", "last part alone"),
    "URL with a query": ("https://host/walls/a.png?size=full&x=1", "walls/a.png", "end of the path"),
}


def paired(names, files, pictures_alone=True):
    """Return the pairs and the unsure names of missing names."""
    return pair_names(names, [], files, Surroundings(pictures_alone=pictures_alone))


def matched(folder, names):
    """Return the files of names that annotations beside the pictures list."""
    return match_files(folder, names, folder / "all.json")


@pytest.mark.parametrize(("name", "file", "rule"), RULES.values(), ids=RULES)
def test_a_name_is_paired_by_the_strictest_rule(tmp_path, name, file, rule):
    """Another picture lies beside it, which has nothing to do with the name."""
    save(noise(50, 40, 1), tmp_path / file.strip()).rename(tmp_path / file)
    save(noise(50, 40, 2), tmp_path / "other.png")
    path = write(coco([image(1, name, 50, 40), image(2, "other.png", 50, 40)]), tmp_path / "annotations.json")
    dataset = CocoDataset.open(path, tmp_path)
    assert dataset.file_names == [name, "other.png"]
    assert dataset.paths == [file, "other.png"]
    assert (dataset.read(0) == noise(50, 40, 1)).all()
    report = check(dataset)
    told = [(problem.kind, problem.item, problem.lost, problem.of) for problem in report.problems]
    assert told == [
        ("pairing-rule", "annotations.json", False, "file"),
        ("paired-name", name, False, "image"),
    ]
    assert report.problems[1].detail == f"read from {file!r} ({rule})"
    assert report.problems[0].detail.endswith(f": {rule}")
    assert not any(dataset.doubts)


NOT_PAIRED = {
    "another video": (["video1/0001.png"], ["video2/0001.png"]),
    "another split": ([r"train\a.png"], ["valid/a.png"]),
    "another split at the end": (["/data/train/walls/a.png"], ["val/walls/a.png"]),
    "a mask": (["a.png"], ["masks/a.png"]),
    "a thumbnail": (["walls/a.png"], ["thumbnails/walls/a.png"]),
    "two files in folders": (["a.png"], ["x/a.png", "y/a.png"]),
    "two files but for case": (["AB.png"], ["ab.png", "Ab.png"]),
    "two names but for case": (["AB.png", "Ab.png"], ["ab.png"]),
    "two names of other folders": ([r"x\a.png", r"y\a.png"], ["a.png"]),
    "several by a stricter rule": ([r"walls\A.png"], ["walls/a.png", "Walls/A.png"]),
    "another name": (["a.png"], ["b.png", "a.jpg", "aa.png", "a.png.bak"]),
    "no name": (["."], ["a.png"]),
}


@pytest.mark.parametrize(("names", "files"), NOT_PAIRED.values(), ids=NOT_PAIRED)
def test_what_may_be_another_picture_is_not_paired(names, files):
    assert not paired(names, files).pairs


def test_the_longest_end_decides_and_both_splits_get_their_own():
    names = [r"C:\d\train\a.png", r"C:\d\valid\a.png"]
    pairs = paired(names, ["valid/a.png", "train/a.png"]).pairs
    assert {name: pair.file for name, pair in pairs.items()} == {
        r"C:\d\train\a.png": "train/a.png",
        r"C:\d\valid\a.png": "valid/a.png",
    }
    assert not paired(names[:1], ["valid/a.png"]).pairs


def test_a_sub_folder_that_no_name_speaks_of_is_the_sets_own_only_apart_from_the_annotations(tmp_path):
    """Beside the annotations it may be another data set, with other pictures of the same names."""
    assert paired(["a.png"], ["walls/a.png"]).pairs == {"a.png": ("walls/a.png", "last part alone")}
    assert not paired(["a.png"], ["walls/a.png"], pictures_alone=False).pairs
    save(noise(50, 40), tmp_path / "set" / "walls" / "a.png")
    for annotations, expected in (("set/all.json", "a.png"), ("all.json", "walls/a.png")):
        path = write(coco([image(1, "a.png", 50, 40)]), tmp_path / annotations)
        assert CocoDataset.open(path, tmp_path / "set").paths == [expected]


@pytest.mark.parametrize(
    ("annotations", "folder", "name"),
    [("train.json", "images", "a.png"), ("all.json", "valid", r"..\train\a.png")],
    ids=["split of the annotations", "split of the images folder"],
)
def test_a_picture_of_another_split_is_not_taken(tmp_path, annotations, folder, name):
    save(noise(50, 40), tmp_path / "images" / "valid" / "a.png")
    save(noise(50, 40), tmp_path / "valid" / "a.png")
    path = write(coco([image(1, name, 50, 40)]), tmp_path / annotations)
    assert CocoDataset.open(path, tmp_path / folder).paths == [name]


def test_a_file_that_a_name_has_is_no_other_names_and_is_in_doubt(tmp_path):
    """The record without a file may mean the same picture: its objects are not known to be absent there."""
    save(noise(50, 40), tmp_path / "a.png")
    save(noise(50, 40), tmp_path / "b.png")
    listed = ["a.png", "A.png", r"C:\walls\b.png", "b.png", r"walls\b.png"]
    files = matched(tmp_path, listed)
    assert files.paths == listed
    assert files.first.tolist() == [0, 1, 2, 3, 4]
    assert [bool(doubt) for doubt in files.doubts] == [True, False, False, True, False]
    assert files.doubts[0] == "the listed image 'A.png' has no file and may mean this one"
    assert {problem.kind for problem in files.problems} == {"ambiguous-name"}


def test_an_image_whose_file_another_record_may_mean_gives_no_negatives(tmp_path):
    for name in ("a.png", "b.png"):
        save(noise(100, 80), tmp_path / name)
    images = [image(1, "a.png"), image(2, "A.png"), image(3, "b.png")]
    path = write(coco(images, [annotation(1, 2)]), tmp_path / "annotations.json")
    *_, last = run(config(CocoDataset.open(path)), tmp_path / "out", SerialExecutor())
    assert [entry["file"] for entry in last.skipped] == ["a.png", "A.png"]
    assert last.negatives > 0


def test_all_listed_names_are_named_and_counted_by_rule(tmp_path, capsys):
    for name in ("walls/a.png", "walls/b.png", "c.png"):
        save(noise(100, 80), tmp_path / "images" / name)
    names = [r"walls\a.png", r"walls\b.png", "c.PNG", "gone.png"]
    path = write(coco([image(n, name) for n, name in enumerate(names, 1)]), tmp_path / "annotations.json")
    report = check(CocoDataset.open(path))
    kinds = Counter(problem.kind for problem in report.problems)
    assert kinds == {"pairing-rule": 2, "paired-name": 3, "missing-file": 1}
    assert [problem.item for problem in report.problems if problem.lost] == ["gone.png"]
    assert (
        report.problems[0].detail
        == "2 listed names without a file, each paired with one that fits: separators"
    )
    assert cli.main(["check", str(path)]) == 0
    assert "2 listed names without a file" in capsys.readouterr().out


def test_crops_are_cut_from_the_paired_files(tmp_path):
    save(noise(100, 80), tmp_path / "images" / "a.png")
    for number, name in enumerate(["a.png", r"images\a.png"]):
        path = write(coco([image(1, name)], [annotation()]), tmp_path / f"{number}.json")
        run_all = run(config(CocoDataset.open(path)), tmp_path / str(number), SerialExecutor())
        assert [*run_all][-1].images == 1
    crops = [sorted((tmp_path / f"{n}/train/crops").iterdir()) for n in (0, 1)]
    assert [path.read_bytes() for path in crops[0]] == [path.read_bytes() for path in crops[1]]
    assert crops[0]


# ---- one file under several names


SAME = {
    "the same name": ("a.png", "a.png"),
    "a dot": ("a.png", "./a.png"),
    "two slashes": ("s/a.png", "s//a.png"),
    "back and forth": ("a.png", "s/../a.png"),
    "another separator": ("s/a.png", r"s\a.png"),
    "a link": ("a.png", "link.png"),
    "a link in a folder": ("s/a.png", "s/link.png"),
    "a hard link": ("a.png", "hard.png"),
    "through a linked folder": ("s/a.png", "linked/a.png"),
    "from above": ("a.png", "../set/a.png"),
}


@pytest.fixture
def linked(tmp_path):
    """Return a folder with two pictures and links to them."""
    folder = tmp_path / "set"
    save(noise(50, 40, 1), folder / "a.png")
    save(noise(50, 40, 2), folder / "s" / "a.png")
    (folder / "link.png").symlink_to("a.png")
    (folder / "hard.png").hardlink_to(folder / "a.png")
    (folder / "s" / "link.png").symlink_to("a.png")
    (folder / "linked").symlink_to("s")
    return folder


@pytest.mark.parametrize(("first", "second"), SAME.values(), ids=SAME)
def test_one_file_under_two_names_is_one(linked, first, second):
    for names in ([first, "gone.png", second], [second, "gone.png", first]):
        files = matched(linked, names)
        assert files.first.tolist() == [0, 1, 0]
        assert (linked / files.paths[0]).read_bytes() == (linked / files.paths[2]).read_bytes()


def test_two_files_are_two_whatever_their_names(linked):
    """In a folder that is a link, ``..`` leads to where that points."""
    (linked.parent / "other" / "deep").mkdir(parents=True)
    (linked / "far").symlink_to("../other/deep")
    save(noise(50, 40, 3), linked.parent / "other" / "a.png")
    names = ["a.png", "s/a.png", "far/../a.png", "absent/a.png", "absent/./b.png"]
    assert matched(linked, names).first.tolist() == [0, 1, 2, 3, 4]


def test_equal_numbers_of_two_file_systems_are_two_files(linked, monkeypatch):
    listed = LocalFiles.entries
    monkeypatch.setattr(
        LocalFiles, "entries", lambda self: listed(self)._replace(files=dict.fromkeys(listed(self).files, 7))
    )
    assert matched(linked, ["a.png", "s/a.png", "hard.png"]).first.tolist() == [0, 1, 0]


# ---- nothing outside the images folder


def test_a_pairing_never_leads_outside(tmp_path):
    """What is written with back-slashes was never read above the folder, and is not now."""
    for name in ("above/a.png", "set/b.png"):
        save(noise(50, 40), tmp_path / name)
    (tmp_path / "set" / "out").symlink_to("../above")
    names = [r"..\above\a.png", "A.png", f"{tmp_path}\\above\\a.png"]
    paths = matched(tmp_path / "set", names).paths
    assert paths == [*names[:2], "(leads outside the images folder)"]


def test_names_that_lead_outside_are_refused_and_never_paired_with_another_file(tmp_path):
    save(noise(50, 40), tmp_path / "above" / "a.png")
    save(noise(50, 40), tmp_path / "set" / "a.png")
    names = ["../above/a.png", str(tmp_path / "above" / "a.png")]
    files = matched(tmp_path / "set", names)
    assert files.paths == ["(leads outside the images folder)"] * 2
    told = [(problem.item, problem.detail, problem.lost) for problem in files.problems]
    assert told == [(name, "leads outside the images folder", True) for name in names]


def test_a_folder_with_far_more_files_than_pictures_is_not_searched(tmp_path, monkeypatch):
    monkeypatch.setattr("core.datasets.locating.image_files._MOST_FILES", 5)
    for number in range(8):
        (tmp_path / f"{number}.png").touch()
    assert matched(tmp_path, ["0.PNG"]).paths == ["0.png"]
    (tmp_path / "9.png").touch()
    files = matched(tmp_path, ["0.PNG"])
    assert files.paths == ["0.PNG"]
    assert [(problem.kind, problem.item) for problem in files.problems] == [("too-many-files", "all.json")]


# ---- properties

letters = st.text("aA%2b/\\. ", min_size=1, max_size=6)


@quick
@given(st.lists(letters, unique=True, max_size=6), st.lists(letters, unique=True, max_size=6))
def test_no_file_serves_two_names_and_the_order_does_not_matter(names, files):
    pairing = paired(names, files)
    served = [pair.file for pair in pairing.pairs.values()]
    assert len(served) == len(set(served))
    assert set(served) <= set(files)
    assert not pairing.pairs.keys() & pairing.unsure.keys()
    assert paired(names[::-1], files[::-1]).pairs == pairing.pairs


@quick
@given(st.lists(st.sampled_from(["a.png", "A.PNG", "s/a.png", "./a.png", "x.png"]), max_size=9))
def test_first_is_an_earlier_image_with_the_same_path_or_the_image_itself(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("set")
    save(noise(5, 4), folder / "a.png")
    files = matched(folder, names)
    assert len(files.paths) == len(files.doubts) == len(files.first) == len(names)
    same = ["a.png" if name == "./a.png" else name for name in names]
    assert files.first.tolist() == [same.index(name) for name in same]
