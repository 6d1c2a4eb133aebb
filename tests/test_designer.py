"""The view Design of the page Export: settings, dry run, histogram, contact sheet, shared pictures."""

import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core import cli, wording
from core.cutting import Cut
from core.datasets import make_sample
from core.errors import BoxscopeError
from core.export import Crops, ExportFolder
from core.export.estimate import progressive
from core.pipeline import Setup
from core.proposers import Grid
from core.sampling import Sampling
from pages.ui.server import crop_previews
from pages.ui.views.export import shared_pictures
from pages.ui.views.export.dry_run import dry_run
from tests.browser import PATIENCE, again, chromium, streamlit_server
from tests.small import config, export, small_set, texts_to_copy, told

ROOT = Path(__file__).parents[1]
MAIN = ROOT / "pages/main.py"


@pytest.fixture
def home(home, sample):
    """A folder to start the app in, with a sample set."""
    shutil.copytree(sample, home / "sample")
    return home


def opened(**link: str) -> AppTest:
    """Open the page and wait for the end of its dry run."""
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    app.switch_page("export.py")
    return settled(app)


def settled(app: AppTest) -> AppTest:
    for _ in again():
        app.run()
        assert not app.exception
        if not any(found.value == "…" for found in app.metric) and not app.get("progress"):
            return app
    raise TimeoutError(f"the dry run does not end: {metrics(app)}")


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def delta(app: AppTest, label: str) -> str:
    return next(metric.delta for metric in app.metric if metric.label == label)


def labels(app: AppTest) -> set[str]:
    kinds = (app.selectbox, app.number_input, app.toggle, app.slider, app.radio, app.text_input)
    return {widget.label for kind in kinds for widget in kind}


def field(widgets, label: str):
    return next(found for found in widgets if found.label.startswith(label))


def text(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_dry_run_counts_what_the_command_at_the_foot_writes(home):
    app = opened(proposer="grid", side="32", negatives_first="30", out="here", format="parquet")
    values = metrics(app)
    assert cli.main([*texts_to_copy(app)[0].split()[3:], "--workers", "1"]) == 0
    counts = json.loads((home / "here/train/export.json").read_text())["counts"]
    written = [f"{counts[name]:,}" for name in ("crops", "positives", "negatives")]
    assert [values["crops"], values["positive"], values["negative"]] == written
    assert "Counts are exact (all 6 images)" in " ".join(found.value for found in app.caption)


def test_a_change_of_sampling_or_labels_asks_no_proposer(home, monkeypatch):
    app = opened(proposer="grid", levels="3", side="32")
    monkeypatch.setattr(Grid, "propose", lambda *_: pytest.fail("proposed again"))
    before = metrics(app)
    field(app.selectbox, "Sampling preset").set_value("fast-rcnn")
    after = metrics(settled(app))
    assert after["crops"] != before["crops"]
    field(app.number_input, "Negative : positive ratio").set_value(1.0)
    assert metrics(settled(app))["negative"] != after["negative"]
    (chart,) = told(app, "chart")
    names = [note["text"] for note in json.loads(chart["figure"])["layout"]["annotations"]]
    assert names == ["ignored < 0.1", "negative 0.1–0.5", "positive ≥ 0.5"]


def test_a_setting_that_matters_only_beside_another_comes_with_it(home):
    app = opened(proposer="grid", levels="2", side="16")
    assert not labels(app) & {"Bins of IoU", "Ratio holds", "Jitter: shift", "Images per shard"}
    field(app.selectbox, "Negative sampling").set_value("bins")
    field(app.number_input, "Negative : positive ratio").set_value(3.0)
    field(app.slider, "Jittered boxes").set_value(2)
    field(app.selectbox, "Format").set_value("webdataset")
    settled(app)
    assert labels(app) >= {"Bins of IoU", "Ratio holds", "Jitter: shift", "Images per shard"}


def test_negatives_that_show_parts_of_objects_are_counted_and_ignored(home):
    app = opened(offsets="10,20", min_area="20", side="32")
    said = next(found.value for found in app.caption if "inside an object" in found.value)
    count, negatives = re.match(r"([\d,]+) of ([\d,]+) negatives lie more than half inside", said).groups()
    assert int(count.replace(",", "")) > 0
    assert negatives == metrics(app)["negative"]
    traces = [trace["name"] for trace in json.loads(told(app, "chart")[0]["figure"])["data"]]
    assert f"negative, over half inside an object ({count})" in traces
    app = opened(offsets="10,20", min_area="20", side="32", ignore_inside="0.5")
    assert any("lie more than half inside an object and are ignored" in found.value for found in app.caption)
    assert "--ignore-inside 0.5" in texts_to_copy(app)[0]


def test_by_category_every_class_has_its_number_of_crops(home):
    app = opened(proposer="grid", levels="4", side="32", labels="category")
    values = metrics(app)
    assert f"<dt>0 background</dt><dd>{values['negative']}</dd>" in text(app)
    assert f"<dt>1 crack</dt><dd>{values['positive']}</dd>" in text(app)
    assert "--labels category" in texts_to_copy(app)[0]
    field(app.selectbox, "Classes").set_value("binary")
    assert "0 background" not in text(settled(app))


def test_the_format_is_in_the_link_and_in_the_command(home):
    app = opened(proposer="grid", levels="2", side="16")
    assert "--format" not in texts_to_copy(app)[0]
    field(app.selectbox, "Format").set_value("parquet")
    settled(app)
    field(app.number_input, "Images per shard").set_value(32)
    settled(app)
    assert (app.query_params["format"], app.query_params["shard_images"]) == ("parquet", "32")
    assert "--format parquet --shard-images 32" in texts_to_copy(app)[0]
    field(app.selectbox, "Format").set_value("files")  # no shard that one sees: as ever
    assert "--shard-images" not in texts_to_copy(settled(app))[0]


def test_a_manifest_alone_is_offered_with_its_own_bytes(home):
    app = opened(proposer="grid", out="here", format="manifest")
    assert cli.main([*texts_to_copy(app)[0].split()[3:], "--workers", "1"]) == 0
    size = (home / "here/train/manifest.parquet").stat().st_size
    low, high, unit = re.fullmatch(r"([\d.]+) – ([\d.]+) (\w+)", delta(app, "on disk")).groups()
    assert unit == "kB"
    assert float(low) * 1000 <= size <= float(high) * 1000
    assert "This format cuts no crops." in " ".join(found.value for found in app.caption)
    app = settled(app.run())
    assert [found.value for found in app.metric if found.label == "on disk"][1] == wording.size(size)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("format", "zip", "format: got 'zip'"), ("shard_images", "0", "shard_images: got '0'")],
)
def test_a_mistake_in_the_link_is_named(home, name, value, words):
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    app.query_params[name] = value
    app.run()
    assert words in app.toast[0].value


def test_bins_of_iou_without_crops_share_a_row(home):
    app = opened(proposer="grid", iou="1.0", inclusive="true", negative_below="0.3", truth_boxes="true")
    ranges = re.findall(r"<header>([^<]*)<", text(app))
    assert ranges[:2] == ["0.9 – 1.0", "0.3 – 0.9"]
    assert ranges[-1] == "0.0 – 0.1"


def test_nothing_to_write_is_said(home):
    app = opened(proposer="full-image", iou="1.0", negatives_first="0")
    assert metrics(app)["crops"] == metrics(app)["negative"] == "0"
    start = next(found for found in app.button if found.label == "Start the export")
    assert start.disabled
    assert any("There is nothing to export: of all " in found.value for found in app.caption)
    assert any("no crop is written" in found.value for found in app.caption)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"side": "32", "context": "16"}, "context: got 16 px"),
        ({"out": "/nowhere"}, "outside the folders"),
        ({"out": "afile"}, "afile: is a file, expected a folder"),
        ({"out": "afile/deep/er"}, "afile: is a file, expected a folder"),
        ({"out": "part"}, "part/train"),
        ({"out": "broken"}, "progress.json: got another file of that name"),
    ],
)
def test_what_cannot_be_exported_says_why_and_shows_the_settings(home, link, words):
    (home / "afile").touch()
    (home / "part").mkdir()
    (home / "part/train").touch()
    (home / "broken/train/.work").mkdir(parents=True)
    (home / "broken/train/.work/progress.json").write_text("[]")
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("export.py").run()
    assert words in app.error[0].value
    assert not app.metric
    assert "Output folder" in labels(app)


def test_a_picture_of_train_and_valid_is_warned_of(home):
    assert not opened(proposer="grid", levels="2", side="16").warning
    valid, train = home / "sample/valid", home / "sample/train"
    shutil.copy(train / "images/train_0002.jpg", valid / "images" / next((valid / "images").iterdir()).name)
    valid.joinpath("annotations.json").touch()
    app = opened(proposer="grid", levels="2", side="16", split="valid")
    for _ in again():
        if app.warning:
            break
        app.run()
    assert "1 picture of valid is in train too" in app.warning[0].value
    assert "train_0002.jpg" in app.warning[0].value


def test_pictures_that_cannot_be_compared_are_counted(home):
    next((home / "sample/valid/images").iterdir()).unlink()
    (home / "sample/train/images/train_0001.jpg").unlink()
    app = opened(proposer="grid", levels="2", side="16", split="valid")
    for _ in again():
        if any("not compared" in caption.value for caption in app.caption):
            break
        app.run()
    values = [caption.value for caption in app.caption if "not compared" in caption.value]
    assert values == [
        f"1 picture of {split} cannot be read and is not compared." for split in ("train", "valid")
    ]


def test_splits_of_the_other_kind_are_compared():
    splits = {name: Path(name) for name in ("train", "valid", "test", "all")}
    assert [*shared_pictures.others(splits, "train")] == ["valid", "test"]
    assert [*shared_pictures.others(splits, "valid")] == ["train"]
    assert [*shared_pictures.others({"all": Path("a"), "val2017": Path("b")}, "val2017")] == ["all"]
    assert not shared_pictures.others({"train": Path("a")}, "train")


def test_a_dry_run_goes_on_by_itself_and_ends_with_the_exact_numbers(tmp_path):
    data = small_set(tmp_path, 10)
    requested = config(data, Setup(Grid(levels=2)), Sampling(cut=Cut(side=16), max_negatives=3))
    run, folder = dry_run(requested), ExportFolder(tmp_path / "out/train")
    assert dry_run(config(data, Setup(Grid(levels=2)), Sampling(cut=Cut(side=16), max_negatives=3))) is run
    found = run.update(folder, 0.0)
    while not found.done:
        assert found.looked_at <= found.target == 10
        assert found.shown_images <= found.looked_at
        assert found.outcomes.sum() >= found.written.sum()
        found = run.update(folder, 0.2)
    done = export(requested, tmp_path / "out")
    assert (found.estimate.crops, found.estimate.positives) == (done.crops, done.positives)
    assert found.written.sum() == done.crops
    assert found.estimate.low.bytes <= done.bytes <= found.estimate.high.bytes


def test_a_picture_replaced_between_looking_and_cutting_does_not_stop_the_dry_run(tmp_path, monkeypatch):
    data = small_set(tmp_path, 3)
    requested = config(data, Setup(Grid(levels=2)), Sampling(cut=Cut(side=16)))
    run, folder = dry_run(requested), ExportFolder(tmp_path / "out/train")
    monkeypatch.setattr(progressive, "_CUT_IMAGES", 0)
    while run.update(folder, 0.1).looked_at != 3:
        pass
    monkeypatch.undo()
    data.path(0).write_bytes(b"no picture")
    while not (found := run.update(folder, 0.1)).done:
        pass
    assert found.estimate.cut == 12


def request_for(address):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


def test_a_crop_by_address_has_the_bytes_that_the_export_writes(tmp_path):
    data = small_set(tmp_path, 2)
    sampling = Sampling(cut=Cut(side=48, context=4, shape="square", encoding="png"))
    export(config(data, Setup(Grid(levels=2)), sampling), tmp_path / "out")
    crops = Crops(tmp_path / "out/train")
    for row in range(0, len(crops), 5):
        index, box = data.index_of(crops.row(row)["image_id"]), crops.boxes[row]
        answer = crop_previews.answer(
            data, index, request_for(crop_previews.address(data, index, box, sampling.cut)), {}
        )
        assert answer.body == crops.jpeg(row)
        assert answer.media_type == "image/png"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"box": "0,0,nan,5"}, "box: got 0,0,nan,5, expected one inside 96x72"),
        ({"box": "0,0,5,5000"}, "inside 96x72"),
        ({"box": "5,5,5,9"}, "inside 96x72"),
        ({"box": "1,2,3"}, "expected x0,y0,x1,y1"),
        ({"side": "nine"}, "side: got 'nine'"),
        ({"side": "100000"}, "side: got 100000"),
        ({"lens": "5"}, "no parameter 'lens'"),
    ],
)
def test_what_is_no_crop_is_refused(tmp_path, change, words):
    data = small_set(tmp_path, 1)
    with pytest.raises(BoxscopeError, match=re.escape(words)):
        crop_previews.answer(data, 0, {"box": "0,0,9,9", **change}, {})


browser_test = pytest.mark.browser
SLOW = PATIENCE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("home")
    make_sample(made / "sample", images=8, width=320, height=240)
    return made


@pytest.fixture(scope="module")
def url(folder):
    env = {
        "BOXSCOPE_ROOTS": str(folder),
        "BOXSCOPE_CACHE": str(folder / "cache"),
        "BOXSCOPE_STATE": str(folder / "state"),
        "PYTHONPATH": str(ROOT),
    }
    with streamlit_server(ROOT / "app.py", cwd=folder, env=env) as base:
        yield base


@pytest.fixture
def page(url):
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.set_default_timeout(SLOW)
        yield opened


@browser_test
def test_the_histogram_the_sheet_and_the_way_to_explore(page, url, folder):
    """One visit: the bands move with the rule, the crops are the export's bytes, a click leads to the box."""
    page.goto(f"{url}/export?offsets=10,20&out=here")
    chart = page.locator(".js-plotly-plot:visible")  # Streamlit may keep one that it is about to drop
    expect(chart).to_contain_text("positive > 0.5", timeout=SLOW)
    page.get_by_role("slider", name="Positive above IoU").press("ArrowRight")
    expect(chart).to_contain_text("positive > 0.55", timeout=SLOW)
    expect(chart).to_contain_text("negative ≤ 0.55", timeout=SLOW)
    expect(page.locator('[data-testid="stMetric"]', has_text="crops")).to_contain_text("exact", timeout=SLOW)

    first = page.locator(".contact a").first
    title = first.get_attribute("title")
    name, rank = re.fullmatch(r"(\S+): rank (\d+), IoU [\d.]+, (?:positive|negative)", title).groups()
    drawn = "[...document.querySelectorAll('.contact img')].filter(i => i.complete && i.naturalWidth === 224)"
    page.wait_for_function(f"{drawn}.length > 3")
    words = ["export", str(folder / "sample/train/annotations.json"), "--out", str(folder / "here")]
    words += ["--split", "train", "--proposer", "adaptive-threshold", "--param", "offsets=10,20"]
    assert cli.main([*words, "--iou", "0.55", "--workers", "1"]) == 0
    crops = Crops(folder / "here/train")
    rows = [crops.row(n) for n in range(len(crops))]
    row = next(n for n, r in enumerate(rows) if (r["file_name"], r["rank"]) == (name, int(rank)))
    address = urllib.parse.urljoin(f"{url}/", first.locator("img").get_attribute("src"))
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == crops.jpeg(row)
        assert "immutable" in answer.headers["cache-control"]
    for wrong, status in (
        (re.sub("box=[^&]*", "box=0", address), 422),
        (re.sub("cuts/[^/]*", "cuts/0", address), 404),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(wrong)
        assert refused.value.code == status

    first.click()
    page.wait_for_selector(f'.viewer[data-image="{rows[row]["image_id"]}"][data-selected="{rank}"]')
    assert "/export" not in urllib.parse.urlsplit(page.url).path


@browser_test
def test_the_views_are_in_the_link(page, url):
    page.goto(f"{url}/export?view=jobs")
    expect(page.get_by_role("radio", name="Jobs")).to_be_checked(timeout=SLOW)
    page.get_by_role("radio", name="Browse").click()
    page.wait_for_url(re.compile("view=browse"))
    expect(page.get_by_role("combobox", name="Proposer")).to_have_count(0)
    page.get_by_role("radio", name="Design").click()
    expect(page.get_by_role("button", name="Start the export")).to_be_in_viewport(timeout=SLOW)
    expect(page.get_by_role("combobox", name="Proposer")).to_have_count(1)
    page.wait_for_url(lambda address: "view=" not in address)
