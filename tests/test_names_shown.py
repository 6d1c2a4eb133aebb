"""A picture whose name is full of Markdown, in the app in a real browser: every message shows its name."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from core import cli
from tests.browser import chromium, streamlit_server
from tests.small import scene, write_coco

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
NAME = "a*b*_$x$_[q](r)_:smile:_<b>.._`c`.jpg"


@pytest.mark.slow
def test_messages_show_the_name_of_a_picture(tmp_path):
    data = write_coco(tmp_path / "set *1*", {NAME: scene(0), "b.jpg": scene(1)})
    picture = data.parent / "images" / NAME
    picture.write_bytes(b"no picture")
    export = ["export", str(data), "--out", str(tmp_path / "out $1$ *a*"), "--split", "train"]
    assert cli.main([*export, "--proposer", "grid", "--workers", "1"]) == 0
    env = {
        "BOXSCOPE_ROOTS": str(tmp_path),
        "BOXSCOPE_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    with streamlit_server(ROOT / "app.py", cwd=tmp_path, env=env) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/?dataset=set+*1*&find=*nowhere*")
        expect(page.get_by_test_id("stAlert")).to_contain_text(f"{NAME}: not a readable picture")
        expect(page.get_by_test_id("stSidebar").locator("input").first).to_have_value("set *1*")
        expect(page.get_by_text("No image's name contains “*nowhere*”")).to_be_visible()
        page.goto(f"{url}/dataset?dataset=set+*1*")
        expect(
            page.get_by_text("set *1*/annotations.json with the pictures in set *1*/images")
        ).to_be_visible()
        page.goto(f"{url}/dataset?dataset=no_$set$_..\\*a*")
        expect(page.get_by_test_id("stAlert")).to_contain_text(r"no_$set$_..\*a*: no such folder")
        page.goto(f"{url}/export?dataset=set+*1*&proposer=grid&iou=0.6&out=out+$1$+*a*")
        expect(page.get_by_text("out $1$ *a*/train holds an export with other settings")).to_be_visible()
        page.get_by_text("1 image could not be used").click()
        expect(page.locator(".skipped td").first).to_have_text(NAME)
