"""Every page, run without a browser: with nothing open, with a data set, and after one click."""

import dataclasses
import html
import json
import re
import shutil
import time
from pathlib import Path
from threading import Event

import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from core import images
from core.cli import main
from core.cutting import Cut
from core.datasets import background_check
from core.datasets.health import Picture
from core.datasets.search import ImageFilter
from core.evaluation import RecallRule
from core.pipeline import Setup
from core.proposers import PROPOSERS, AdaptiveThreshold, Grid
from pages.ui.jobs import register
from pages.ui.server import addresses, crop_previews
from pages.ui.server import open_datasets as opened_sets
from pages.ui.state import cached, queue
from pages.ui.views import frame
from tests.browser import PATIENCE, again
from tests.drawn import OF_PICTURES, coco, image, noise, save, write
from tests.small import texts_to_copy, told

MAIN = Path(__file__).parents[1] / "pages/main.py"
PAGES = ["explore.py", "evaluate.py", "compare.py", "export.py", "dataset.py"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to start the app in, with no data set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    return tmp_path


@pytest.fixture
def loaded(home, sample):
    """The same with a sample set."""
    shutil.copytree(sample, home / "sample")
    return home


def opened(page: str, **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    if page != "explore.py":
        app.switch_page(page).run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def button(app: AppTest, label: str):
    return next(found for found in app.button if found.label == label)


def go_to(app: AppTest, image: int) -> None:
    """Go to an image as the viewer does, which nobody can press here."""
    app.session_state["image"] = str(image)
    app.run()


def text(app: AppTest) -> str:
    """Return the HTML that the page writes itself."""
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize(("page", "roots"), [("explore.py", "."), ("export.py", "elsewhere")])
def test_without_a_data_set_a_page_says_where_to_open_one(home, page, roots, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(home / roots))
    app = opened(page)
    assert "No data set is open" in app.info[0].value
    assert not app.metric


def test_the_sample_set_is_made_by_a_button_and_opened(home):
    app = opened("dataset.py")
    button(app, "Make the sample set").click().run()
    assert not app.exception
    assert (home / "sample/train/annotations.json").exists()
    assert metrics(app)["images"] == "24"


@pytest.mark.parametrize("name", OF_PICTURES)
def test_explore_shows_every_proposer(loaded, name):
    app = opened("explore.py", proposer=name)
    figures = metrics(app)
    assert figures["Proposal time"].endswith("s")
    assert app.query_params["proposer"] == name


def test_explore_shows_boxes_of_a_file_from_the_allowed_folders_alone(loaded):
    file = loaded / "boxes from elsewhere.json"
    file.write_text(json.dumps([{"image_id": n, "bbox": [5, 5, 40, 30], "score": 0.5} for n in (1, 999)]))
    app = opened("explore.py", proposer="from-file", file=str(file), unnamed="empty")
    assert metrics(app)["Proposal time"].endswith("s")
    assert any("1 box of 1 image id that the data set does not have" in each.value for each in app.caption)
    ranked_by = next(each for each in app.selectbox if each.label == "Rank by")
    assert "score, highest first" in ranked_by.options
    field = next(each for each in app.text_input if each.label == "Results file")
    assert field.value == str(file)
    field.set_value("/etc/passwd").run()
    assert "outside the folders this app may use" in app.toast[0].value
    assert next(each for each in app.text_input if each.label == "Results file").value == ""
    assert not app.exception
    app = opened("explore.py", proposer="from-file", file="/etc/passwd")
    assert "outside the folders this app may use" in app.toast[0].value
    assert "file" not in app.query_params


def test_explore_draws_the_parameters_of_joined_proposers_by_their_names(loaded):
    texts = {"grid.levels": "2", "adaptive-threshold.offsets": "8,9"}
    app = opened("explore.py", proposer="grid+adaptive-threshold", **texts)
    assert not app.exception
    assert not app.toast
    drawn = {field["label"]: field for part in told(app, "sliders") for field in part["parameters"]}
    assert drawn["grid: Levels"]["values"] == [2]
    assert drawn["adaptive-threshold: Threshold offset"]["values"] == [8, 9]
    assert {name: app.query_params[name] for name in texts} == texts
    assert metrics(app)["Proposal time"].endswith("s")


def test_explore_draws_every_parameter(loaded):
    app = opened("explore.py", proposer="adaptive-threshold", offsets="5,6,7,8")
    drawn = {field["label"]: field for part in told(app, "sliders") for field in part["parameters"]}
    assert drawn["Threshold offset"]["values"] == [5, 6, 7, 8]
    assert drawn["Threshold offset"]["unit"] == "grey levels"
    assert {"Minimum area", "Closing kernel", "Minimum side"} <= drawn.keys()
    (rule,) = told(app, "bands")
    values = {thumb["name"]: thumb["value"] for thumb in rule["thumbs"]}
    assert values == {"negative_from": 0, "negative_below": 1, "iou": 0.5}
    assert {"Rank by", "Proposer", "Split"} <= {widget.label for widget in app.sidebar.selectbox}


def test_the_viewer_is_told_addresses_and_no_pixels_or_boxes(loaded):
    app = opened("explore.py", image="2", offsets="5,6", top="7", find="train")
    (viewer,), (strip,) = told(app, "viewer"), told(app, "filmstrip")
    dataset = opened_sets.find(viewer["proposals"].split("/")[1])
    setup = Setup(AdaptiveThreshold(offsets=(5, 6)))
    assert viewer["proposals"] == addresses.proposals(dataset, setup)
    assert viewer["queue"] == addresses.queue(dataset, ImageFilter("train"))
    assert (viewer["image"], viewer["index"], viewer["top"]) == ("2", 1, 7)
    assert strip["queue"] == addresses.queue(dataset, ImageFilter("train"), counts=True)
    assert (strip["image"], strip["index"]) == ("2", 1)
    assert len(json.dumps([viewer, strip])) < 2000


def test_a_picture_is_decoded_once_for_everything_on_the_page(loaded, monkeypatch):
    app, read, plain = opened("explore.py", image="1", stages="true"), [], images.read
    monkeypatch.setattr(images, "read", lambda path, *rest: read.append(path.name) or plain(path, *rest))
    go_to(app, 2)
    assert app.query_params["image"] == "2"
    assert read == ["train_0002.jpg"]


def test_a_rerun_sent_before_the_new_link_had_arrived_is_no_step_back(loaded, monkeypatch):
    app = opened("explore.py", image="1")
    link = {name: app.query_params[name] for name in app.query_params}
    go_to(app, 2)
    for step, image_id in ((0, "2"), (1, "1")):  # as the script of the address tells of it
        monkeypatch.setattr(frame, "address", lambda key, step=step: step)
        for name, text in link.items():
            app.query_params[name] = text
        app.run()
        assert told(app, "viewer")[0]["image"] == image_id


def test_another_image_is_named_in_the_link(loaded):
    app = opened("explore.py", image="1")
    go_to(app, 2)
    assert app.query_params["image"] == "2"


def test_the_steps_of_the_proposer_are_layers_on_demand(loaded):
    app = opened("explore.py", offsets="10")
    assert told(app, "viewer")[0]["layers"] == []
    next(toggle for toggle in app.toggle if toggle.label.startswith("Intermediate results")).set_value(
        True
    ).run()
    layers = told(app, "viewer")[0]["layers"]
    assert len(layers) == 6  # a cut above and one below, each cut, closed, components
    assert len({layer["url"] for layer in layers}) == 6
    assert html.escape(layers[0]["name"]) in text(app)


def test_a_proposer_without_steps_says_so(loaded):
    app = opened("explore.py", proposer="full-image", stages="true")
    assert any("full-image has no intermediate results to show" in caption.value for caption in app.caption)


def test_a_search_lists_what_it_finds_and_all_where_it_finds_nothing(loaded):
    app = opened("explore.py", find="0003")
    assert told(app, "viewer")[0]["image"] == "3"
    assert "1 of 1 · 6 in all" in text(app)
    app.text_input[0].set_value("nowhere").run()
    assert "3 of 6" in text(app)
    assert any("No image's name contains “nowhere”" in caption.value for caption in app.caption)


def test_worst_first_is_in_the_link_and_measured_beside_the_page(loaded):
    app = opened("explore.py", queue="worst", proposer="grid")
    assert app.query_params["queue"] == "worst"
    for _ in again():
        if "by=worst" in told(app, "filmstrip")[0]["queue"]:
            break
        app.run()
    assert "by=worst" in told(app, "viewer")[0]["queue"]
    assert not app.exception


def test_a_proposer_that_fails_is_named_and_the_picture_is_still_there(loaded, monkeypatch):
    def fail(self, image, ref=None):
        raise ValueError("cannot do that")

    monkeypatch.setattr(Grid, "propose", fail)
    app = opened("explore.py", proposer="grid", levels="5")
    assert "grid failed on it (cannot do that)" in app.error[0].value
    assert told(app, "viewer")[0]["image"] == "1"


def test_an_image_that_cannot_be_read_says_why_and_leaves_the_rest_in_reach(loaded):
    (loaded / "sample/train/images/train_0001.jpg").write_bytes(b"no picture")
    app = opened("explore.py", image="1")
    assert "train_0001.jpg: not a readable picture" in app.error[0].value
    go_to(app, 2)
    assert [found.value for found in app.error] == []


def test_an_unknown_split_or_image_in_the_link_falls_back(loaded):
    app = opened("explore.py", split="nowhere", image="99999")
    assert app.query_params["split"] == "train"
    assert app.query_params["image"] == "1"
    assert "no image 99999" in app.toast[0].value


def test_values_of_a_link_that_fit_each_other_alone_are_taken(loaded):
    app = opened("explore.py", negative_from="0.6", iou="0.8")
    assert not app.toast
    assert (app.query_params["negative_from"], app.query_params["iou"]) == ("0.6", "0.8")


def test_of_a_link_with_a_mistake_the_rest_is_kept(loaded):
    app = opened("explore.py", image="2", offsets="abc", min_area="120", foo="1")
    assert app.query_params["image"] == "2"
    assert app.query_params["min_area"] == "120"
    assert "offsets: got 'abc'" in app.toast[0].value
    assert "'foo'" in app.toast[0].value


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("proposer", "magic", "no proposer 'magic'"),
        ("queue", "best", "queue: got 'best', expected one of file"),
        ("negative_from", "0.6", "negative_from: got 0.6, expected less than iou, which is 0.5"),
    ],
)
def test_a_mistake_in_the_link_is_named(loaded, name, value, words):
    app = opened("explore.py", **{name: value})
    assert words in app.toast[0].value


def test_sliders_that_leave_no_negatives_are_not_followed(loaded):
    def script():
        import streamlit as st

        from core.labelling import LabelRule
        from core.parameters import parameters
        from pages.ui.state import session
        from pages.ui.widgets import controls

        numbers = [spec for spec in parameters(LabelRule) if spec.type is float]
        for text in ("0.2", "0.6"):
            st.session_state["rule.sliders"] = {"sent": {"texts": {"negative_from": text}}}
            controls._apply_sent(LabelRule(), "rule", numbers)
        st.text(session.choice().setup.rule.negative_from)

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert "“Negative from IoU”: got 0.6, expected less than “Positive above IoU”" in app.toast[0].value
    assert app.text[0].value == "0.2"


def test_a_folder_outside_the_roots_is_refused_from_the_link_too(loaded):
    app = opened("explore.py", dataset="/")
    assert "outside the folders" in app.error[0].value


def test_files_without_boxes_are_no_splits_and_are_named_with_what_they_hold(home):
    save(noise(100, 80), home / "set" / "images" / "a.png")
    captions = [{"id": 1, "image_id": 1, "caption": "A wall."}]
    write(coco([image()], captions), home / "set" / "annotations" / "captions_train.json")
    write(coco([image()]), home / "set" / "annotations" / "instances_train.json")
    app = opened("explore.py", dataset="set", proposer="full-image")
    split = next(box for box in app.selectbox if box.label == "Split")
    assert split.options == ["instances_train"]
    assert "`captions_train` holds captions and no boxes" in split.help
    assert "Without boxes: `captions_train`" in [caption.value for caption in app.caption]


def test_a_picture_outside_its_folder_is_not_read(home, tmp_path_factory):
    outside = save(noise(100, 80), tmp_path_factory.mktemp("outside") / "a.png")
    save(noise(100, 80), home / "set" / "b.png")
    write(coco([image(1, f"../../{outside.parent.name}/a.png"), image(2, "b.png")]), home / "set" / "a.json")
    assert (home / "set" / "../.." / outside.parent.name / "a.png").exists()
    app = opened("explore.py", dataset="set", image="1", proposer="full-image")
    assert "leads outside the images folder" in app.error[0].value


def test_a_link_that_is_followed_is_not_read_outside_the_roots_and_not_exported(
    home, tmp_path_factory, monkeypatch
):
    outside = save(noise(100, 80), tmp_path_factory.mktemp("outside") / "a.png")
    save(noise(100, 80), home / "set" / "b.png")
    (home / "set" / "a.png").symlink_to(outside)
    write(coco([image(1, "a.png"), image(2, "b.png")]), home / "set" / "a.json")
    monkeypatch.setenv("BOXSCOPE_FOLLOW_LINKS", "1")
    app = opened("explore.py", dataset="set", image="1", proposer="full-image")
    assert "outside the folders that may be read" in app.error[0].value
    app.switch_page("export.py").run()
    assert "1 picture outside the folders this app may use" in app.error[-1].value
    assert "Start the export" not in [found.label for found in app.button]


def test_export_tells_what_it_would_write_and_the_command(loaded):
    app = opened("export.py", offsets="10,20", out="here")
    assert int(metrics(app)["crops"]) > 0
    assert texts_to_copy(app)[0] == (
        "python -m core export sample/train/annotations.json --out here --split train "
        "--proposer adaptive-threshold --param offsets=10,20 --order area"
    )
    assert button(app, "Start the export")
    assert not (loaded / "here").exists()


def test_export_says_the_order_and_what_the_other_finds_once_the_set_is_measured(loaded):
    link = {"proposer": "adaptive-threshold", "top": "20"}
    app = opened("export.py", **link)
    assert "Ranked by area, largest first." in [each.value for each in app.caption]
    dataset = opened_sets.find(told(opened("explore.py", **link), "viewer")[0]["proposals"].split("/")[1])
    by_area = Setup(PROPOSERS["adaptive-threshold"](), order="area", top=20)
    for setup in (by_area, dataclasses.replace(by_area, order="own")):
        while queue.survey(dataset, setup).measure(queue.whole_set(dataset)) < len(queue.whole_set(dataset)):
            time.sleep(0.05)
    figures = queue.of_set(dataset, queue.Criteria(by_area))
    (told_order,) = [each.value for each in app.run().caption if each.value.startswith("Ranked by area")]
    assert f"top 20: {figures.found} / {figures.objects} found" in told_order
    assert re.search(r"Ranked by the proposer's order: (\d+ more|\d+ fewer|as many) found\.$", told_order)


def test_export_follows_its_settings(loaded):
    app = opened("export.py", proposer="grid")
    before = int(metrics(app)["negative"].removeprefix("≈ ").replace(",", ""))
    next(field for field in app.number_input if field.label.startswith("Sample")).set_value(10).run()
    after = int(metrics(app)["negative"].removeprefix("≈ ").replace(",", ""))
    assert after <= 60 < before
    assert app.query_params["negatives_first"] == "10"
    assert "--negatives-first 10" in texts_to_copy(app)[0]


def test_export_into_a_folder_outside_the_roots_is_refused(loaded):
    app = opened("export.py", out="/somewhere")
    assert "outside the folders" in app.error[0].value
    assert "Start the export" not in [found.label for found in app.button]


def test_a_finished_export_says_so_and_its_numbers(loaded):
    words = ["export", "sample/train/annotations.json", "--out", "here", "--split", "train", "--workers", "1"]
    assert main([*words, "--proposer", "full-image"]) == 0
    same = opened("export.py", proposer="full-image", out="here")
    assert same.success[0].value == "Finished."
    assert str(loaded / "here/train") in texts_to_copy(same)
    counts = json.loads((loaded / "here/train/export.json").read_text())["counts"]
    assert metrics(same)["crops"] == str(counts["crops"])


def test_an_export_in_the_way_is_named_with_what_differs_and_not_overwritten_by_one_click(loaded):
    words = ["-m", "core", "export", "sample/train/annotations.json", "--out", "here", "--split", "train"]
    words += ["--workers", "1", "--proposer", "grid", "--param", "levels=2", "--negatives-first", "9"]
    assert main(words[2:]) == 0
    register.write(loaded / "here/train", words, loaded, 1.0)
    app = opened("export.py", proposer="grid", out="here")
    assert not app.success
    (said,) = [found.value for found in app.warning]
    assert "Existing: 6 images of `sample/train/annotations.json`, **grid**" in said
    assert "levels 2 there, 4 now; negatives_first 9 there, 400 now." in said
    (asked,) = app.main.get("popover")
    assert [found.label for found in asked.button] == ["Overwrite with the new settings"]
    shutil.copytree(loaded / "sample/valid", loaded / "other")
    said = opened("export.py", dataset="other", proposer="full-image", out="here").warning[0].value
    assert "New: 2 images of `other/annotations.json`, **full-image**" in said
    assert "Different: the annotations; the proposer; negatives_first 9 there, 400 now." in said


def test_an_export_that_could_use_no_picture_says_so_and_can_be_started_again(loaded):
    from core.cli import main

    words = ["export", "sample/train/annotations.json", "--out", "here", "--split", "train", "--workers", "1"]
    assert main([*words, "--proposer", "grid", "--images", "sample/valid"]) == 2
    app = opened("export.py", proposer="full-image", out="here")
    assert "none of 6 images can be used" in app.warning[0].value
    assert button(app, "Start the export")


def test_an_export_without_a_crop_says_why_and_can_be_started_again(loaded):
    words = ["export", "sample/train/annotations.json", "--out", "here", "--split", "train", "--workers", "1"]
    assert main([*words, "--proposer", "full-image", "--crop-min-side", "900"]) == 2
    app = opened("export.py", proposer="full-image", out="here")
    said = app.warning[0].value
    assert "no crop in any of 6 images" in said
    assert "Its shorter side is below 900 px" in said
    assert button(app, "Start the export")


def test_the_health_report_lists_what_is_wrong(loaded):
    path = loaded / "sample/train/annotations.json"
    coco = json.loads(path.read_text())
    coco["annotations"][0]["bbox"] = [5, 5, 0, 4]
    path.write_text(json.dumps(coco))
    app = opened("dataset.py")
    assert app.warning[0].value == "1 image or object cannot be used: 1 zero area."
    assert app.dataframe[0].value["kind"].tolist() == ["zero area"]


def test_a_green_verdict_needs_all_pictures_checked(loaded, monkeypatch):
    go_on = Event()
    monkeypatch.setattr(background_check, "look_at", lambda *arguments: go_on.wait(60) and Picture([]))
    monkeypatch.setattr("pages.ui.views.dataset._PATIENCE", 0)
    app = opened("dataset.py")
    assert [found.value for found in app.info] == ["No problems found so far."]
    assert not app.success
    go_on.set()
    monkeypatch.setattr("pages.ui.views.dataset._PATIENCE", 60)
    app.run()
    assert [found.value for found in app.success] == ["No problems found."]
    assert "Read the headers of all 6 pictures and decoded them." in [found.value for found in app.caption]


def test_a_set_that_cannot_be_opened_takes_the_verdict_on_the_open_one_away(loaded):
    app = opened("dataset.py")
    assert app.success
    app.text_input[0].set_value("nowhere")
    button(app, "Open folder or file").click().run()
    assert "no such folder or file" in app.error[0].value
    assert not [*app.success, *app.info, *app.metric]


def test_the_health_report_names_a_picture_once_and_says_what_is_lost_and_what_is_noted(loaded):
    pictures = loaded / "sample/train/images"
    pictures.joinpath("train_0001.jpg").write_bytes(b"no picture")
    pictures.joinpath("train_0002.jpg").rename(pictures / "other.jpg")
    app = opened("dataset.py")
    words = (
        "2 images or objects cannot be used: 1 unreadable, 1 missing file. Also noted: 1 picture not listed."
    )
    assert app.warning[0].value == words
    table = app.dataframe[0].value
    assert table["image"].tolist() == ["train_0001.jpg", "train_0002.jpg", "other.jpg"]
    assert not table["what"].str.contains(str(loaded), regex=False).any()
    assert "not a readable picture" in table["what"][0]
    assert table["what"][1] == "no file"


@pytest.mark.parametrize("page", PAGES)
def test_a_set_that_cannot_be_opened_says_why_and_leads_to_another(loaded, page):
    (loaded / "broken").mkdir()
    (loaded / "broken/annotations.json").write_text('{"images": [{"id": 1, ')
    app = opened(page, dataset="broken")
    assert not app.info
    assert "broken/annotations.json: not JSON" in app.error[0].value
    assert len(app.get("page_link")) == (page != "dataset.py")


def test_a_folder_that_is_no_set_offers_the_sample_that_is_there(loaded):
    app = opened("dataset.py", dataset="nowhere")
    assert "nowhere: no such folder" in app.error[0].value
    button(app, "Open the sample set").click().run()
    assert metrics(app)["images"] == "6"


def test_a_data_set_without_images_is_said_to_be_empty(loaded):
    path = loaded / "sample/train/annotations.json"
    path.write_text('{"images": [], "annotations": [], "categories": []}')
    for page in PAGES:
        app = opened(page)
        assert any("lists no images" in found.value for found in app.info)


def test_a_data_set_whose_images_were_all_left_out_says_why_and_shows_its_report(loaded):
    path = loaded / "sample/train/annotations.json"
    coco = json.loads(path.read_text())
    coco["images"] = [{"id": image["id"]} for image in coco["images"]]
    path.write_text(json.dumps(coco))
    for page in PAGES:
        app = opened(page)
        (said,) = [found.value for found in app.info if "none of its images can be used" in found.value]
        assert "6 no-name" in said or "6 lenient" in said
        assert not app.error
    assert metrics(app)["images"] == "0"
    assert len(app.dataframe[0].value) >= 6


def test_thousands_of_problems_are_counted_and_the_table_has_some_of_each_kind(loaded, monkeypatch):
    monkeypatch.setattr("pages.ui.views.dataset._SMALL", 2000)
    monkeypatch.setattr("pages.ui.views.dataset._PATIENCE", 60)
    path = loaded / "sample/train/annotations.json"
    coco = json.loads(path.read_text())
    size = {"width": 320, "height": 240}
    coco["images"] += [{"id": 1000 + n, "file_name": f"gone{n}.jpg", **size} for n in range(1000)]
    coco["annotations"][0]["bbox"] = [5, 5, 0, 4]
    path.write_text(json.dumps(coco))
    app = opened("dataset.py")
    said = "1,001 images or objects cannot be used: 1,000 missing file, 1 zero area."
    assert any(said in found.value for found in app.warning)
    assert app.dataframe[0].value["kind"].value_counts().to_dict() == {"missing file": 150, "zero area": 1}
    assert "151 of 1,001, the first of each kind." in [found.value for found in app.caption]
    assert [found.proto.label for found in app.get("download_button")] == ["All as a CSV file"]


@pytest.mark.parametrize("page", ["explore.py", "export.py"])
def test_settings_that_do_not_fit_together_are_named(loaded, page):
    app = opened(page, proposer="grid", side="32", context="16")
    assert any("context: got 16 px" in found.value for found in app.error)


def test_the_preview_follows_the_sampling(loaded):
    app = opened("explore.py", proposer="grid")
    assert any("preview: exported" in found.value for found in app.markdown)
    app = opened("explore.py", proposer="grid", negatives_first="0", iou="1.0")
    assert any("preview: not exported" in found.value for found in app.markdown)
    assert any("Not among the first 0 proposals" in found.value for found in app.caption)


def test_the_preview_is_of_all_proposals_not_of_those_shown(loaded):
    """The twenty hardest among the top 100 are others than among all that the export takes."""
    settings = {"proposer": "grid", "levels": "5", "negatives": "hardest", "max_negatives": "20"}
    words = ["export", "sample/train/annotations.json", "--out", "here", "--split", "train", "--workers", "1"]
    words += ["--proposer", "grid", "--param", "levels=5", "--negatives", "hardest", "--max-negatives", "20"]
    assert main([*words, "--format", "manifest"]) == 0
    rows = pq.read_table("here/train/manifest.parquet").to_pylist()
    first = rows[0]["image_id"]
    written = {row["rank"] for row in rows if row["image_id"] == first}
    others = [rank for rank in range(100) if rank not in written]
    for rank in (*sorted(written)[:1], others[0], others[-1]):
        app = opened("explore.py", **settings, image=str(first), box=str(rank))
        (said,) = [found.value for found in app.markdown if f"rank {rank}," in found.value]
        assert ("preview: exported" in said) == (rank in written)
        at_most = [found for found in app.caption if "“Max negatives per image” is 20" in found.value]
        assert len(at_most) == (rank not in written)


def test_the_preview_says_what_is_not_known_yet(loaded):
    app = opened("explore.py", proposer="grid", set_positives="900", set_negatives="900")
    assert any("preview: perhaps exported" in found.value for found in app.markdown)
    assert any("once all images are counted" in found.value for found in app.caption)


def test_the_preview_comes_by_address(loaded):
    app = opened("explore.py", proposer="full-image", image="2")
    dataset = opened_sets.find(told(app, "viewer")[0]["proposals"].split("/")[1])
    setup = Setup(PROPOSERS["full-image"]())
    address = crop_previews.address(dataset, 1, cached.proposals(dataset, 1, setup).boxes[0], Cut())
    assert f'src="{html.escape(address)}"' in text(app)
    assert "1 proposal by best IoU" in text(app)


def test_the_default_order_follows_the_proposer_and_a_chosen_one_stays(loaded):
    app = opened("explore.py", proposer="adaptive-threshold")
    assert app.selectbox(key="setup.order").options[0] == "default: area, largest first"
    assert any(each.value == "Ranked by area, largest first." for each in app.caption)
    app.selectbox(key="proposer").set_value("grid").run()
    order = app.selectbox(key="setup.order")
    assert (order.value, order.options[0]) == ("default", "default: the proposer's order")
    assert any(each.value.startswith("Ranked by the proposer's order.") for each in app.caption)
    assert "--proposer grid --order own" in texts_to_copy(app)[-1]
    order.set_value("small").run()
    app.selectbox(key="proposer").set_value("adaptive-threshold").run()
    assert app.selectbox(key="setup.order").value == "small"
    assert dict(app.query_params)["order"] == "small"
    assert opened("explore.py", proposer="grid", order="area").selectbox(key="setup.order").value == "area"


def test_a_preset_sets_the_label_rule_and_the_crops_and_is_named_while_it_holds(loaded):
    app = opened("export.py")
    preset = next(found for found in app.selectbox if found.label == "Sampling preset")
    assert preset.value == "article"
    preset.set_value("fast-rcnn").run()
    assert not app.exception
    link = dict(app.query_params)
    assert (link["negative_from"], link["negative_below"], link["inclusive"]) == ("0.1", "0.5", "true")
    assert (link["ratio"], link["truth_boxes"], link["negatives"]) == ("3.0", "true", "random")
    assert any("--ratio 3.0" in text for text in texts_to_copy(app))
    ratio = next(found for found in app.number_input if found.label.startswith("Negative : positive ratio"))
    ratio.set_value(2.0).run()
    assert next(found for found in app.selectbox if found.label == "Sampling preset").value is None


def test_found_and_missed_do_not_depend_on_the_labels_of_crops(loaded):
    link = {"proposer": "grid", "levels": "3", "image": "2"}
    plain = opened("explore.py", **link)
    svm = opened("explore.py", **link, iou="1.0", inclusive="true", negative_below="0.3")
    label = next(name for name in metrics(plain) if name.startswith("Recall @0.5, "))
    assert metrics(svm)[label] == metrics(plain)[label]
    strict = opened("explore.py", **link, recall_iou="1.0")
    found = {name: value for name, value in metrics(strict).items() if name.startswith("Recall")}
    assert [name.partition(",")[0] for name in found] == ["Recall @1"]
    assert [value.partition(" ")[0] for value in found.values()] == ["0"]
    assert told(strict, "viewer")[0]["recall"] == 1.0


def test_a_missed_object_names_the_proposal_beyond_the_cap_that_finds_it(loaded):
    app = opened("explore.py", proposer="grid", levels="5", top="3", image="2")
    dataset = opened_sets.find(told(app, "viewer")[0]["proposals"].split("/")[1])
    setup = Setup(PROPOSERS["grid"](levels=5))
    records = cached.result(dataset, dataset.index_of(2), setup).records
    finders = records.first_found(RecallRule())
    beyond = [rank for rank in finders.tolist() if rank >= 3]
    assert beyond
    for rank in beyond:
        assert f"#{rank} finds it, outside the top 3" in text(app)
    assert metrics(app)["Recall @0.5, top 3"] == f"{sum(finders >= 0) - len(beyond)} / {len(finders)}"
    every = f"proposals find {sum(finders >= 0)} / {len(finders)}."
    assert any(every in found.value for found in app.caption)


def test_the_chart_has_what_the_histogram_has(loaded):
    app = opened("explore.py", proposer="grid", levels="3", top="0")
    assert not told(app, "chart")
    button(app, "Open as a chart").click().run()
    assert not app.exception
    (chart,) = told(app, "chart")
    names = [bar["name"] for bar in json.loads(chart["figure"])["data"]]
    assert [name.split(" (")[0] for name in names] == ["positive", "negative", "ignored"]
    counts = [int(name.split("(")[1].rstrip(")").replace(",", "")) for name in names]
    shown = next(found.value for found in app.metric if found.label.startswith("Proposals shown"))
    assert sum(counts) == int(shown.replace(",", ""))


@pytest.mark.parametrize("name", ["logo.svg", "icon.svg"])
def test_pictures_of_ours_hold_no_text_since_an_image_sees_no_web_font(name):
    assert "<text" not in (MAIN.parent / "ui" / name).read_text()
