"""What the server answers besides pages: pictures, tiles, proposals, layers and queues."""

import io
import json
import os
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

import cv2
import numpy as np
import pytest
from PIL import Image as PILImage

from core.caching.disk import DiskCache
from core.caching.memory import MemoryCache
from core.cutting import Cut
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.errors import BoxscopeError
from core.evaluation import best_overlap
from core.images import levels, tile
from core.labelling import LabelRule
from core.parameters import parameters
from core.pipeline import Setup, process_image
from core.proposers import PROPOSERS, AdaptiveThreshold, Grid, SelectiveSearch
from pages.ui.server import addresses, covers, crop_previews, open_datasets, pictures, tables
from pages.ui.state import cached
from pages.ui.state.known import Known
from pages.ui.state.precedence import Precedence
from tests.browser import routes_server
from tests.drawn import coco, image, save, write
from tests.small import scene, small_set, write_coco
from tests.test_deep_pictures import deep, wall


@pytest.fixture(scope="module")
def base():
    """The routes on a server of their own, without Streamlit."""
    with routes_server() as started:
        yield started


@pytest.fixture
def ask(base, tmp_path, monkeypatch):
    """Ask for an address; gives status, headers and body."""
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))

    def asked(address):
        try:
            with urllib.request.urlopen(urljoin(f"{base}/", address), timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    return asked


@pytest.fixture
def dataset(tmp_path):
    made = small_set(tmp_path / "set", 7)
    open_datasets.token(made)
    return made


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """One picture of 12.3 megapixels, smooth but for a dark line one pixel wide."""
    folder = tmp_path_factory.mktemp("large")
    y, x = np.mgrid[0:3000, 0:4100]
    picture = np.stack([x * 255 / 4100, y * 255 / 3000, (x + y) % 4096 / 16], axis=2).astype(np.uint8)
    picture[:, 2000] = 0
    path = save(picture, folder / "images/large.jpg", quality=95, subsampling=0)
    document = coco([image(1, path.name, 4100, 3000)])
    return CocoDataset.open(write(document, folder / "annotations.json")), picture


def pixels(body: bytes) -> np.ndarray:
    return np.asarray(PILImage.open(io.BytesIO(body)).convert("RGB")).astype(int)


GRID = Setup(Grid(levels=2))


# ---- pictures


def test_a_small_picture_comes_as_its_file_and_may_be_kept_for_ever(ask, dataset):
    for side in (0, addresses.SCREEN):
        status, headers, body = ask(addresses.picture(dataset, 2, side))
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        assert body == dataset.path(2).read_bytes()
        assert "immutable" in headers["cache-control"]
    _, headers, _ = ask(addresses.picture(dataset, 2).split("?")[0] + "?v=0")
    assert "immutable" not in headers["cache-control"]  # whose version that is, nobody knows


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/pictures/000000000000/1", "not open"),
        ("/proposals/000000000000/1", "not open"),
        ("/tiles/000000000000/1/0/0/0", "not open"),
        ("/layers/000000000000/1/0", "not open"),
        ("/queue/000000000000", "not open"),
        ("/pictures/{set}/99", "no image with id 99"),
        ("/proposals/{set}/99", "no image with id 99"),
        ("/layers/{set}/99/0", "no image with id 99"),
        ("/pictures/{set}/1?side=100", "side: got 100"),
        ("/pictures/{set}/1?side=-1", "side: got '-1'"),
        ("/tiles/{set}/1/0/0/0", "has no tiles"),
        ("/pictures/..%2f..%2fetc%2fpasswd/1", "Not Found"),
        ("/pictures/{set}/..%2f1", "Not Found"),
    ],
)
def test_what_is_not_of_an_open_data_set_is_not_there(ask, dataset, address, words):
    status, headers, body = ask(address.replace("{set}", open_datasets.token(dataset)))
    assert status == 404
    assert words in body.decode()
    assert "immutable" not in headers.get("cache-control", "")


def test_a_picture_outside_the_allowed_folders_is_not_shown(ask, dataset, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-outside.jpg"
    dataset.path(0).replace(outside)
    dataset.path(0).symlink_to(outside)
    wanted = [addresses.picture(dataset, 0), addresses.picture(dataset, 0, addresses.THUMBNAIL)]
    wanted += [addresses.proposals(dataset, GRID, 1), addresses.layer(dataset, Setup(), 0, 1)]
    for address in wanted:
        status, _, body = ask(address)
        assert status in (404, 422)
        assert b"outside the folders" in body


@pytest.mark.parametrize("name", ["../other/a.png", "a\0.png", "\ud800.png", "link.png", "pipe.png"])
def test_a_name_that_leads_to_no_file_inside_is_one_line(ask, tmp_path, name):
    for number, path in enumerate(("other/a.png", "set/b.png")):
        save(scene(number)[0], tmp_path / path)
    (tmp_path / "set" / "link.png").symlink_to("../other/a.png")
    os.mkfifo(tmp_path / "set" / "pipe.png")
    document = coco([image(1, name, 0, 0), image(2, "b.png", 0, 0)])
    opened = CocoDataset.open(write(document, tmp_path / "set" / "annotations.json"))
    open_datasets.token(opened)
    wanted = [addresses.picture(opened, 0), addresses.picture(opened, 0, addresses.THUMBNAIL)]
    wanted += [addresses.proposals(opened, GRID, "1"), addresses.layer(opened, Setup(), 0, "1")]
    for address in wanted:
        status, _, body = ask(address)
        assert status in (404, 422)
        assert len(body.decode().splitlines()) == 1
    assert ask(addresses.picture(opened, 1))[0] == 200
    assert ask(addresses.queue(opened, ImageFilter()))[0] == 200


def test_a_screen_shows_a_large_picture_at_2048_and_its_pixels_in_tiles(ask, large, monkeypatch):
    data, picture = large
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(data.annotations.parent))
    open_datasets.token(data)
    status, headers, body = ask(addresses.picture(data, 0, addresses.SCREEN))
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    small = pixels(body)
    assert small.shape == (1499, 2048, 3)
    assert small[700, 999, 0] < small[700, 1010, 0] - 20  # the hairline has not vanished

    tiles = addresses.tiles(data, 0, 4100, 3000)
    assert tiles["levels"] == 2
    for level, column, row in [(0, 0, 0), (0, 3, 2), (0, 8, 5), (1, 4, 2)]:
        where = str(tiles["url"]).format(level=level, column=column, row=row)
        status, headers, body = ask(where)
        assert status == 200
        assert "immutable" in headers["cache-control"]
        want = tile(picture, level, column, row, 512).astype(int)
        got = pixels(body)
        assert got.shape == want.shape
        assert np.abs(got - want).mean() < 3
    line = pixels(ask(str(tiles["url"]).format(level=0, column=3, row=2))[2])[:, 2000 - 3 * 512]
    assert line.mean() < 40  # one pixel wide, and still dark
    for wrong in [(0, 9, 0), (0, 0, 6), (2, 0, 0)]:
        where = str(tiles["url"]).format(level=wrong[0], column=wrong[1], row=wrong[2])
        assert ask(where)[0] == 404


def test_the_version_for_the_screen_is_begun_before_a_browser_asks(large, dataset, monkeypatch, tmp_path):
    data, _ = large
    monkeypatch.setattr("pages.ui.server.pictures.allowed", lambda path: True)
    dataset.path(0).unlink()
    pictures.begin(dataset, 0)  # says nothing: who asks for it is told
    pictures.begin(data, 0)
    pictures._ahead.submit(int).result()  # behind both
    monkeypatch.setattr(pictures, "_pixels", lambda *what: pytest.fail("encoded again"))
    assert pictures.picture(data, 0, addresses.SCREEN, {}).status_code == 200


def test_a_picture_that_is_decoded_whole_is_decoded_once_for_the_screen_and_its_boxes(ask, tmp_path):
    save(np.full((1500, 2100, 3), 90, np.uint8), tmp_path / "images/a.png")
    data = CocoDataset.open(write(coco([image(1, "a.png", 2100, 1500)]), tmp_path / "annotations.json"))
    open_datasets.token(data)
    assert ask(addresses.picture(data, 0, addresses.SCREEN))[0] == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.images.read", lambda *what: pytest.fail("decoded again"))
        assert ask(addresses.proposals(data, GRID, "1"))[0] == 200


def test_thumbnails_wait_for_the_picture_of_a_viewer():
    work = Precedence()
    assert work.give_way(0)
    with work.first(), work.first():
        assert not work.give_way(0)
    assert work.give_way(0)


def test_levels_are_those_finer_than_the_screen():
    assert [levels(*size, 2048) for size in [(4000, 3000), (6000, 4000), (3000, 9000)]] == [1, 2, 3]


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("stored", [True, False])
def test_a_thumbnail_stands_as_the_annotations_count_its_pixels(ask, tmp_path, orientation, stored):
    """As :func:`core.images.read` has it; a JPEG decoded at an eighth keeps to that too."""
    picture = np.zeros((1600, 2400, 3), np.uint8)
    picture[:400, :600] = 255  # the corner that tells how it stands
    exif = PILImage.Exif()
    exif[0x0112] = orientation
    save(picture, tmp_path / "images/a.jpg", quality=95, exif=exif)
    size = (2400, 1600) if stored or orientation == 3 else (1600, 2400)
    data = CocoDataset.open(write(coco([image(1, "a.jpg", *size)]), tmp_path / "annotations.json"))
    open_datasets.token(data)
    want = data.read(0)
    for side in (addresses.THUMBNAIL, addresses.SCREEN):
        got = pixels(ask(addresses.picture(data, 0, side))[2])
        step = max(want.shape) / side
        assert got.shape[:2] == (round(want.shape[0] / step), round(want.shape[1] / step))
        centres = [(0.1, 0.1), (0.1, 0.9), (0.9, 0.1), (0.9, 0.9)]
        for y, x in centres:
            expected = want[int(y * want.shape[0]), int(x * want.shape[1])]
            assert got[int(y * got.shape[0]), int(x * got.shape[1])] == pytest.approx(expected, abs=12)


def test_a_listed_set_has_the_thumbnail_of_its_first_readable_picture(ask, tmp_path):
    data = small_set(tmp_path / "set", 3)
    data.path(0).write_bytes(b"no picture")
    status, _, body = ask(f"covers/{covers.token(Known(str(tmp_path / 'set'), split='all', images=3))}")
    assert status == 200
    assert np.array_equal(pixels(body), pixels(ask(addresses.picture(data, 1, addresses.THUMBNAIL))[2]))
    assert ask("covers/nothing")[0] == 404
    assert ask(f"covers/{covers.token(Known('/nowhere'))}")[0] == 404  # outside of the roots


# ---- proposals


@pytest.mark.parametrize("proposer", [Grid(levels=3), AdaptiveThreshold(offsets=(10, 30), min_area=20)])
def test_boxes_are_those_of_the_core_to_the_last_bit(ask, dataset, proposer):
    setup = Setup(proposer, order="small", nms=0.9, rule=LabelRule(0.3, inclusive=True))
    for index in range(len(dataset)):  # 4 has no objects, 6 is a crowd
        address = addresses.proposals(dataset, setup, int(dataset.image_ids[index]))
        status, headers, body = ask(address)
        assert (status, headers["cache-control"]) == (200, "private, max-age=3600")
        head, rows = tables.unpack(body, 7)
        _, want = process_image(setup, dataset, index)
        truth = dataset.truth(index)
        np.testing.assert_array_equal(rows[:, :4], want.boxes)
        np.testing.assert_array_equal(rows[:, 4], want.labels.iou)
        np.testing.assert_array_equal(rows[:, 5], want.labels.kind)
        matched = rows[:, 6].astype(int)
        np.testing.assert_array_equal(matched >= 0, want.labels.match >= 0)
        np.testing.assert_array_equal(
            truth.objects[matched[matched >= 0]], want.labels.match[want.labels.match >= 0]
        )
        assert head["truth"] == truth.boxes[truth.objects].tolist()
        assert head["crowds"] == truth.boxes[truth.crowd].tolist()
        assert head["truthNames"] == [f"crack {n + 1}" for n in range(len(truth.objects))]
        assert head["rule"] == {"iou": 0.3, "inclusive": True}
        assert (head["image"], head["index"]) == (str(dataset.image_ids[index]), index)
        assert (head["width"], head["height"], head["tiles"]) == (96, 72, None)
        assert ask(head["picture"])[2] == dataset.path(index).read_bytes()
        for k in (0, 1, 5, len(rows)):  # the best among the first k is the last record below k
            best = best_overlap(want.boxes[:k], truth)
            told = [[iou for rank, iou in record if rank < k] for record in head["records"]]
            np.testing.assert_array_equal(np.float32([ious[-1] if ious else 0 for ious in told]), best.iou)


def test_the_numbers_start_where_a_browser_can_map_them():
    for name in ("a", "ab", "Brücke 7", ""):
        body = tables.pack({"name": name}, np.ones((2, 7), np.float32))
        assert (4 + int.from_bytes(body[:4], "little")) % 8 == 0
        head, rows = tables.unpack(body, 7)
        assert head == {"name": name}
        assert rows.shape == (2, 7)


def test_a_value_replaced_in_an_address_gives_the_next_address(dataset):
    """So that what a slider has shown while it was dragged is not asked for again."""
    before = addresses.proposals(dataset, Setup(AdaptiveThreshold(offsets=(10, 20))), 1)
    after = addresses.proposals(dataset, Setup(AdaptiveThreshold(offsets=(10, 25)), top=7), 1)
    where = urlsplit(before)
    replaced = {**dict(parse_qsl(where.query, keep_blank_values=True)), "offsets": "10,25"}
    assert where._replace(query=urlencode(replaced)).geturl() == after
    assert "{image}" in addresses.proposals(dataset, Setup())


def test_no_parameter_is_called_as_an_address_calls_something_else():
    for part in (Setup, LabelRule, *PROPOSERS.values()):
        assert not {spec.name for spec in parameters(part)} & (addresses.NOT_SETUP - {"top"})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("proposer=magic", "no proposer 'magic'"),
        ("proposer=grid&levels=many", "levels: got 'many'"),
        ("proposer=grid&colour=red", "colour"),
        ("proposer=from-file&file=/etc/passwd", "/etc/passwd: leads to /etc/passwd, outside the folders"),
    ],
)
def test_a_setup_that_cannot_be_is_named_in_one_line(ask, dataset, query, words):
    status, headers, body = ask(f"/proposals/{open_datasets.token(dataset)}/1?{query}")
    assert (status, headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert words in body.decode()
    assert "\n" not in body.decode()


def test_a_picture_that_cannot_be_read_and_a_proposer_that_fails_are_named(ask, dataset, monkeypatch):
    dataset.path(0).write_bytes(b"no picture")
    status, _, body = ask(addresses.proposals(dataset, GRID, 1))
    assert (status, b"not a readable picture" in body) == (422, True)

    def fail(self, image, ref=None):
        raise ValueError("too\nbad")

    monkeypatch.setattr(Grid, "propose", fail)
    status, _, body = ask(addresses.proposals(dataset, Setup(Grid(levels=4)), 2))
    assert (status, body.decode()) == (422, f"{dataset.path(1)}: grid failed on it (too)")


def test_picture_and_truth_come_before_any_proposer_has_looked(ask, dataset, monkeypatch):
    monkeypatch.setattr(Grid, "propose", lambda self, image, ref=None: pytest.fail("asked"))
    status, _, body = ask(addresses.proposals(dataset, Setup(Grid(levels=5)), 1) + "&boxes=0")
    head, rows = tables.unpack(body, 7)
    assert (status, rows.shape) == (200, (0, 7))
    assert (head["width"], head["height"], head["records"]) == (96, 72, [[], []])
    assert head["truth"] == dataset.truth(0).boxes.tolist()


def test_many_who_ask_for_the_same_wait_for_one(ask, dataset, monkeypatch):
    calls, plain = [], Grid.propose

    def slow(self, image, ref=None):
        calls.append(self)
        threading.Event().wait(0.2)
        return plain(self, image, ref)

    monkeypatch.setattr(Grid, "propose", slow)
    setup = Setup(Grid(levels=6))
    address = addresses.proposals(dataset, setup, 3)
    with ThreadPoolExecutor(9) as pool:
        page = pool.submit(cached.result, dataset, 2, setup)
        bodies = {body for _, _, body in pool.map(ask, [address] * 8)}
    assert len(calls) == len(bodies) == 1
    assert tables.unpack(bodies.pop(), 7)[1].shape[0] == len(page.result().proposals.boxes)
    assert len(cached.proposals(dataset, 2, Setup(Grid(levels=6), top=3)).boxes) == 3
    assert len(calls) == 1  # a limit is the head of the same list


def test_a_file_that_has_changed_is_looked_at_again(ask, dataset):
    address = addresses.proposals(dataset, Setup(AdaptiveThreshold(offsets=(10,), min_area=20)), 1)
    before = tables.unpack(ask(address)[2], 7)
    other = save(scene(99)[0], dataset.path(0))
    after = tables.unpack(ask(address)[2], 7)
    assert before[0]["picture"] != after[0]["picture"]
    assert before[1].shape != after[1].shape or (before[1] != after[1]).any()
    assert ask(after[0]["picture"])[2] == other.read_bytes()


# ---- layers


def test_layers_are_the_stages_of_the_proposer(ask, dataset):
    setup = Setup(AdaptiveThreshold(offsets=(10,)))
    steps = setup.proposer.stages(dataset.read(1))
    for number, step in enumerate(steps):
        status, headers, body = ask(addresses.layer(dataset, setup, number, 2))
        assert (status, headers["content-type"]) == (200, "image/png")
        want = step.picture if step.picture.ndim == 3 else np.repeat(step.picture[..., None], 3, axis=2)
        np.testing.assert_array_equal(pixels(body), want)
    status, _, body = ask(addresses.layer(dataset, setup, len(steps), 2))
    assert (status, body.decode()) == (422, f"layer {len(steps)}: there are {len(steps)}")


def test_a_grouping_is_drawn_merge_by_merge(ask, dataset):
    setup = Setup(SelectiveSearch())
    number, step = next((n, s) for n, s in enumerate(setup.proposer.stages(dataset.read(0))) if s.merges)
    where = addresses.layer(dataset, setup, number, 1)
    for merge in (0, step.merges):
        status, headers, body = ask(f"{where}&merge={merge}")
        assert status == 200
        np.testing.assert_array_equal(pixels(body), step.at(merge))
        assert unquote(headers["x-description"]) == step.describe(merge)
    assert ask(f"{where}&merge={step.merges + 1}")[0] == 422


# ---- masks


def test_the_masks_of_an_image_are_a_transparent_picture_over_it(ask, tmp_path):
    square = {"bbox": [10, 20, 30, 30], "segmentation": [[10, 20, 40, 20, 40, 50, 10, 50]]}
    pictures = {"a.png": (scene(1)[0], [square]), "b.png": (scene(2)[0], [])}
    made = CocoDataset.open(write_coco(tmp_path / "masks", pictures))
    where = addresses.mask(made)
    status, headers, body = ask(where.replace("{image}", "1"))
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "immutable" in headers["cache-control"]
    alpha = np.asarray(PILImage.open(io.BytesIO(body)).convert("RGBA"))[:, :, 3]
    assert alpha.shape == (72, 96)
    mask = made.masks(0).union().pixels > 0
    assert 0 < alpha[mask].min() == alpha[mask].max() < 128  # the picture shows through
    assert alpha[19, 20] == 255  # the edge lies around it
    assert (np.asarray(alpha > 0) & ~mask).sum() == 4 * 31
    empty = PILImage.open(io.BytesIO(ask(where.replace("{image}", "2"))[2])).convert("RGBA")
    assert empty.size == (96, 72)
    assert not np.asarray(empty)[:, :, 3].any()
    assert ask(where.replace("{image}", "3"))[0] == 404


def test_a_file_without_masks_has_no_address_of_them(dataset):
    assert addresses.mask(dataset) is None


def test_the_table_of_boxes_has_their_mask_pixels_where_the_rule_counts_them(ask, tmp_path):
    square = {"bbox": [10, 20, 30, 30], "segmentation": [[10, 20, 40, 20, 40, 50, 10, 50]]}
    made = CocoDataset.open(write_coco(tmp_path / "masks", {"a.png": (scene(1)[0], [square])}))
    setup = Setup(Grid(levels=2), rule=LabelRule(ignore_mask=5))
    head, numbers = tables.unpack(ask(addresses.proposals(made, setup, "1"))[2], 1)
    count = head["count"]
    _, want = process_image(setup, made, 0)
    assert head["masks"]
    np.testing.assert_array_equal(numbers[7 * count :, 0], want.labels.mask)
    assert not tables.unpack(ask(addresses.proposals(made, Setup(Grid(levels=2)), "1"))[2], 7)[0]["masks"]


# ---- what is kept


def test_what_is_kept_stays_within_its_bound():
    cache = MemoryCache[bytes](100, len)
    for number in range(50):
        assert cache.get(number, lambda: b"x" * 30) == b"x" * 30
        assert cache.weight <= 100
    assert cache.get("large", lambda: b"x" * 500) == b"x" * 500
    assert cache.weight == 500
    cache.get(1, lambda: b"x")
    assert cache.weight == 1


def test_what_was_used_last_is_kept_longest():
    cache, made = MemoryCache[int](3), []

    def get(key):
        return cache.get(key, lambda: made.append(key) or 0)

    for key in "abcadbad":
        get(key)
    assert "".join(made) == "abcdb"  # c and then b had to go; a never


def test_an_error_reaches_all_who_wait_and_is_not_kept():
    cache, start = MemoryCache[int](3), threading.Event()

    def fail():
        start.wait(5)
        raise BoxscopeError("bad")

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(cache.get, "a", fail) for _ in range(4)]
        start.set()
        assert {str(future.exception()) for future in waiting} == {"bad"}
    assert cache.get("a", lambda: 7) == 7


def test_thumbnails_are_small_kept_on_disk_and_made_once(ask, dataset, tmp_path, monkeypatch):
    address = addresses.thumbnails(dataset).replace("{image}", "3")
    status, headers, body = ask(address)
    assert (status, headers["cache-control"]) == (200, "private, max-age=3600")
    assert max(pixels(body).shape) <= addresses.THUMBNAIL
    (kept,) = (tmp_path / "cache/thumbnails").rglob("*.jpg")
    assert kept.read_bytes() == body
    kept.write_bytes(b"from the disk")
    assert ask(address)[2] == b"from the disk"
    save(scene(50)[0], dataset.path(2))  # another picture under the same name
    assert ask(address)[2] not in (body, b"from the disk")


def test_the_disk_holds_a_bounded_number_of_them_the_newest(tmp_path):
    cache = DiskCache(tmp_path / "thumbs", limit=1000)
    for number in range(40):
        cache.get(str(number), lambda number=number: bytes([number]) * 100)
        assert sum(path.stat().st_size for path in tmp_path.rglob("*.jpg")) <= 1000
    assert cache.get("39", lambda: b"made again") == bytes([39]) * 100
    assert cache.get("0", lambda: b"made again") == b"made again"
    assert not list(tmp_path.rglob("*.part"))
    other = DiskCache(tmp_path / "thumbs", limit=300)  # another process counts what is there
    other.get("new", lambda: b"x" * 100)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.jpg")) <= 300


def test_a_folder_that_cannot_be_written_to_only_costs_time(tmp_path):
    (tmp_path / "file").write_text("no folder")
    cache = DiskCache(tmp_path / "file/thumbs", limit=1000)
    assert cache.get("a", lambda: b"made") == b"made"
    assert cache.get("a", lambda: b"made again") == b"made again"


# ---- queues


def test_a_queue_lists_the_ids_in_the_order_of_the_file(ask, tmp_path):
    names = ["pier_1.png", "deck_1.png", "pier_2.png"]
    path = write_coco(
        tmp_path / "set",
        [(name, (scene(n)[0], [[1, 1, 9, 9]] * n)) for n, name in enumerate(names)],
        [30, 10, 20],
    )
    data = CocoDataset.open(path)

    def ids(find, counts=False):
        body = ask(addresses.queue(data, ImageFilter(find), counts=counts))[2]
        head, ids = tables.unpack(body, 1, "<i8")
        count, columns = head["images"], 3 if counts else 0
        assert head == {"images": count, "columns": columns}
        numbers = tables.unpack(body, 1, "<f8")[1][count:].reshape(count, columns)
        return [[*row] for row in zip(ids[:count, 0].tolist(), *numbers.T.tolist(), strict=True)]

    assert ids("") == [[30], [10], [20]]
    assert ids("PIER") == [[30], [20]]
    assert ids("nothing") == [[30], [10], [20]]
    assert ids("", counts=True) == [[30, 0, 0, 1], [10, 1, -1, -1], [20, 2, -1, -1]]


def test_answers_say_nothing_on_the_log(ask, dataset, capfd):
    for address in (addresses.proposals(dataset, Setup(Grid(levels=7)), 1), addresses.picture(dataset, 0)):
        assert ask(address)[0] == 200
    assert capfd.readouterr() == ("", "")


# ---- pictures of more than 8 bits


def deep_set(folder, **rest) -> CocoDataset:
    """A wall in 12 bits as grey PNG, as colour PNG and as large grey TIFF."""
    pictures = {"grey.png": (deep(wall(), 12), [[8, 10, 32, 10]])}
    path = write_coco(folder, pictures)
    document = json.loads(path.read_text())
    document["images"] += [image(2, "colour.png", 64, 48), image(3, "large.tif", 4100, 3000)]
    write(document, path)
    cv2.imwrite(str(folder / "images/colour.png"), np.dstack([deep(wall(), 12)] * 3))
    save(deep(np.resize(wall(), (3000, 4100)), 12), folder / "images/large.tif")
    made = CocoDataset.open(path, **rest)
    open_datasets.token(made)
    return made


def test_deep_pictures_are_sent_with_the_levels_that_crops_have(ask, tmp_path):
    dataset = deep_set(tmp_path / "set")
    for index in range(2):
        for side in (0, addresses.SCREEN, addresses.THUMBNAIL):
            status, headers, body = ask(addresses.picture(dataset, index, side))
            assert (status, headers["content-type"]) == (200, "image/jpeg")
            assert np.abs(pixels(body) - wall()[..., None]).mean() < 9  # of JPEG
    _, _, cut = ask(crop_previews.address(dataset, 0, np.array([8, 10, 40, 20], np.float32), Cut()))
    assert abs(pixels(cut).mean() - 60) < 3
    tile = ask(addresses.tiles(dataset, 2, 4100, 3000)["url"].format(level=0, column=1, row=1))[2]
    expected = np.resize(wall(), (3000, 4100))[512:1024, 512:1024]
    assert np.abs(pixels(tile) - expected[..., None]).mean() < 9


def test_other_levels_have_other_addresses(ask, tmp_path):
    automatic = deep_set(tmp_path / "set")
    full = automatic.with_levels("full")
    open_datasets.token(full)
    for side in (0, addresses.THUMBNAIL):
        first, second = (addresses.picture(dataset, 0, side) for dataset in (automatic, full))
        assert first.split("?")[0] != second.split("?")[0]
        assert pixels(ask(first)[2]).max() > 150
        assert pixels(ask(second)[2]).max() < 20
    assert cached.image(full, 0).max() == wall().max() >> 4
    assert cached.image(automatic, 0).max() == wall().max()
