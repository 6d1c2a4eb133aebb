"""Boxes of a file in the place of a torchvision detector's region proposal network."""

import json

import numpy as np
import pytest

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from tests.small import HEIGHT, WIDTH, scene, write_coco

torch = pytest.importorskip("torch")
detection = pytest.importorskip("torchvision.models.detection")

from core.training import FixedProposals  # noqa: E402

BOXES = {1: np.array([[0, 0, 96, 72], [12, 9, 24, 18]], np.float32), 2: np.zeros((0, 4), np.float32)}
SIZES = {1: (HEIGHT, WIDTH), 2: (HEIGHT, WIDTH)}


def detector(fixed, side=144):
    """Make a Faster R-CNN of few weights, all random, which doubles the pictures of these tests."""
    torch.manual_seed(0)
    backbone = torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 5, stride=4, padding=2), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, padding=1)
    )
    backbone.out_channels = 16
    sizes = {"min_size": side, "max_size": 4 * side}
    pool = detection.faster_rcnn.MultiScaleRoIAlign(["0"], 5, 2)
    head = detection.faster_rcnn.TwoMLPHead(16 * 25, 64)
    anchors = detection.anchor_utils.AnchorGenerator(((16,),), ((1.0,),))
    model = detection.FasterRCNN(
        backbone,
        rpn_anchor_generator=anchors,
        box_roi_pool=pool,
        box_head=head,
        box_predictor=detection.faster_rcnn.FastRCNNPredictor(64, 2),
        **sizes,
    )
    model.rpn = fixed
    return model


def seen_by_the_head(model):
    """Note the boxes and picture sizes that the head of a model is given."""
    seen = []
    model.roi_heads.register_forward_pre_hook(lambda _, given: seen.append((given[1], given[2])))
    return seen


def test_boxes_are_scaled_as_the_model_scales_the_picture():
    fixed = FixedProposals(BOXES, SIZES)
    model = detector(fixed).eval()
    seen = seen_by_the_head(model)
    fixed.set_images([1, 2])
    model([torch.rand(3, HEIGHT, WIDTH)] * 2)
    (first, second), sizes = seen[0]
    assert sizes == [(144, 192)] * 2
    assert first.tolist() == [[0, 0, 192, 144], [24, 18, 48, 36]]
    assert second.shape == (0, 4)
    # A picture that was resized before: the boxes are measured in the one that was annotated.
    fixed.set_images([1])
    model([torch.rand(3, HEIGHT * 3, WIDTH)])
    assert seen[1][1] == [(324, 144)]
    assert seen[1][0][0].tolist() == [[0, 0, 144, 324], [18, 40.5, 36, 81]]


def test_a_head_learns_on_the_boxes_of_a_file(tmp_path):
    """The head is given the proposals and the objects alone, and its loss falls."""
    pictures = [scene(seed) for seed in range(2)]
    dataset = CocoDataset.open(write_coco(tmp_path, {f"{n}.png": one for n, one in enumerate(pictures)}))
    listed = [
        {"image_id": number, "bbox": [x + dx, y, w, h], "score": 0.5, "category_id": 1}
        for number, (_, boxes) in enumerate(pictures, start=1)
        for x, y, w, h in boxes
        for dx in (-30, -2, 2, 30)
    ]
    (tmp_path / "proposals.json").write_text(json.dumps(listed))
    model = detector(FixedProposals.read(tmp_path / "proposals.json", dataset, top=7)).train()
    images = [torch.from_numpy(image).permute(2, 0, 1) / 255 for image, _ in pictures]
    targets = []
    for index in range(2):
        boxes = torch.from_numpy(dataset.truth(index).boxes)
        target = {"boxes": boxes, "labels": torch.ones(len(boxes), dtype=torch.int64)}
        targets.append(target | {"image_id": int(dataset.image_ids[index])})
    seen = seen_by_the_head(model)
    optimizer, losses = torch.optim.Adam(model.parameters(), 2e-3), []
    for _ in range(25):
        found = model(images, targets)
        assert set(found) == {"loss_classifier", "loss_box_reg"}
        loss = sum(found.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert [len(boxes) for boxes in seen[0][0]] == [7, 7]
    assert np.mean(losses[-5:]) < 0.5 * losses[0]


def test_pictures_that_are_not_known_are_refused_in_one_line(tmp_path):
    fixed = FixedProposals(BOXES, SIZES)
    model = detector(fixed).eval()
    images = [torch.rand(3, HEIGHT, WIDTH)]
    for numbers, text in (
        (None, "expected image_id"),
        ([3], "image id 3: there are no"),
        ([1, 2], "got 2 image"),
    ):
        if numbers:
            fixed.set_images(numbers)
        with pytest.raises(BoxscopeError, match=text):
            model(images)
    fixed.set_images([1])
    model(images)
    with pytest.raises(BoxscopeError, match="set_images before the call"):  # set for one call alone
        model(images)
    dataset = CocoDataset.open(write_coco(tmp_path, {f"{n}.png": scene(n) for n in range(2)}))
    listed = [{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5, "category_id": 1}]
    (tmp_path / "one.json").write_text(json.dumps(listed))
    with pytest.raises(BoxscopeError, match="no boxes of the image id 2"):
        FixedProposals.read(tmp_path / "one.json", dataset)
    assert FixedProposals.read(tmp_path / "one.json", dataset, unnamed="empty").resized(2, (1, 1)).shape == (
        0,
        4,
    )
