"""Browsing a finished export: which crops pass a filter, the routes, and the page in a real browser."""

import json
import re
import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core import parameters
from core.cutting import Cut
from core.datasets import CocoDataset, make_sample
from core.errors import BoxscopeError
from core.export import Crops, ExportFolder, relabel
from core.export.gallery import CropFilter, Gallery
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold
from core.sampling import Sampling
from pages.ui.jobs import register
from pages.ui.server import addresses, crop_tables, open_datasets
from pages.ui.state.choice import Choice
from pages.ui.views.export import origin
from pages.ui.views.export_plan import ExportPlan
from tests.browser import PATIENCE, chromium, clean_page, routes_server, streamlit_server
from tests.drawn import quick, some_settings
from tests.small import CROP_FORMATS, ROOT, config, export, small_set, texts_to_copy

# Objects and boxes near them too, so that every source is there.
MANY = Sampling(cut=Cut(side=16), truth_boxes=True, jitter=2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data set, and an export of it in every format."""
    folder = tmp_path_factory.mktemp("made")
    dataset = small_set(folder / "set", 8)
    for form in CROP_FORMATS:
        export(config(dataset, sampling=MANY, format=form, shard_images=3), folder / form)
    return folder


@pytest.fixture(scope="module")
def some(made):
    return Gallery(made / "files/train")


def plainly(gallery, crop_filter):
    """The slow twin of select: a list of dicts, read by the fields of the filter."""
    rows = Crops(gallery.folder).rows.to_pylist()
    kept = [
        number
        for number, row in enumerate(rows)
        if crop_filter.label in ("any", "positive" if row["label"] else "negative")
        and crop_filter.source in ("any", row["source"])
        and np.float32(crop_filter.iou[0]) <= np.float32(row["iou"]) <= np.float32(crop_filter.iou[1])
        and crop_filter.name.strip().lower() in row["file_name"].lower()
    ]
    keys = {"file": lambda n: 0, "rank": lambda n: rows[n]["rank"]}
    keys |= {"highest": lambda n: -rows[n]["iou"], "lowest": lambda n: rows[n]["iou"]}
    return sorted(kept, key=keys[crop_filter.order])


@quick
@given(crop_filter=some_settings(CropFilter, name=st.sampled_from(["", "0", " 003.JPG", "x"])))
def test_select_equals_a_scan_of_all_rows(some, crop_filter):
    assert some.select(crop_filter).tolist() == plainly(some, crop_filter)


@pytest.mark.parametrize("name", ["00", " 003.JPG ", "nothing"])
def test_names_are_found_by_a_part_in_any_case(some, name):
    found = some.select(CropFilter(name=name))
    assert found.tolist() == plainly(some, CropFilter(name=name))
    assert bool(len(found)) == (name != "nothing")


def test_every_source_and_label_is_told_apart(some):
    for crop_filter in (
        CropFilter(source="proposal"),
        CropFilter(source="truth"),
        CropFilter(source="jitter"),
    ):
        assert 0 < len(some.select(crop_filter)) < len(some)
    assert len(some.select(CropFilter(label="positive"))) == some.summary["counts"]["positives"]


def test_bars_count_what_fits_but_for_the_range_of_iou(some):
    crop_filter = CropFilter(label="negative", iou=(0.4, 0.5))
    counts = some.histogram(crop_filter, 20)
    expected, _ = np.histogram(
        [row["iou"] for row in Crops(some.folder).rows.to_pylist() if not row["label"]], 20, (0, 1)
    )
    assert counts.tolist() == expected.tolist()
    assert counts.sum() == some.summary["counts"]["negatives"]


@pytest.mark.parametrize("form", CROP_FORMATS)
def test_crops_and_facts_are_those_of_the_export(made, form):
    gallery, crops = Gallery(made / form / "train"), Crops(made / form / "train")
    assert len(gallery) == len(crops) > 20
    for row in (0, len(crops) // 2, len(crops) - 1):
        assert gallery.data(row) == crops.jpeg(row)
        assert gallery.facts(row) == crops.row(row)


def test_threads_get_their_own_crops(made):
    gallery = Gallery(made / "parquet/train")
    expected = [Crops(made / "parquet/train").jpeg(row) for row in range(len(gallery))]
    wrong = []

    def read(start):
        wrong.extend(row for row in range(start, len(gallery), 4) if gallery.data(row) != expected[row])

    threads = [threading.Thread(target=read, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("row", [-1, 10**9])
def test_a_row_that_is_not_there_is_refused(some, row):
    for read in (some.data, some.facts):
        with pytest.raises(BoxscopeError, match="no crop"):
            read(row)


def crafted(made, tmp_path, form, column, name):
    """An export whose manifest says that its first crop lies elsewhere."""
    folder = tmp_path / "crafted/train"
    shutil.copytree(made / form / "train", folder)
    table = pq.read_table(folder / "manifest.parquet")
    names = [name, *table[column].to_pylist()[1:]]
    column_index = table.schema.get_field_index(column)
    pq.write_table(
        table.set_column(column_index, table.schema.field(column), pa.array(names)),
        folder / "manifest.parquet",
    )
    return folder


@pytest.mark.parametrize(
    ("form", "column"), [("files", "path"), ("webdataset", "shard"), ("parquet", "shard")]
)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_manifest_that_leads_outside_gives_nothing(made, tmp_path, form, column, absolute):
    secret = tmp_path / "crafted/secret.jpg"
    folder = crafted(made, tmp_path, form, column, str(secret) if absolute else "../secret.jpg")
    secret.write_bytes(b"not yours")
    with pytest.raises(BoxscopeError, match="outside the export"):
        Gallery(folder).data(0)
    assert Gallery(folder).data(1)


def test_an_old_manifest_that_says_no_source_holds_proposals(made, tmp_path):
    folder = tmp_path / "old/train"
    shutil.copytree(made / "files/train", folder)
    table = pq.read_table(folder / "manifest.parquet").drop_columns(["source"])
    pq.write_table(table, folder / "manifest.parquet")
    gallery = Gallery(folder)
    assert len(gallery.select(CropFilter(source="proposal"))) == len(gallery)


def test_what_is_no_finished_export_says_so(tmp_path, made):
    with pytest.raises(BoxscopeError, match="no finished export"):
        Gallery(tmp_path)
    shutil.copytree(made / "files/train", tmp_path / "half")
    summary = json.loads((tmp_path / "half/export.json").read_text())
    (tmp_path / "half/export.json").write_text(json.dumps({**summary, "relabelling": {"iou": "0.3"}}))
    with pytest.raises(BoxscopeError, match="relabel again"):
        Gallery(tmp_path / "half")


# ---- routes


@pytest.fixture(scope="module")
def base():
    with routes_server() as started:
        yield started


@pytest.fixture
def ask(base, made, tmp_path, monkeypatch):
    """Ask for an address; gives status, headers and body."""
    monkeypatch.setenv("BOXSCOPE_ROOTS", f"{made}:{tmp_path}")
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))

    def fetch(address):
        try:
            with urllib.request.urlopen(urllib.parse.urljoin(f"{base}/", address), timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    return fetch


def test_a_page_lists_what_fits(ask, some, monkeypatch):
    monkeypatch.setattr(crop_tables, "PAGE", 10)
    crop_filter = CropFilter(label="negative", order="highest", iou=(0.05, 0.6))
    status, headers, body = ask(addresses.crops(some.folder, crop_filter) + "&page=1")
    answer, rows = json.loads(body), some.select(crop_filter)
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert answer["total"] == len(rows) > crop_tables.PAGE
    assert [crop["row"] for crop in answer["crops"]] == rows[crop_tables.PAGE : 2 * crop_tables.PAGE].tolist()
    first, facts = answer["crops"][0], some.facts(int(rows[crop_tables.PAGE]))
    assert {name: first[name] for name in ("iou", "rank", "label", "source")} == {
        name: facts[name] for name in ("iou", "rank", "label", "source")
    }
    assert (first["image"], first["name"]) == (str(facts["image_id"]), facts["file_name"])
    assert json.loads(ask(addresses.crops(some.folder, crop_filter) + "&page=999")[2])["crops"] == []


@pytest.mark.parametrize("form", CROP_FORMATS)
def test_a_crop_comes_by_its_row_and_may_be_kept(ask, made, form):
    folder = made / form / "train"
    address = addresses.crop(folder).replace("{row}", "7")
    status, headers, body = ask(address)
    assert (status, body) == (200, Crops(folder).jpeg(7))
    assert headers["Content-Type"] == "image/jpeg"
    assert "immutable" in headers["Cache-Control"]
    assert "immutable" not in ask(re.sub(r"v=[^&]*", "v=older", address))[1]["Cache-Control"]


def test_facts_know_the_picture_where_the_data_set_is_open(ask, made, some):
    dataset = small_set(made / "set", 8)
    answer = json.loads(ask(addresses.facts(some.folder, dataset).replace("{row}", "3"))[2])
    known = some.facts(3)
    ids = {name: str(known[name]) for name in ("image_id", "gt_id")}
    assert answer["facts"] == known | ids
    assert answer["picture"] == addresses.picture(
        dataset, dataset.index_of(known["image_id"]), addresses.SCREEN
    )
    assert answer["size"] == [96, 72]
    assert open_datasets.find(answer["picture"].split("/")[1]) is dataset
    assert json.loads(ask(addresses.facts(some.folder, None).replace("{row}", "3"))[2])["picture"] is None


def test_the_manifest_is_sent_as_a_file(ask, made, some):
    status, headers, body = ask(addresses.manifest(some.folder))
    assert (status, body) == (200, (some.folder / "manifest.parquet").read_bytes())
    assert headers["Content-Disposition"] == 'attachment; filename="files-train-manifest.parquet"'


def test_what_no_page_has_opened_is_not_given(ask, made, tmp_path, some, monkeypatch):
    known = addresses.crop(some.folder).replace("{row}", "1")
    unknown = re.sub(r"crops/\w+", "crops/000000000000", known)
    folder = crafted(made, tmp_path, "files", "path", "../../../../../../etc/hostname")
    wrong = [
        unknown,
        known.replace("/1?", "/99999999?"),
        known.replace("/1?", "/-1?"),
        known.replace("/1?", "/..%2fx?"),
    ]
    wrong += [
        addresses.crop(folder).replace("{row}", "0"),
        addresses.crops(some.folder, CropFilter()) + "&label=blue",
    ]
    assert [ask(address)[0] for address in wrong] == [404] * len(wrong)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path / "elsewhere"))
    assert ask(known)[0] == 404


def test_labels_written_anew_are_seen_at_once(ask, made, tmp_path):
    folder = tmp_path / "again/train"
    shutil.copytree(made / "files/train", folder)
    before = addresses.crops(folder, CropFilter(label="positive"))
    old = json.loads(ask(before)[2])["total"]
    relabel(ExportFolder(folder), LabelRule(iou=0.9))
    after = addresses.crops(folder, CropFilter(label="positive"))
    assert after != before
    assert json.loads(ask(after)[2])["total"] < old
    assert ask(addresses.crop(folder).replace("{row}", "0"))[2] == Crops(folder).jpeg(0)


# ---- where crops come from


def test_the_way_to_explore_is_found_among_open_data_sets(made, some, monkeypatch, tmp_path):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(made))
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path))
    found = origin.origin(some.folder, some.summary, Choice(dataset=str(made / "set")), [])
    assert found.dataset is not None
    assert found.reason == ""
    assert found.view.of(Choice).setup.spell() == {**some.summary["settings"]["setup"], "top": "100"}
    assert parameters.spell(found.view.of(ExportPlan).sampling) == some.summary["settings"]["sampling"]
    lost = origin.origin(some.folder, some.summary, Choice(dataset="elsewhere"), [])
    assert lost.dataset is None
    assert "annotations.json" in lost.reason
    other = origin.origin(some.folder, some.summary, Choice(dataset="elsewhere"), [str(made / "set")])
    assert other.view == found.view


def test_a_job_of_the_list_knows_its_data_set_and_says_when_that_has_changed(made, tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_ROOTS", f"{made}:{tmp_path}")
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    shutil.copytree(made / "files/train", tmp_path / "out/train")
    shutil.copytree(made / "set", tmp_path / "set/train")
    annotations = tmp_path / "set/train/annotations.json"
    register.write(tmp_path / "out/train", ["-m", "core", "export", str(annotations)], tmp_path, 1.0)
    gallery = Gallery(tmp_path / "out/train")
    ask = lambda: origin.origin(gallery.folder, gallery.summary, Choice(dataset="elsewhere"), [])  # noqa: E731
    found = ask()
    assert (found.view.of(Choice).dataset, found.view.of(Choice).split) == (str(tmp_path / "set"), "train")
    assert found.dataset.annotations == annotations
    annotations.write_text(annotations.read_text() + " ")
    assert "has changed since" in ask().reason


# ---- the page


@pytest.fixture
def home(tmp_path, monkeypatch, sample):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    shutil.copytree(sample, tmp_path / "sample")
    return tmp_path


def opened_page(**link):
    app = AppTest.from_file(str(ROOT / "pages/main.py"), default_timeout=PATIENCE / 1000)
    for name, text in {"view": "browse", **link}.items():
        app.query_params[name] = text
    app.run()
    app.switch_page("export.py").run()
    assert not app.exception
    return app


def words(app):
    return " ".join(
        str(element.value) for kind in ("info", "warning", "error", "caption") for element in app.get(kind)
    )


def test_without_an_export_the_page_says_how_to_get_one(home):
    assert "No finished export yet" in words(opened_page())


def test_what_cannot_be_looked_through_says_why(home, made):
    assert "outside the folders" in words(opened_page(browse="/etc"))
    assert "no finished export" in words(opened_page(browse="sample"))
    (home / "afile").touch()
    assert "afile: is a file, expected a folder" in words(opened_page(browse="afile"))
    (home / "nonsense").mkdir()
    (home / "nonsense/export.json").write_text("[]")
    assert "got another file of that name" in words(opened_page(browse="nonsense"))
    half = home / "half/train"
    half.parent.mkdir()
    shutil.copytree(made / "files/train", half)
    summary = json.loads((half / "export.json").read_text())
    (half / "export.json").write_text(
        json.dumps({**summary, "relabelling": {"iou": "0.3", "inclusive": "false"}})
    )
    app = opened_page(browse="half")
    assert "was interrupted" in words(app)
    assert texts_to_copy(app)[0] == "python -m core relabel half/train --positive 0.3"
    rule = {"iou": "0.3", "inclusive": "true", "ignore_inside": "1.0"}
    (half / "export.json").write_text(json.dumps({**summary, "relabelling": rule}))
    command = texts_to_copy(opened_page(browse="half"))[0]
    assert command.endswith("half/train --positive 0.3 --inclusive --ignore-inside 1.0")
    with ExportFolder(half).lock():
        assert "being rewritten" in words(opened_page(browse="half/train"))
    (half / "export.json").unlink()
    ExportFolder(half).work.mkdir(exist_ok=True)
    (half / ".work/progress.json").write_text('{"state": "stopped", "images": 1}')
    assert "Resume it in **Jobs**" in words(opened_page(browse="half/train"))


def test_a_manifest_alone_says_that_there_is_no_crop_to_look_at(home, made):
    export(config(small_set(made / "set", 8), format="manifest"), home / "out")
    app = opened_page(out="out")
    assert "a manifest only" in words(app)
    assert not [element for element in app.get("bidi_component") if "gallery" in element.proto.component_name]


def test_filters_are_in_the_address_and_come_back_from_it(home, made):
    shutil.copytree(made / "files/train", home / "out/train")
    app = opened_page(
        out="out", **{"crops.label": "negative", "crops.iou": "0.1,0.4", "crops.order": "lowest"}
    )
    assert app.selectbox(key="crops.order").value == "lowest"
    assert app.slider(key="crops.iou").value == (0.1, 0.4)
    (gallery,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "boxscope_gallery"]
    data = json.loads(gallery.json)
    crop_filter = CropFilter(label="negative", iou=(0.1, 0.4), order="lowest")
    assert data["list"] == addresses.crops(home / "out/train", crop_filter)
    assert data["view"] is None
    assert "is not open" in words(app)
    app.slider(key="crops.iou").set_value((0.2, 0.3)).run()
    assert app.query_params["crops.iou"] == "0.2,0.3"


# ---- in a browser


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A folder to start the app in, with a sample set and an export of it."""
    folder = tmp_path_factory.mktemp("town")
    make_sample(folder / "sample", images=8, width=320, height=240)
    dataset = CocoDataset.open(folder / "sample/train/annotations.json")
    setup = Setup(AdaptiveThreshold(offsets=(6, 8, 11, 15), min_area=60))
    sampling = Sampling(cut=Cut(side=32), truth_boxes=True)
    export(config(dataset, setup, sampling, format="parquet"), folder / "out")
    return folder


@pytest.fixture(scope="module")
def url(town):
    env = {
        "BOXSCOPE_ROOTS": str(town),
        "BOXSCOPE_CACHE": str(town / "cache"),
        "BOXSCOPE_STATE": str(town / "state"),
    }
    with streamlit_server(ROOT / "app.py", cwd=town, env={**env, "PYTHONPATH": str(ROOT)}) as started:
        yield started


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    with clean_page(browser, viewport={"width": 1400, "height": 900}) as shown:
        shown.set_default_timeout(PATIENCE)
        yield shown


def shown_rows(page, rows, number=0):
    """Wait until a page of the gallery shows these rows of the manifest."""
    size = crop_tables.PAGE
    expect(page.locator(".gallery")).to_have_attribute("data-total", str(len(rows)))
    expect(page.locator(".gallery")).to_have_attribute("data-page", str(number))
    cells = page.locator(".crop")
    expect(cells).to_have_count(len(rows[number * size : (number + 1) * size]))
    assert cells.evaluate_all("cells => cells.map(cell => Number(cell.dataset.row))") == list(
        rows[number * size : (number + 1) * size]
    )


@pytest.mark.browser
def test_filters_show_what_numpy_finds(page, url, town):
    manifest = pq.read_table(town / "out/train/manifest.parquet")
    iou, label = manifest["iou"].to_numpy(), manifest["label"].to_numpy()
    page.goto(f"{url}/export?view=browse&out=out")
    shown_rows(page, np.arange(len(iou)).tolist())
    page.get_by_role("radio", name=re.compile("negative")).click()
    shown_rows(page, np.flatnonzero(label == 0).tolist())
    low = page.locator('[data-testid="stSlider"]').get_by_role("slider").first
    low.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"crops\.iou=0\.05"))
    shown_rows(page, np.flatnonzero((label == 0) & (iou >= np.float32(0.05))).tolist())
    page.get_by_placeholder("search file names").fill("0003")
    page.keyboard.press("Enter")
    of_three = np.array(["0003" in name for name in manifest["file_name"].to_pylist()])
    shown_rows(page, np.flatnonzero((label == 0) & (iou >= np.float32(0.05)) & of_three).tolist())


@pytest.mark.browser
def test_a_click_shows_all_that_is_known_and_leads_to_the_image(page, url, town):
    gallery = Gallery(town / "out/train")
    rows = gallery.select(CropFilter(source="proposal", label="positive", order="highest")).tolist()
    page.goto(
        f"{url}/export?view=browse&out=out&crops.source=proposal&crops.label=positive&crops.order=highest"
    )
    shown_rows(page, rows)
    page.locator(".crop").nth(1).click()
    facts = gallery.facts(rows[1])
    details = page.locator(f'.details[data-row="{rows[1]}"]')
    expect(details).to_contain_text(facts["file_name"])
    expect(details).to_contain_text(f"{facts['iou']:.4f}")
    box = details.locator("rect.box")
    assert float(box.get_attribute("x")) == pytest.approx(facts["x0"])
    assert float(details.locator("rect.truth").get_attribute("width")) == pytest.approx(
        facts["gt_x1"] - facts["gt_x0"]
    )
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_selector(f'.viewer[data-image="{facts["image_id"]}"]:not([data-painted="0"])')
    assert "offsets=6%2C8%2C11%2C15" in page.url
    page.wait_for_selector(f'.viewer[data-selected="{facts["rank"]}"]')
    assert "out=out" in page.url  # for the page Export
    page.go_back()
    page.wait_for_selector(f'.details[data-row="{rows[1]}"]')


@pytest.mark.browser
def test_every_key_counts_and_pages_turn_without_the_script(page, url, town):
    gallery = Gallery(town / "out/train")
    rows = gallery.select(CropFilter()).tolist()
    size = crop_tables.PAGE
    assert len(rows) > 2 * size
    page.goto(f"{url}/export?view=browse&out=out")
    shown_rows(page, rows)
    page.locator(".crop").first.click()
    page.locator(".crops").focus()
    for _ in range(size + 3):
        page.keyboard.press("ArrowRight")
    shown_rows(page, rows, 1)
    expect(page.locator('.crop[aria-selected="true"]')).to_have_attribute("data-row", str(rows[size + 3]))
    page.keyboard.press("PageDown")
    shown_rows(page, rows, 2)
    page.get_by_role("button", name="First page").click()
    shown_rows(page, rows)
    page.get_by_role("spinbutton", name="Page").fill("2")
    page.keyboard.press("Enter")
    shown_rows(page, rows, 1)


@pytest.mark.browser
def test_where_the_data_set_is_not_known_the_page_says_so(page, url, town, made):
    shutil.copytree(made / "files/train", town / "foreign/train")
    page.goto(f"{url}/export?view=browse&browse=foreign/train")
    page.get_by_text("is not open").wait_for()
    page.locator(".crop").first.click()
    page.get_by_text("no way to Explore").wait_for()
    expect(page.locator(".explore")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("query", ["view=browse&out=later", "view=browse&browse=later/train"])
def test_an_export_that_runs_is_waited_for(page, url, town, query):
    folder = ExportFolder(town / "later/train")
    shutil.rmtree(town / "later", ignore_errors=True)
    with folder.lock():
        page.goto(f"{url}/export?{query}")
        page.get_by_text("An export is running").wait_for()
        shutil.copytree(town / "out/train", folder.path, dirs_exist_ok=True)
    expect(page.locator(".gallery")).to_have_attribute("data-total", re.compile("[1-9]"))
