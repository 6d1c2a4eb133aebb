"""Grey levels of a data set: decided once for all of its pictures, the same wherever a picture is read."""

import json

import numpy as np
import pytest
from PIL import Image as PILImage

from core import images
from core.datasets import CocoDataset, check, levels
from core.errors import BoxscopeError
from core.images import Levels, cameras
from tests.drawn import save
from tests.small import config, contents, core, export, write_coco
from tests.test_deep_pictures import deep, wall

BAR = [8, 10, 32, 10]


def written(folder, pictures):
    """Write walls with their bar, by file name."""
    return write_coco(folder, {name: (pixels, [BAR]) for name, pixels in pictures.items()})


def opened(folder, pictures, **rest) -> CocoDataset:
    return CocoDataset.open(written(folder, pictures), **rest)


def thermal(seed: int = 0, offset: int = 30000) -> np.ndarray:
    return deep(wall(seed), 8) * 2 + offset


def notes(dataset, kind, decode=True):
    return [problem.detail for problem in check(dataset, decode=decode).problems if problem.kind == kind]


# ---- which pictures are of one camera


@pytest.mark.parametrize(
    ("used", "shown"),
    [
        ([(960, 3136)], ["0-4095"]),
        ([(960, 3136), (100, 900), (300, 4000)], ["0-4095"]),
        ([(240, 784), (960, 3136)], ["0-1023", "0-4095"]),
        ([(960, 3136), (30120, 30392)], ["0-4095", "30120-30392"]),
        ([(30120, 30392), (30300, 30500)], ["30120-30500"]),
        ([(15360, 50176), (30120, 30392), (960, 3136)], ["0-4095", "30120-30392", "0-65535"]),
        ([(960, 1500), (2000, 3900)], ["0-4095"]),
        ([(10, 20), (5, 3000)], ["0-4095"]),
        ([(29000, 29200), (30120, 30392)], ["29000-30392"]),
        ([(20000, 20200), (30120, 30392)], ["20000-20200", "30120-30392"]),
        ([(20000 + 100 * n, 20101 + 100 * n) for n in range(300)], ["0-65535"]),
        ([(60, 196)], ["0-255"]),
        ([(-400, 300)], ["-400-300"]),
        ([(7, 7)], ["0-255"]),
        ([], []),
    ],
    ids=str,
)
def test_pictures_share_levels_where_they_may_be_of_one_camera(used, shown):
    found = cameras(Levels(*one) for one in used)
    assert sorted(str(camera.levels) for camera in found) == sorted(shown)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_pictures_of_several_cameras_show_the_same_wall(tmp_path, suffix):
    depths = {8: wall(), **{bits: deep(wall(), bits) for bits in (10, 12, 14, 16)}}
    pictures = {f"{bits}.{suffix}": pixels for bits, pixels in depths.items()}
    dataset = opened(tmp_path, {**pictures, f"thermal.{suffix}": thermal()})
    *plain, hot = (dataset.read(index)[..., 0] for index in range(len(dataset)))
    for read in plain:
        assert (read == wall()).all()
    assert (hot.min(), hot.max()) == (0, 255)
    assert np.corrcoef(hot.ravel(), wall().ravel())[0, 1] > 0.999


def test_pictures_of_one_camera_stay_comparable(tmp_path):
    dark, light = thermal(), thermal(1, offset=30100)
    dataset = opened(tmp_path, {"dark.tif": dark, "light.tif": light})
    shown = [dataset.read(index)[..., 0].astype(float) for index in range(2)]
    low, high = 30120, 30492
    for read, pixels in zip(shown, (dark, light), strict=True):
        assert np.abs(read - (pixels.astype(float) - low) * 256 / (high - low + 1)).max() <= 1
    alone = images.read(dataset.path(0))
    assert alone.max() == 255
    assert shown[0].max() < 200


def test_a_worker_reads_as_the_whole_set_does(tmp_path):
    dataset = opened(tmp_path, {"dark.tif": thermal(), "light.tif": thermal(1, offset=30100)})
    for index in range(2):
        part = dataset.subset(slice(index, index + 1))
        assert (part.read(0) == dataset.read(index)).all()


def test_thumbnails_read_as_pictures_do(tmp_path):
    dataset = opened(tmp_path, {"dark.tif": thermal(), "light.tif": thermal(1, offset=30100)})
    assert (dataset.read_small(0, 16) == images.shrink(dataset.read(0), 16)).all()


def test_a_picture_beyond_the_sample_shows_its_own_levels(tmp_path, monkeypatch):
    monkeypatch.setattr(levels, "_MOST", 2)
    monkeypatch.setattr(levels, "_LEAST", 2)
    dataset = opened(tmp_path, {f"{n}.tif": thermal() if n == 1 else deep(wall(), 12) for n in range(4)})
    assert str(dataset.reading) == "TIFF grey 16 bits 0-4095"
    hot = dataset.read(1)
    assert (hot.min(), hot.max()) == (0, 255)


def test_the_sample_is_spread_over_the_set(tmp_path, monkeypatch):
    monkeypatch.setattr(levels, "_MOST", 2)
    monkeypatch.setattr(levels, "_LEAST", 2)
    paths = [save(deep(wall(n), 12), tmp_path / f"{n}.png") for n in range(10)]
    asked = []
    plain = images.read_deep
    monkeypatch.setattr(images, "read_deep", lambda path, limit: asked.append(path) or plain(path, limit))
    levels.read_as_set(paths)
    assert set(asked) == {paths[0], paths[5]}


def test_jpegs_are_not_looked_at(tmp_path, monkeypatch):
    dataset = opened(tmp_path, {"a.jpg": wall(), "b.jpg": wall(1)})
    monkeypatch.setattr(images, "kind", None)
    assert str(dataset.reading) == ""
    assert dataset.deep == levels.DeepPictures({}, True)


def test_what_cannot_be_read_decides_nothing(tmp_path):
    dataset = opened(tmp_path, {"a.png": deep(wall(), 12), "b.png": deep(wall(), 12)})
    path = dataset.path(1)
    path.write_bytes(path.read_bytes()[:100])
    (dataset.images_dir / "c.png").write_text("no picture")
    assert str(dataset.reading) == "PNG grey 16 bits 0-4095"


def test_behind_a_url_few_pictures_are_fetched_to_decide(tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    count = 40
    path = written(tmp_path, {f"{n:02d}.png": deep(wall(n), 12) for n in range(count)})
    store = fsspec.filesystem("memory")
    store.put(str(path.parent), "/far", recursive=True)
    dataset = CocoDataset.open("memory://far/annotations.json", "memory://far/images")
    fetched = []
    plain = type(store).cat_file
    monkeypatch.setattr(
        type(store), "cat_file", lambda self, name, **rest: fetched.append(name) or plain(self, name, **rest)
    )
    assert str(dataset.reading) == "PNG grey 16 bits 0-4095"
    assert not dataset.deep.complete
    assert len(set(fetched)) < count
    assert (dataset.read(39)[..., 0] == wall(39)).all()
    store.rm("/far", recursive=True)


# ---- the setting


def test_levels_that_are_given_hold_for_all_pictures(tmp_path):
    path = written(tmp_path, {"a.png": deep(wall(), 10), "b.tif": deep(wall(), 12)})
    shown = CocoDataset.open(path, levels="0-4095")
    assert (shown.read(0)[..., 0] == deep(wall(), 10) >> 4).all()
    assert (shown.read(1)[..., 0] == wall()).all()
    assert (CocoDataset.open(path, levels="full").read(1)[..., 0] == deep(wall(), 12) >> 8).all()


@pytest.mark.parametrize("text", ["", "all", "12", "0-", "5-5", "9-3", "0-4095-1", "0.5-1"])
def test_levels_that_are_none_are_refused(tmp_path, text):
    with pytest.raises(BoxscopeError, match="levels: got "):
        CocoDataset.open(written(tmp_path, {}), levels=text)


def test_the_command_line_takes_them(tmp_path):
    path = written(tmp_path, {"a.tif": deep(wall(), 12)})
    done = core("check", path, "--levels", "0-1023", "--json")
    details = {problem["kind"]: problem["detail"] for problem in json.loads(done.stdout)["problems"]}
    assert details["grey-levels"].startswith("10-bit grey levels, 0-1023 shown as 0-255: 1 picture")
    assert "are clipped" in details["clipped-levels"]
    wrong = core("check", path, "--levels", "some")
    assert wrong.returncode == 2
    assert wrong.stderr == "boxscope: levels: got 'some', expected auto, full or LOW-HIGH, as 0-4095\n"


# ---- the report


def test_the_report_says_by_which_levels_pictures_are_shown(tmp_path):
    pictures = {f"{n}.tif": deep(wall(n), 12) for n in range(2)}
    dataset = opened(tmp_path, {**pictures, "hot.tif": thermal(), "a.jpg": wall()})
    assert notes(dataset, "grey-levels") == [
        "12-bit grey levels, 0-4095 shown as 0-255: 2 pictures",
        "grey levels, 30120-30392 shown as 0-255: 1 picture",
    ]
    assert notes(dataset, "grey-levels", decode=False) == [
        "grey levels, 0-4095 or 30120-30392 shown as 0-255: 3 pictures"
    ]
    assert check(dataset).usable


def test_the_report_says_nothing_of_8_bits(tmp_path):
    dataset = opened(tmp_path, {"a.jpg": wall(), "b.png": wall(1), "c.tif": wall(2)})
    assert not check(dataset).problems


def test_the_report_names_what_is_clipped_or_nearly_flat(tmp_path):
    path = written(tmp_path, {"a.tif": deep(wall(), 12), "b.tif": deep(wall(), 10)})
    low = CocoDataset.open(path, levels="0-1023")
    assert [p.item for p in check(low).problems if p.kind == "clipped-levels"] == ["a.tif"]
    full = CocoDataset.open(path, levels="full")
    assert [p.item for p in check(full).problems if p.kind == "few-levels"] == ["a.tif", "b.tif"]


def test_the_report_names_pages_that_are_not_used(tmp_path):
    dataset = opened(tmp_path, {"a.tif": wall(), "b.png": wall()})
    pages = [PILImage.fromarray(wall(seed)) for seed in range(3)]
    pages[0].save(dataset.path(0), save_all=True, append_images=pages[1:])
    pages[0].save(dataset.path(1), save_all=True, append_images=pages[1:2])
    assert notes(dataset, "more-pages") == [
        "has 3 pages: the first is used",
        "has 2 frames: the first is used",
    ]
    assert check(dataset).usable


# ---- exports


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_crops_of_deep_pictures_are_those_of_their_8_bits(tmp_path, bits):
    crops = {}
    for name, pixels in (("eight", wall()), ("deep", deep(wall(), bits))):
        folder = tmp_path / name
        export(config(opened(folder / "data", {"a.png": pixels})), folder / "out")
        crops[name] = contents(folder / "out" / "train" / "crops")
    assert crops["eight"]
    assert crops["eight"] == crops["deep"]


def test_levels_are_settings_of_an_export_only_where_pictures_have_them(tmp_path):
    assert "grey_levels" not in config(opened(tmp_path / "a", {"a.png": wall()}, levels="0-99")).settings
    path = written(tmp_path / "b", {"a.png": deep(wall(), 12)})
    automatic = config(CocoDataset.open(path))
    assert automatic.settings["grey_levels"] == "auto: PNG grey 16 bits 0-4095"
    export(automatic, tmp_path / "out")
    with pytest.raises(BoxscopeError, match="grey_levels auto: PNG grey 16 bits 0-4095 there, 0-1023 want"):
        export(config(CocoDataset.open(path, levels="0-1023")), tmp_path / "out")


def test_the_limit_on_size_travels_with_the_images_of_a_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", "100")
    part = opened(tmp_path, {"a.jpg": wall()}).subset(slice(1))
    monkeypatch.delenv("BOXSCOPE_MAX_PIXELS")
    with pytest.raises(BoxscopeError, match=r"more than the limit of 0\.0001"):
        part.read(0)
