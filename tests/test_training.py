"""An export as torch takes it, and a network that learns from it."""

import importlib.util
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PILImage

from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import FORMATS, Crops
from core.pipeline import Setup
from core.proposers import Grid
from core.sampling import Sampling
from core.training.batches import ClassBatches
from tests.small import CROP_FORMATS, ROOT, config, export, scene, small_set, write_coco

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from core.training import (  # noqa: E402
    ProposalDataset,
    ProposalStream,
    apply_targets,
    box_targets,
    decode,
    parse_name,
)

SHARDED = [name for name, form in FORMATS.items() if form.sharded]


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> dict[str, Path]:
    """Nineteen images in seven shards, the same crops in each format."""
    dataset = small_set(tmp_path_factory.mktemp("data"), 19)
    out = tmp_path_factory.mktemp("out")
    for name in CROP_FORMATS:
        export(config(dataset, format=name, shard_images=3), out / name)
    return {name: out / name / "train" for name in CROP_FORMATS}


# Data sets


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_an_item_is_the_decoded_crop_and_its_label(exports, name):
    data, crops = ProposalDataset(exports[name]), Crops(exports[name])
    assert len(data) == len(crops) == 190
    for place in range(0, 190, 17):
        image, label = data[place]
        plain = np.asarray(PILImage.open(io.BytesIO(crops.jpeg(place))))
        assert (image.dtype, image.shape) == (torch.uint8, (3, 16, 16))
        assert np.array_equal(image.permute(1, 2, 0).numpy(), plain)
        assert label == crops.row(place)["label"]
    assert data.labels.tolist() == crops.labels.tolist()


def test_colours_come_back_as_they_were():
    """Red stays red: cv2 alone would exchange it with blue."""
    file = io.BytesIO()
    PILImage.new("RGB", (8, 8), (200, 30, 10)).save(file, "JPEG", quality=95)
    red, green, blue = decode(file.getvalue()).float().mean(dim=(1, 2)).tolist()
    assert red > 180 > 60 > green > blue


def test_bytes_that_are_no_jpeg_are_refused():
    for data in (b"not a jpg", b""):
        with pytest.raises(BoxscopeError, match=f"a crop of {len(data)} bytes: no JPEG or PNG"):
            decode(data)


def test_the_transform_gets_the_image(exports):
    data = ProposalDataset(exports["files"], transform=lambda image: image.float().mean())
    assert data[0][0] == ProposalDataset(exports["files"])[0][0].float().mean()


def test_targets_lead_to_the_truth_box(exports):
    data = ProposalDataset(exports["webdataset"], targets=True)
    boxes, truth = torch.from_numpy(data.crops.boxes), torch.from_numpy(data.crops.truth_boxes)
    matched = torch.from_numpy(data.crops.ious > 0)
    moved = apply_targets(boxes, torch.stack([data[n][2] for n in range(len(data))]))
    assert 0 < matched.sum() < len(data)
    torch.testing.assert_close(moved[matched], truth[matched], rtol=0, atol=1e-3)
    assert moved[~matched].isnan().all()


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_workers_of_a_loader_give_the_same(exports, name):
    data = ProposalDataset(exports[name])
    alone = [label for _, label in data]
    labels = torch.cat([labels for _, labels in DataLoader(data, batch_size=50, num_workers=2)])
    assert labels.tolist() == alone


def test_no_export_is_one_line(tmp_path):
    with pytest.raises(BoxscopeError, match="no finished export"):
        ProposalDataset(tmp_path)


def test_the_articles_label_parser_is_at_hand():
    assert parse_name("wall.7.0_93.1.jpg") == (0.93, 1)


# Streams


def seen(stream: ProposalStream) -> list[int]:
    """Return the places of the crops of a stream: its images are all different."""
    known = {bytes(image.numpy()): n for n, (image, _) in enumerate(stream.dataset)}
    assert len(known) == len(stream.dataset)
    return [known[bytes(image.numpy())] for image, _ in stream]


@pytest.fixture(scope="module")
def different(tmp_path_factory) -> dict[str, Path]:
    """Crops of which no two are alike."""
    folder = tmp_path_factory.mktemp("different")
    annotations = write_coco(folder, {f"{n}.jpg": scene(n) for n in range(11)})
    dataset = CocoDataset.open(annotations)
    for name in SHARDED:
        export(
            config(dataset, Setup(Grid(levels=2, aspects=(1.0,))), format=name, shard_images=2), folder / name
        )
    return {name: folder / name / "train" for name in SHARDED}


@pytest.mark.parametrize("name", SHARDED)
def test_a_stream_gives_every_crop_once_in_an_order_of_seed_and_epoch(different, name):
    stream = ProposalStream(different[name], buffer=20)
    orders = []
    for epoch in (0, 1):
        stream.set_epoch(epoch)
        orders.append(seen(stream))
        assert sorted(orders[-1]) == list(range(110))
        assert orders[-1] == seen(stream)
    other = ProposalStream(different[name], buffer=20, seed=1)
    assert len({tuple(order) for order in (*orders, seen(other), range(110))}) == 4


def test_a_stream_without_shuffling_gives_the_crops_as_they_lie(different):
    assert seen(ProposalStream(different["webdataset"], shuffle=False)) == list(range(110))


def test_processes_and_workers_share_the_shards(different):
    """Three processes with two workers each and six shards: one each."""
    parts = []
    for rank in range(3):
        stream = ProposalStream(different["webdataset"], rank=rank, processes=3)
        known = {bytes(image.numpy()): n for n, (image, _) in enumerate(stream.dataset)}
        loader = DataLoader(stream, batch_size=None, num_workers=2)
        parts.append([known[bytes(image.numpy())] for image, _ in loader])
    assert sorted(place for part in parts for place in part) == list(range(110))
    assert all(parts)


@pytest.mark.parametrize("rank", [-1, 2])
def test_a_rank_beyond_the_processes_is_refused(different, rank):
    with pytest.raises(BoxscopeError, match=f"rank: got {rank}, expected 0 to 1"):
        ProposalStream(different["parquet"], rank=rank, processes=2)


@pytest.mark.parametrize("name", ["buffer", "processes"])
def test_a_stream_by_a_number_that_is_none_is_refused(different, name):
    with pytest.raises(BoxscopeError, match=f"{name}: got 0, expected at least 1"):
        ProposalStream(different["parquet"], **{name: 0})


def test_a_stream_of_single_files_is_refused(exports):
    with pytest.raises(BoxscopeError, match="got the format files, expected one with shards"):
        ProposalStream(exports["files"])


# Batches by class

LABELS = np.array([1] * 10 + [0] * 75)


def test_batches_have_as_many_of_each_class_as_wanted():
    batches = list(ClassBatches(LABELS, positives=4, negatives=12))
    assert len(batches) == len(ClassBatches(LABELS, 4, 12)) == 7  # of 75 negatives, twelve at a time
    for batch in batches:
        assert LABELS[batch].sum() == 4
        assert len(batch) == 16
    assert {n for batch in batches for n in batch} == set(range(85))


def test_no_crop_comes_again_before_all_of_its_class_came():
    drawn = [n for batch in ClassBatches(LABELS, 4, 12) for n in batch if LABELS[n]]
    assert len(set(drawn[:8])) == 8
    assert sorted(drawn[:20]) == sorted(2 * list(range(10)))


def test_r_cnn_takes_32_to_96_and_balanced_takes_half():
    labels = torch.tensor([1] * 40 + [0] * 400)
    assert {(int(labels[batch].sum()), len(batch)) for batch in ClassBatches(labels)} == {(32, 128)}
    assert {int(labels[batch].sum()) for batch in ClassBatches.balanced(labels, 10)} == {5}
    assert len(ClassBatches.balanced(labels, 10, batches=3)) == 3


def test_the_order_depends_on_seed_and_epoch_alone():
    def order(seed: int, epoch: int) -> list[list[int]]:
        batches = ClassBatches(LABELS, 4, 12, seed=seed)
        batches.set_epoch(epoch)
        return list(batches)

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 1) != order(1, 1)


def test_classes_are_mixed_within_a_batch():
    heads = [LABELS[batch[:4]].sum() for batch in ClassBatches(LABELS, 4, 12)]
    assert min(heads) < 4


def test_a_class_without_a_crop_is_refused():
    with pytest.raises(BoxscopeError, match="batches of 32 positive crops: the export has none"):
        ClassBatches(np.zeros(9, np.int64))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"positives": -1}, "positives: got -1, expected at least 0"),
        ({"negatives": -1}, "negatives: got -1, expected at least 0"),
        ({"batches": -1}, "batches: got -1, expected at least 0"),
        ({"positives": 0, "negatives": 0}, "got 0 of both"),
    ],
    ids=str,
)
def test_numbers_that_make_no_batch_are_refused(numbers, words):
    with pytest.raises(BoxscopeError, match=words):
        ClassBatches(LABELS, **numbers)


def test_a_loader_takes_them(exports):
    data = ProposalDataset(exports["parquet"])
    for _, labels in DataLoader(data, batch_sampler=ClassBatches(data.labels, 2, 6, batches=3)):
        assert (len(labels), int(labels.sum())) == (8, 2)


# Classes that are categories

KINDS = np.repeat([0, 1, 3], [40, 12, 4])


def counts_of(batches: ClassBatches) -> set[tuple[int, ...]]:
    return {tuple(np.bincount(KINDS[batch], minlength=4).tolist()) for batch in batches}


def test_every_class_but_the_background_is_positive():
    assert {int((KINDS[batch] > 0).sum()) for batch in ClassBatches(KINDS, 4, 12)} == {4}
    drawn = [n for batch in ClassBatches(KINDS, 4, 12) for n in batch if KINDS[n]]
    assert sorted(drawn[:16]) == np.flatnonzero(KINDS).tolist()


def test_a_batch_has_the_crops_of_each_class_that_it_is_told():
    batches = ClassBatches(KINDS, counts={0: 5, 3: 2})
    assert counts_of(batches) == {(5, 0, 0, 2)}
    assert len(batches) == 8


def test_balanced_takes_as_many_of_every_class_that_has_crops():
    assert counts_of(ClassBatches.balanced(KINDS, 9)) == {(3, 3, 0, 3)}
    assert counts_of(ClassBatches.balanced(KINDS, 11)) == {(4, 4, 0, 3)}


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({0: 5, 2: 1}, "batches of 1 class 2 crops: the export has none"),
        ({0: -1}, "counts of class 0: got -1, expected at least 0"),
        ({0: 0}, "counts: got 0 of all, expected crops in a batch"),
        ({}, "counts: got 0 of all, expected crops in a batch"),
    ],
    ids=str,
)
def test_counts_that_make_no_batch_are_refused(counts, words):
    with pytest.raises(BoxscopeError, match=words):
        ClassBatches(KINDS, counts=counts)


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_an_export_by_category_gives_its_classes(tmp_path, name):
    annotations = write_coco(
        tmp_path, {"a.png": (scene(0)[0], [[0, 0, 48, 36], {"bbox": [48, 36, 48, 36], "category_id": 9}])}
    )
    document = json.loads(annotations.read_text())
    document["categories"] += [{"id": 5, "name": "rust"}, {"id": 9, "name": "spalling"}]
    annotations.write_text(json.dumps(document))
    sampling = Sampling(cut=Cut(side=16), labels="category")
    export(config(CocoDataset.open(annotations), sampling=sampling, format=name), tmp_path / "out")
    data = ProposalDataset(tmp_path / "out" / "train")
    assert data.classes == ("background", "crack", "rust", "spalling")
    boxes = data.crops.boxes.tolist()
    expected = {(0, 0, 48, 36): 1, (48, 36, 96, 72): 3}
    assert data.labels.tolist() == [expected.get(tuple(box), 0) for box in boxes]
    assert sorted(set(data.labels.tolist())) == [0, 1, 3]
    assert [label for _, label in data] == data.labels.tolist()
    if name in SHARDED:
        assert sorted(label for _, label in ProposalStream(tmp_path / "out" / "train")) == sorted(
            data.labels.tolist()
        )


# Box regression, by hand

BY_HAND = {
    "the object itself": ((0, 0, 10, 20), (0, 0, 10, 20), (0, 0, 0, 0)),
    "half a width to the right, a quarter of a height down": (
        (0, 0, 10, 20),
        (5, 5, 15, 25),
        (0.5, 0.25, 0, 0),
    ),
    "twice as wide about the same centre": ((10, 10, 20, 20), (5, 10, 25, 20), (0, 0, np.log(2), 0)),
    "a quarter of the height, at the top": ((0, 0, 8, 16), (0, 0, 8, 4), (0, -0.375, 0, -np.log(4))),
}


@pytest.mark.parametrize(("box", "truth", "target"), BY_HAND.values(), ids=BY_HAND)
def test_regression_targets_by_hand(box, truth, target):
    boxes, objects, wanted = (torch.tensor([values], dtype=torch.float32) for values in (box, truth, target))
    torch.testing.assert_close(box_targets(boxes, objects), wanted)
    torch.testing.assert_close(apply_targets(boxes, wanted), objects)


def test_a_target_does_not_depend_on_place_and_scale():
    box, truth = torch.tensor([[3.0, 4, 9, 16]]), torch.tensor([[1.0, 5, 11, 13]])
    plain = box_targets(box, truth)
    torch.testing.assert_close(box_targets(box * 7 + 100, truth * 7 + 100), plain, rtol=0, atol=1e-5)


# The example


@pytest.mark.slow
def test_the_example_learns(tmp_path):
    """On as many positives as negatives, so that half is what guessing gives."""
    spec = importlib.util.spec_from_file_location("train_example", ROOT / "docs" / "train.py")
    example = importlib.util.module_from_spec(spec)
    before, threads = list(sys.path), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        spec.loader.exec_module(example)
        out = example.export_sample(tmp_path, images=100)
        classifier = example.created(out)
        losses = list(example.train(classifier, [out], epochs=3, batches=50))
        accuracy = example.accuracy(classifier, out / "valid")
    finally:
        sys.path[:] = before
        torch.set_num_threads(threads)
    assert losses[-1] < 0.8 * losses[0]
    assert accuracy > 0.65
