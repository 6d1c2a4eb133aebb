"""Trials that end early: on a few images already, another trial is clearly better.

A trial is measured on an eighth of the sample, at least 8 images; then on a third, at least 24; then on all.
After each it goes on unless a trial of an earlier round, one of the present front, has on the same images no
more proposals and a higher average recall, by more than two standard errors of the difference paired over
images. So of trials that belong to the front about one in forty is lost where the front has one member to
compare with, and more where it has many; one that is better by little on images that come late is lost alike.
"""

from collections.abc import Sequence

import numpy as np

from core.tuning.trial import UNUSABLE, Trial

FIRST, SECOND = 8, 24
ERRORS = 2.0


def rungs(images: int) -> list[int]:
    """Return the numbers of images after which a trial may end, the whole sample last."""
    wanted = [max(images // 8, FIRST), max(images // 3, SECOND)]
    return [*(number for number in wanted if 2 * number <= images), images]


def is_pruned(trial: Trial, others: Sequence[Trial], objects: Sequence[int], with_time: bool) -> bool:
    """Return whether a trial may end: one of the others is clearly better on the images of the trial.

    Parameters
    ----------
    trial : Trial
        Measured on the first images of the sample.
    others : sequence of Trial
        Measured on all of it.
    objects : sequence of int
        Of the images of the sample.
    with_time : bool
        Whether the other must be no slower, besides.
    """
    return any(_is_clearly_better(other, trial, objects, with_time) for other in others)


def _is_clearly_better(other: Trial, trial: Trial, objects: Sequence[int], with_time: bool) -> bool:
    number = len(trial.found)
    used = np.array(trial.proposals) != UNUSABLE
    if sum(other.proposals[:number]) > sum(trial.proposals):
        return False
    if with_time and sum(other.seconds[:number]) > sum(trial.seconds):
        return False
    differences = (np.array(other.found[:number]) - np.array(trial.found))[used]
    if len(differences) < 2 or not sum(objects[:number]):
        return False
    error = float(np.sqrt(len(differences)) * differences.std(ddof=1))
    return int(differences.sum()) > ERRORS * error
