"""The search for settings: what is searched, which trials are kept, and that an end changes nothing."""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from core import cli
from core.errors import BoxscopeError
from core.evaluation import figures
from core.evaluation.bootstrap import Interval
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import SerialExecutor, engine
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.proposers import AdaptiveThreshold, Grid, make_proposer
from core.tuning import verdict
from core.tuning.config import ROUND, TuneConfig
from core.tuning.folder import TuneFolder
from core.tuning.front import front
from core.tuning.progress import members_of_front
from core.tuning.pruning import is_pruned, rungs
from core.tuning.rounds import estimated
from core.tuning.run import Limits, tune
from core.tuning.sampler import Told, draw
from core.tuning.space import space
from core.tuning.trial import Trial
from tests.small import ROOT, environment, small_set, write_scenes

BASE = Setup(AdaptiveThreshold(offsets=(90,))).with_order_named()
TRIALS = ROUND + 6  # the last round in part


def test_front_by_hand():
    """Smaller is better: (1, 5), (2, 2) and (5, 1) beat the others; of the two (2, 2) the first counts."""
    losses = [(3.0, 3.0), (2.0, 2.0), (1.0, 5.0), (2.0, 2.0), (5.0, 1.0), (1.0, 6.0), (5.0, 2.0)]
    assert front(losses) == [1, 2, 4]
    assert front([]) == []
    assert front([(1.0,), (1.0,), (2.0,)]) == [0]
    assert front([(1.0, 1.0, 2.0), (1.0, 1.0, 1.0), (2.0, 0.0, 9.0)]) == [1, 2]


def test_all_parameters_with_a_range_are_searched():
    found = space(BASE)
    names = [one.name for one in found.dimensions]
    assert names[:5] == ["offsets.count", "offsets.low", "offsets.high", "min_area", "kernel.width"]
    assert names[-3:] == ["order", "min_side", "nms"]
    assert "top" not in names
    assert "score" not in found.searched[-3].dimensions[0].choices  # its proposals have none


def test_a_list_is_spread_between_its_ends():
    found = space(BASE)
    drawn = found.drawn(replace(BASE, proposer=AdaptiveThreshold()))
    assert (drawn["offsets.count"], drawn["offsets.low"], drawn["offsets.high"]) == (3, 10, 30)
    swapped = {**drawn, "offsets.low": 40, "offsets.high": 0, "offsets.count": 5, "more_kernels.count": 0}
    proposer = found.setup(swapped).proposer
    assert proposer.offsets == (0, 10, 20, 30, 40)
    assert proposer.more_kernels == ()
    assert found.drawn(replace(BASE, proposer=AdaptiveThreshold(offsets=(1, 2, 40)))) is None  # not even


@pytest.mark.parametrize("name", ["adaptive-threshold", "crack-groups", "selective-search", "grid", "mser"])
def test_what_is_drawn_fits_the_parameters(name):
    """Values on their steps and within their ranges, or the setup would be refused."""
    found = space(Setup(make_proposer(name)).with_order_named())
    for drawn in draw(found.dimensions, 0, 0, [], 40):
        setup = found.setup(drawn)
        assert Setup.parse(setup.changes()) == setup
        for one in found.dimensions:
            assert drawn[one.name] in one.choices if one.choices else one.low <= drawn[one.name] <= one.high


def test_ranges_are_narrowed():
    narrowed = {"min_area": "10..20", "kernel": "3,3;9,9", "offsets.count": "1..2", "order": "own,area"}
    fixed = {"percentiles", "window", "polarity", "more_kernels", "smoothing", "min_piece", "min_side", "nms"}
    found = space(BASE, fixed, narrowed)
    assert [one.as_dict() for one in found.dimensions] == [
        {"name": "offsets.count", "low": 1, "high": 2, "logarithmic": False},
        {"name": "offsets.low", "low": 0, "high": 100, "logarithmic": False},
        {"name": "offsets.high", "low": 0, "high": 100, "logarithmic": False},
        {"name": "min_area", "low": 10, "high": 20, "logarithmic": True},
        {"name": "kernel", "choices": ["3,3", "9,9"]},
        {"name": "order", "choices": ["own", "area"]},
    ]
    assert found.setup({**draw(found.dimensions, 0, 0, [], 1)[0], "kernel": "9,9"}).proposer.kernel == (9, 9)


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        ({"min_area": "9..3"}, "the lower one first"),
        ({"min_area": "9..99999"}, "expected 0 to 5000"),
        ({"min_area": "few..many"}, "expected a whole number"),
        ({"ordr": "own"}, "expected one of offsets"),
        ({"order": "own,best"}, "expected one of default"),
        ({"polarity": "dark..bright"}, "choices joined by commas"),
        ({"offsets.count": "0..9"}, "within 1 to 8"),
        ({"nms": "0.5,0.7"}, "either fixed or searched"),
    ],
)
def test_what_cannot_be_searched_is_refused(narrowed, message):
    with pytest.raises(BoxscopeError, match=message):
        space(BASE, {"nms"}, narrowed)


def test_nothing_left_to_search():
    fixed = {"levels", "aspects", "overlap", "order", "min_side", "nms"}
    with pytest.raises(BoxscopeError, match="every setting is fixed"):
        space(Setup(Grid()), fixed)


def trial(found, proposals=(9, 9, 9, 9), seconds=(1.0,) * 4) -> Trial:
    return Trial(0, "finished", {}, None, found=found, proposals=proposals, seconds=seconds)


def test_pruning_by_hand():
    """Differences of 4, 4, 4, 6: their sum is 18, its standard error sqrt(4) times 1, and 18 is above 4."""
    other, objects = trial((6, 6, 6, 8, 0), (5, 5, 5, 5, 99), (1.0,) * 5), (1,) * 5
    assert is_pruned(trial((2, 2, 2, 2)), [other], objects, False)
    assert not is_pruned(trial((2, 2, 2, 2), (4, 4, 4, 4)), [other], objects, False)  # fewer proposals
    assert not is_pruned(trial((2, 2, 2, 2), seconds=(0.1,) * 4), [other], objects, True)  # faster
    assert not is_pruned(trial((6, 6, 6, 7)), [other], objects, False)  # 1 more, by an error of 1
    assert not is_pruned(trial((2, 2, 2, 2)), [], objects, False)
    assert rungs(100) == [12, 33, 100]
    assert rungs(20) == [8, 20]
    assert rungs(5) == [5]


def test_a_trial_that_ended_on_easy_images_is_told_with_what_it_would_have_on_all(dataset):
    """The best finds 9 of 10 thresholds on the first two images and .5 on all; the pruned one 7, so .3."""
    setting = config(dataset)
    objects = [setting.objects[at] for at in range(2)]
    found = [9 * each for each in objects]
    best = Trial(0, "finished", {}, {}, 17, {"100": 0.5}, found=(*found, 0), proposals=(9, 9, 9))
    pruned = Trial(
        1, "pruned", {}, {}, 2, {"100": 0.7}, found=tuple(7 * n for n in objects), proposals=(9, 9)
    )
    told = estimated(setting, pruned, [best, pruned], ROUND)
    assert told.recall(100) == pytest.approx(0.3)
    assert estimated(setting, best, [best, pruned], ROUND) is best
    assert estimated(setting, pruned, [pruned], ROUND) is pruned  # nothing to go by


def test_the_sampler_is_the_same_again_and_learns():
    dimensions = space(Setup(Grid()), {"aspects", "order", "min_side", "nms"}).dimensions
    told = [Told(drawn, (abs(drawn["overlap"] - 0.3),)) for drawn in draw(dimensions, 1, 0, [], 60)]
    again = draw(dimensions, 1, 7, told, 10)
    assert again == draw(dimensions, 1, 7, told, 10)
    assert again != draw(dimensions, 1, 8, told, 10)
    near = sum(abs(drawn["overlap"] - 0.3) <= 0.15 for drawn in draw(dimensions, 1, 7, told, 30))
    assert near > 15  # a third of the range, so 10 by chance


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return small_set(tmp_path_factory.mktemp("train"), 17)


def config(dataset, **rest) -> TuneConfig:
    fixed = {"percentiles", "more_kernels", "smoothing", "min_piece", "window", "kernel", "min_side"}
    return TuneConfig(dataset, space(BASE, fixed, {"min_area": "5..50"}), **rest)


def run(config, folder, workers=1, trials=TRIALS, stop_at=None):
    """Run a search in a folder; or leave it after so many of its steps."""
    cache = ProposerCache(folder.with_suffix(".cache"))
    with engine(workers) as (pool, count):
        for step, progress in enumerate(
            tune(config, TuneFolder(folder), Limits(trials=trials), pool, count, None, cache)
        ):
            if step == stop_at:
                return progress
    return progress


def evaluated(dataset, setups) -> list[float]:
    """Return the average recall of setups at 100 proposals on a whole data set."""
    measured = SetEvaluation(dataset, Plan(tuple(setups)))
    list(measured.run(SerialExecutor()))
    return [figures.average_recall(each, 100)[0].value for each in measured.evaluations()]


def results(folder) -> list:
    """Return what the trials of a search gave, without times."""
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    timed = {"elapsed", "seconds", "seconds_per_image"}
    rows = [{name: value for name, value in line.items() if name not in timed} for line in lines]
    return sorted(rows, key=lambda row: row["number"])


@pytest.fixture(scope="module")
def searched(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("search") / "out"
    progress = run(config(dataset), folder)
    assert (progress.state, progress.trials) == ("done", TRIALS)
    return folder


def test_a_search_finds_more_than_it_began_with(searched, dataset):
    trials = TuneFolder(searched).trials()
    assert [trial.number for trial in trials] == list(range(TRIALS))
    assert trials[0].setup == BASE.changes()
    best, *_ = members_of_front(trials, config(dataset))
    assert best.recall(100) > trials[0].recall(100) + 0.1
    pairs = [
        (trial.recall(100), trial.proposals_per_image) for trial in members_of_front(trials, config(dataset))
    ]
    assert pairs == sorted(pairs, reverse=True)  # less recall, fewer proposals
    report = TuneFolder(searched).report()
    assert report["best"]["trial"] == best.number
    assert report["worth"]
    assert report["worth_images"] == 17
    for row in report["worth"]:  # each measured by hand
        back = Setup.parse({**best.setup, row["name"]: row["default"]})
        with_it, without = evaluated(dataset, [Setup.parse(best.setup), back])
        assert row["difference"] == pytest.approx(with_it - without)
    assert report["remarks"] == [verdict.WITHOUT_VALID]
    assert TuneFolder(searched).state == "done"


def test_two_workers_give_the_same_trials(searched, dataset, tmp_path):
    run(config(dataset), tmp_path / "out", workers=2)
    assert results(tmp_path / "out") == results(searched)


def test_a_search_that_was_left_goes_on(searched, dataset, tmp_path):
    """In the middle of a round; then with fewer trials than a round, and a line that was not finished."""
    out = tmp_path / "out"
    run(config(dataset), out, stop_at=15)
    assert TuneFolder(out).state == "stopped"
    run(config(dataset), out, trials=ROUND + 3)
    with (out / "trials.jsonl").open("a") as file:
        file.write('{"number": 99, "sta')
    run(config(dataset), out)
    assert results(out) == results(searched)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.test_tuning import config, run, tune
import tests.test_tuning as tests
from core.datasets import CocoDataset

def until_killed(*arguments):
    seen = 0
    for progress in tune(*arguments):
        seen += progress.started > progress.trials > 0
        if seen == 4:  # in the middle of the second round
            os.kill(os.getpid(), signal.SIGKILL)
        yield progress

tests.tune = until_killed
run(config(CocoDataset.open(sys.argv[1])), Path(sys.argv[2]))
"""


def test_a_search_that_was_killed_goes_on(searched, dataset, tmp_path):
    out = tmp_path / "out"
    words = [sys.executable, "-c", KILLED, str(dataset.annotations), str(out)]
    killed = subprocess.run(words, cwd=ROOT, env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert TuneFolder(out).state == "stopped"
    assert 0 < len(results(out)) < TRIALS
    run(config(dataset), out)
    assert results(out) == results(searched)


def test_another_search_is_refused_with_what_differs(searched, dataset):
    with pytest.raises(BoxscopeError, match=r"differs by --budget \(100 there\), --seed \(0 there\): choose"):
        run(config(dataset, budget=10, seed=1), searched)
    with pytest.raises(BoxscopeError, match="the settings that are searched"):
        run(TuneConfig(dataset, space(BASE, {"nms"})), searched)


def test_a_folder_of_others_is_refused(dataset, tmp_path):
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(BoxscopeError, match=r"photo\.jpg: no search wrote it"):
        run(config(dataset), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_picture_that_cannot_be_read_counts_for_no_trial(tmp_path):
    dataset = small_set(tmp_path / "train", 6)
    dataset.path(2).write_bytes(b"no picture")
    progress = run(config(dataset), tmp_path / "out", trials=3)
    assert [image["file"] for image in progress.skipped] == ["002.jpg"]
    for row in results(tmp_path / "out"):
        assert row["images"] == 5
        assert row["proposals"].count(-1) == 1


def test_the_command(tmp_path, capsys):
    train, valid = (write_scenes(tmp_path / name, 8) for name in ("train", "valid"))
    words = ["tune", str(train), "--valid", str(valid), "--proposer", "adaptive-threshold", "--order", "area"]
    words += ["--out", str(tmp_path / "out"), "--trials", "4", "--workers", "1", "--search", "min_area=5..50"]
    words += ["--param", "kernel=3,3", "--json"]
    assert cli.main(words) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    best = report["best"]
    assert set(best) >= {"setup", "train", "valid", "proposals_per_image", "seconds_per_image"}
    assert set(best["train"]["average_recall"]) == {"1", "10", "100", "1000"}
    assert best["setup"]["kernel"] == "3,3"
    assert best["setup"]["order"] == "area"
    names = [row["name"] for row in report["others"]]
    assert names == ["defaults", "preset article", "grid", "full-image", "learned-boxes"]
    low, high = best["valid"]["interval"]
    assert low <= best["valid"]["average_recall"]["100"] <= high
    others = {row["name"] for row in report["others"] if row["setup"] != best["setup"]}
    assert set(best["valid"]["above"]) == others
    assert all(remark in err for remark in report["remarks"])
    assert "8 pictures of the valid split, 000.jpg the first, are in the training split" in err
    assert not {row["name"] for row in report["worth"]} & {"kernel", "order"}  # those are fixed
    assert "4/4 trials" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--valid", "train.json"], "the training split itself"),
        (["--minutes", "0"], "a number of minutes above 0"),
        (["--objectives", "time"], "expected recall"),
        (["--top", "10"], "--budget says how many count"),
        (["--search", "nms"], "expected NAME=LOW"),
        (["--trials", "0"], "expected at least 1"),
    ],
)
def test_what_the_command_refuses(words, message, capsys):
    command = ["tune", "train.json", "--proposer", "mser", "--out", "out", *words]
    assert cli.main(command) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("over_defaults", "above", "words"),
    [
        ((0.2, 0.1, 0.3), (0.2, 0.1, 0.3), ["a gain that can be told", "more than the layout"]),
        ((0.1, -0.1, 0.3), (0.0, -0.1, 0.1), ["cannot be told from chance", "may be only the layout"]),
        ((-0.2, -0.3, -0.1), (-0.2, -0.3, -0.1), ["keep the defaults", "less than the layout"]),
    ],
)
def test_what_is_said_of_a_gain(over_defaults, above, words):
    """The baseline of the highest recall is the one to compare with."""
    baselines = {"grid": (0.3, Interval(*above)), "full-image": (0.1, Interval(0.4, 0.3, 0.5))}
    _, gain, layout = verdict.remarks(100, 0.6, 0.5, Interval(*over_defaults), baselines)
    assert words[0] in gain
    assert layout.startswith("against grid (0.300)")
    assert words[1] in layout
