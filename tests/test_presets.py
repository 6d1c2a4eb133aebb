"""Presets: the text of one, where they lie, what is refused, and how commands take them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from core import cli, presets
from core.cli import options, setups
from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.pipeline import Setup
from core.presets import BUILT_IN, Source
from core.proposers import AdaptiveThreshold, Grid, make_proposer
from core.sampling import PRESETS
from tests.drawn import quick, some_setups
from tests.small import write_scenes

HEAD = 'version = 1\nproposer = "grid"\n'
THIN = Setup(AdaptiveThreshold(offsets=(5, 9)), order="small", nms=0.8, rule=LabelRule(iou=0.6))


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))


@quick
@given(some_setups())
def test_any_setup_is_read_as_it_was_written(setup):
    assert presets.from_text(presets.text_of(setup)) == setup


def test_the_text_is_flat_and_has_what_differs_from_the_defaults():
    assert presets.text_of(THIN, "a test").splitlines() == [
        "# A preset, written by a test: what differs from the defaults",
        "version = 1",
        'proposer = "adaptive-threshold"',
        "offsets = [5, 9]",
        'order = "small"',
        "nms = 0.8",
        "iou = 0.6",
    ]
    joined = Setup(make_proposer("grid+adaptive-threshold", {"grid.levels": "2"}))
    assert "grid.levels = 2" in presets.text_of(joined)
    assert presets.from_text('version = 1\nproposer = "grid+full-image"\n[grid]\nlevels = 2') == Setup(
        make_proposer("grid+full-image", {"grid.levels": "2"})
    )


@pytest.mark.parametrize("path", ["a\tb\x7f\x01\"\\'é", "päth/with spaces.json"])
def test_a_path_of_any_characters_is_written_as_toml_has_it(path):
    setup = Setup(replace(make_proposer("from-file"), file=path))
    assert presets.from_text(presets.text_of(setup).encode()) == setup


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "version: there is none, expected 1"),
        ("[project]\nname = 'x'", "version: there is none, expected 1"),
        ('version = 2\nproposer = "grid"', "version: got 2, expected 1"),
        ("version = true", "version: got True, expected 1"),
        ("version = 1", "proposer: there is none, expected the name of a proposer"),
        ("version = 1\nproposer = 3", "proposer: got 3, expected the name of a proposer"),
        ('version = 1\nproposer = "magic"', "proposer: no proposer 'magic', expected one of adaptive-"),
        (f"{HEAD}offsets = [3]", "unknown key 'offsets', expected one of version, proposer, levels, "),
        (f"{HEAD}levels = '3'", "levels: got '3', expected a whole number"),
        (f"{HEAD}levels = 99", "levels: got 99, expected 1 to"),
        (f"{HEAD}aspects = 2", "aspects: got 2, expected a list"),
        (f"{HEAD}nms = nan", "nms: got nan, expected 0.05 to 1.0"),
        (f"{HEAD}negative_from = 0.9", "negative_from"),
        ("a =", "not TOML (Invalid value"),
        (f"a = {'[' * 20_000}", "not TOML (maximum recursion"),
        (f"a = {'9' * 5_000}", "not TOML (Exceeds the limit"),
        (b"\xff\xfe", "not TOML ('utf-8' codec"),
        (f"a = '{'b' * 100_000}'", "bytes, expected at most 100,000"),
    ],
)
def test_what_is_no_preset_is_refused_in_one_line(text, message):
    with pytest.raises(BoxscopeError) as error:
        presets.from_text(text, "thin.toml")
    assert str(error.value).startswith("thin.toml: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["", "a/b", "../a", ".a", "a.toml", "a\nb", "a\0", "-a", "x" * 61, *BUILT_IN, "rcnn-svm"]
)
def test_a_name_is_no_path_and_none_of_boxscopes_own(tmp_path, name):
    with pytest.raises(BoxscopeError, match="name of the preset"):
        presets.save(tmp_path / "made", name, THIN)
    assert not (tmp_path / "made").exists()


def test_a_name_that_is_taken_is_kept_until_it_is_to_be_replaced(tmp_path):
    path = presets.save(tmp_path, " thin cracks ", THIN)
    assert path == tmp_path / "thin cracks.toml"
    with pytest.raises(BoxscopeError, match="already"):
        presets.save(tmp_path, "thin cracks", Setup())
    assert presets.read_file(path) == THIN
    presets.save(tmp_path, "thin cracks", Setup(), overwrite=True)
    assert presets.read_file(path) == Setup()
    assert [each.name for each in tmp_path.iterdir()] == ["thin cracks.toml"]


def test_the_data_sets_go_before_the_users_and_these_before_ours(tmp_path):
    annotations = tmp_path / "set" / "train" / "annotations.json"
    folders = presets.dataset_folders(annotations)
    beside, above = Setup(Grid(levels=2)), Setup(Grid(levels=3))
    presets.save(folders[1], "thin", above)
    presets.save(presets.user_folder(), "thin", THIN)
    assert presets.find("thin", folders) == above
    assert presets.find("thin") == THIN
    presets.save(folders[0], "thin", beside)
    assert presets.find("thin", folders) == beside
    assert folders == [tmp_path / "set" / "train" / "boxscope-presets", tmp_path / "set" / "boxscope-presets"]
    (folders[0] / "broken.toml").write_text("version = 7")
    found, unreadable = presets.listed(folders)
    assert [(one.source, one.name) for one in found] == [
        (Source.DATASET, "thin"),
        (Source.USER, "thin"),
        *((Source.BUILT_IN, name) for name in BUILT_IN),
    ]
    assert [(one.path.name, one.reason) for one in unreadable] == [
        ("broken.toml", "version: got 7, expected 1, as in a preset")
    ]
    with pytest.raises(
        BoxscopeError, match=r"got 'other', expected a file .toml or one of broken, thin, article"
    ):
        presets.find("other", folders)
    with pytest.raises(BoxscopeError, match=r"nothing\.toml"):
        presets.find(str(tmp_path / "nothing.toml"))


def parsed(words: str):
    return cli._parser().parse_args(words.split())


def test_options_go_before_the_preset(tmp_path):
    path = presets.save(tmp_path, "thin", THIN)
    words = f"export a.json --out o --split train --preset {path}"
    assert options.setup(parsed(words)) == THIN
    changed = options.setup(parsed(f"{words} --nms 0.5 --iou 0.4 --param min_area=9"))
    assert changed == Setup(
        AdaptiveThreshold(offsets=(5, 9), min_area=9), order="small", nms=0.5, rule=LabelRule(iou=0.4)
    )
    same = options.setup(parsed(f"{words} --proposer adaptive-threshold --order own"))
    assert same == replace(THIN, order="own")
    assert options.setup(parsed(f"{words} --proposer grid")) == replace(THIN, proposer=Grid())
    assert options.setup(parsed(f"propose a.jpg --preset {path}")) == THIN


def test_the_crops_of_an_export_are_chosen_beside_its_setup():
    words = "export a.json --out o --split train"
    both = parsed(f"{words} --preset cracks --sampling rcnn-svm")
    assert options.setup(both) == replace(BUILT_IN["cracks"][0], rule=PRESETS["rcnn-svm"].rule)
    assert options.sampling(both) == PRESETS["rcnn-svm"].sampling
    before = parsed(f"{words} --proposer grid --preset rcnn-svm")
    assert options.setup(before) == Setup(Grid(), rule=PRESETS["rcnn-svm"].rule)
    assert options.sampling(before) == PRESETS["rcnn-svm"].sampling


def test_an_evaluation_takes_several_presets_beside_proposers():
    words = "evaluate a.json --preset article --preset cracks --proposer grid"
    article, cracks = BUILT_IN["article"][0], BUILT_IN["cracks"][0]
    assert setups.setups(parsed(words)) == [Setup(Grid(), order="own"), article, cracks]
    given = setups.setups(parsed(f"{words} --nms 0.5 --param grid.levels=2 --param crack-groups.window=31"))
    assert given == [
        Setup(Grid(levels=2), order="own", nms=0.5),
        replace(article, nms=0.5),
        replace(cracks, proposer=replace(cracks.proposer, window=31), nms=0.5),
    ]
    (alone,) = setups.setups(parsed("evaluate a.json --preset article --param offsets=5"))
    assert alone == replace(article, proposer=replace(article.proposer, offsets=(5,)))
    with pytest.raises(BoxscopeError, match="given twice"):
        setups.setups(parsed("evaluate a.json --preset cracks --preset cracks"))


def test_a_preset_beside_the_data_set_exports_as_its_settings_do(tmp_path, capsys):
    data = write_scenes(tmp_path / "data", 2)
    presets.save(presets.dataset_folders(data)[0], "thin", THIN)
    out = tmp_path / "out"
    words = ["export", str(data), "--split", "train", "--workers", "1", "--format", "manifest"]
    assert cli.main([*words, "--out", str(out), "--preset", "thin"]) == 0
    spelled = json.loads((out / "train" / "export.json").read_text())["settings"]
    spelled_words = "--proposer adaptive-threshold --param offsets=5,9 --order small --nms 0.8 --iou 0.6"
    assert cli.main([*words, "--out", str(tmp_path / "again"), *spelled_words.split()]) == 0
    assert spelled == json.loads((tmp_path / "again" / "train" / "export.json").read_text())["settings"]
    assert '"thin"' not in json.dumps(spelled)
    capsys.readouterr()
    assert cli.main([*words, "--out", str(out), "--preset", "magic"]) == 2
    assert capsys.readouterr().err.startswith(
        "boxscope: --preset: got 'magic', expected a file .toml or one of thin, "
    )
