"""Precision and recall of scored proposals at every least score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core.evaluation.average_precision import Scored, detections
from core.evaluation.operating_points import ScoredImages, curve, operating_points, rounded
from tests.drawn import quick, some_boxes, truth


def scored(*images):
    """Images of (boxes, scores, truth)."""
    parts = (detections(bx.as_boxes(boxes), np.array(scores, np.float32), of) for boxes, scores, of in images)
    return ScoredImages(tuple(Scored(part, None) for part in parts))


OBJECT = (0, 0, 10, 10)


def test_operating_points_by_hand():
    second = (0, 0, 10, 9)
    one = [OBJECT, second, (50, 50, 60, 60)], [0.9, 0.5, 0.7], truth([OBJECT])
    other = [(0, 0, 10, 6)], [0.6], truth([OBJECT, (20, 20, 40, 40)])
    points = operating_points(scored(one, other))
    at = {round(score, 2): number for number, score in enumerate(points.score.tolist())}
    assert len(at) == 101
    for score, found, wrong in [(0, 2, 2), (0.5, 2, 2), (0.51, 2, 1), (0.6, 2, 1), (0.7, 1, 1), (0.71, 1, 0)]:
        number = at[score]
        assert points.recall[number] == pytest.approx(found / 3)
        assert points.precision[number] == pytest.approx(found / (found + wrong))
        assert points.f1[number] == pytest.approx(2 * found / (3 + found + wrong))
        assert points.false_positives[number] == wrong / 2
    assert points.recall[at[0.95]] == 0
    assert np.isnan(points.precision[at[0.95]])
    assert round(points.score[points.best], 2) == 0.51
    assert operating_points(scored(one, other), 0.75).recall[at[0]] == pytest.approx(1 / 3)
    recall, precision = curve(scored(one, other))
    assert recall.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4])


def test_without_objects_or_boxes_there_is_nothing_to_say():
    empty = operating_points(scored(([OBJECT], [0.4], truth([]))))
    assert np.isnan(empty.recall).all()
    assert rounded(empty.f1[:2]) == [None, None]
    assert empty.false_positives[[0, 40, 41]].tolist() == [1, 1, 0]
    none = operating_points(scored(([], [], truth([OBJECT]))))
    assert (none.recall == 0).all()
    assert np.isnan(none.precision).all()


@quick
@given(some_boxes(), some_boxes(most=4), st.randoms(use_true_random=False), st.sampled_from([1.0, 5000.0]))
def test_a_least_score_is_as_if_the_others_were_not_there(boxes, objects, random, scale):
    of = truth(objects, [n == 1 for n in range(len(objects))])
    scores = np.array([scale * random.randint(0, 10) / 10 for _ in boxes], np.float32)
    points = operating_points(scored((boxes, scores, of)))
    assert (np.diff(points.score) > 0).all()
    for number, score in list(enumerate(points.score.tolist()))[::7]:
        kept = scores >= np.float32(score)
        alone = detections(bx.as_boxes(boxes[kept]), scores[kept], of).match[0]
        if (counted := alone[alone >= 0]).size:
            assert points.precision[number] == pytest.approx(counted.mean())
        assert points.false_positives[number] == (alone == 0).sum()
