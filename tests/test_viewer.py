"""The viewer in a real Chromium; AppTest sees nothing of what a canvas shows."""

import base64
import io
import re
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from pages.ui.components import viewer
from pages.ui.components.viewer import Seen
from tests.browser import chromium, streamlit_server

APP = Path(__file__).with_name("viewer_app.py")
SIZE = (200, 100)  # of image 10
LEGEND = {"<.3": 1, ".3–.5": 0, ".5–.7": 1, "≥.7": 2, "ignored": 1}  # by hand from viewer_app.IOU and KIND
GREY = [160 * 0.85] * 3  # the picture, dimmed


def test_picked_box_keeps_its_identity_not_its_rank():
    boxes = np.array([[0, 0, 9, 9], [1, 1, 5.1, 5]], np.float32)
    seen = Seen(picked=tuple(boxes[1].tolist()))
    assert seen.rank(boxes) == 1
    assert seen.rank(boxes[::-1]) == 0
    assert seen.rank(boxes[:1]) is None
    assert seen.rank(boxes[:0]) is None
    assert Seen().rank(boxes) is None


def test_page_runs_again_and_again_in_fresh_runtimes():
    for _ in range(2):
        page = AppTest.from_file(str(APP.with_name("viewer_page.py"))).run()
        page.number_input[0].set_value(11).run()
        assert not page.exception
        assert page.text[1].value == "image: 11, top: 0"


def test_script_is_one_module_of_small_ones():
    text = viewer.script()
    assert len(re.findall(r"^export ", text, re.MULTILINE)) == 1
    assert not re.findall(r"^import ", text, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:const|let|class|function\*?) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    files = set(viewer.HERE.glob("*.js"))
    assert files == {viewer.HERE / f"{part}.js" for part in viewer.PARTS} | {viewer.HERE / "viewer.js"}
    assert max(len(path.read_text().splitlines()) for path in files) < 250


# ---- colours, as eyes see them that miss a kind of cone (Machado and others, 2009, severity 1)

MACHADO = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}


def linear(colour: str) -> np.ndarray:
    """Linear RGB (3,) of ``#rrggbb``."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (3,) of linear RGB (3,), D65."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
    xyz = to_xyz @ rgb.clip(0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def palette(name: str) -> list[str]:
    source = (viewer.HERE / "scale.js").read_text()
    return re.findall(r"#[0-9A-F]{6}", re.search(rf"const {name} = \[.*?\];", source, re.DOTALL)[0])


def seen_by(eye: str, colours: list[str]) -> list[np.ndarray]:
    return [lab(np.asarray(MACHADO[eye]) @ linear(colour)) for colour in colours]


@pytest.mark.parametrize("eye", ["normal", "protan", "deutan", "tritan"])
def test_classes_are_apart_for_every_eye(eye):
    colours = seen_by(eye, palette("CLASSES"))
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(colours) for b in colours[:i]]
    assert min(pairs) > 16  # a difference of 2 can be seen side by side


def test_classes_are_apart_in_grey():
    lightness = [colour[0] for colour in seen_by("grey", palette("CLASSES")[:4])]
    assert lightness[1] - lightness[0] > 20
    assert lightness[3] - lightness[2] > 15
    # The middle two are equally light: the upper has a dark edge, and wider lines.
    source = (viewer.HERE / "scale.js").read_text()
    classes = re.findall(
        r'label: "[^"]*", colour: "[^"]*", width: ([\d.]+), alpha: [\d.]+(, edge: true)?', source
    )
    assert [bool(edge) for _, edge in classes[:4]] == [False, False, True, True]
    widths = [float(width) for width, _ in classes[:4]]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("eye", MACHADO)
def test_continuous_scale_rises_in_lightness_for_every_eye(eye):
    lightness = [colour[0] for colour in seen_by(eye, palette("RAMP"))]
    assert min(np.diff(lightness)) > 8


# ---- in the browser


@pytest.fixture(scope="module")
def watched():
    """Opens a page of a browser that has kept nothing, and minds its faults."""
    with streamlit_server(APP, cwd=APP.parent.parent) as base, chromium() as browser:
        expect.set_options(timeout=15_000)

        @contextmanager
        def opened():
            faults = []
            with browser.new_context(base_url=base, viewport={"width": 1280, "height": 1100}) as context:
                context.set_default_timeout(15_000)
                page = context.new_page()
                page.on(
                    "pageerror", lambda error: faults.append(str(error))
                )  # Playwright cannot wrap a built-in
                yield page
            assert not faults

        yield opened


@pytest.fixture(scope="module")
def shared(watched):
    """A page that most tests use one after the other."""
    with watched() as page:
        page.goto("/")
        yield page


@pytest.fixture
def seen(shared):
    """A viewer at image 10 that knows nothing of the tests before."""
    shared.mouse.move(1, 1)
    shared.locator(".viewer[data-image]:not(.away)").wait_for()
    old = shared.locator(".viewer")
    # Nothing that the test before did is still on its way to Python.
    shared.get_by_text(re.compile(rf"^image: {old.get_attribute('data-image')},")).wait_for()
    shared.evaluate("localStorage.clear()")
    renew(shared, 5)
    shared.evaluate("document.activeElement.blur()")
    return View(shared)


def renew(page, boxes):
    """Have a new viewer at image 10, which shows so many boxes."""
    page.locator(".viewer").evaluate("element => { element.dataset.old = 1; }")
    new = page.locator(f".viewer:not([data-old])[data-image='10'][data-boxes='{boxes}']")
    for patience in (5_000, 5_000, 15_000):
        page.get_by_role("button", name="fresh").click()
        try:
            new.wait_for(timeout=patience)
        except TookTooLong:  # a move to another image was told so late that Python heard of it after this
            continue
        break
    # Streamlit takes the elements of the last run away when this one has ended.
    expect(page.get_by_text("notice", exact=True)).to_have_count(1)
    expect(page.locator(".viewer")).to_have_count(1)


@pytest.fixture
def fresh(watched):
    """Open pages of one's own, with nothing fetched yet."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(watched())


class View:
    """What a test does with the page, in pixels of the picture."""

    def __init__(self, page, size=SIZE, **attributes):
        self.page, self.size = page, size
        self.viewer = page.locator(".viewer").first
        self.canvas = self.viewer.locator("canvas")
        self.card = self.viewer.locator(".card")
        if attributes:
            self.wait(**attributes)

    def wait(self, **attributes):
        """Wait until the element says so of its last paint."""
        wanted = "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        self.page.wait_for_selector(f".viewer{wanted}")

    def scale(self):
        return self.canvas.bounding_box()["width"] / self.size[0]

    def move(self, x, y):
        corner = self.canvas.bounding_box()
        self.page.mouse.move(corner["x"] + x * self.scale(), corner["y"] + y * self.scale())

    def click(self, x, y):
        self.move(x, y)
        self.page.mouse.down()
        self.page.mouse.up()

    def press(self, *keys):
        for key in keys:
            self.canvas.press(key)

    def says(self, text):
        self.page.get_by_text(text, exact=True).wait_for()

    def notes(self, text):
        self.viewer.locator(".note", has_text=text).wait_for()

    def lines(self):
        """What the card says."""
        self.card.wait_for(state="visible")
        return [line for line in self.card.inner_text().split("\n") if line]

    def ranks(self, rank):
        """Wait for the card of a rank."""
        self.card.get_by_text(f"rank {rank} ·").wait_for()

    def open(self, panel):
        self.viewer.get_by_role("button", name=panel, exact=True).click()
        return self.viewer.get_by_role("dialog", name=panel)

    def slide(self, label, value):
        """Drag a slider of the viewer to a value, as the browser tells it."""
        self.viewer.get_by_role("slider", name=label, exact=True).fill(str(value))

    def colour(self, x, y, dx=0, dy=0):
        """RGB of the canvas at a picture point, dx and dy canvas pixels further on."""
        at = [round(x * self.scale()) + dx, round(y * self.scale()) + dy]
        script = "(c, [x, y]) => [...c.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]"
        return tuple(self.canvas.evaluate(script, at))

    def waits_for_colour(self, x, y, level):
        """Wait until a picture point is of a grey level, dimming included."""
        script = """(canvas, [x, y, level]) => new Promise((done) => {
          const end = performance.now() + 10_000;
          const look = () => {
            const [red] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
            if (Math.abs(red - level) <= 2 || performance.now() > end) done(red);
            else requestAnimationFrame(look);
          };
          look();
        })"""
        at = [round(x * self.scale()), round(y * self.scale()), level]
        assert self.canvas.evaluate(script, at) == pytest.approx(level, abs=2)

    @contextmanager
    def painting(self):
        """Wait until what is done inside has been painted."""
        before = self.viewer.get_attribute("data-painted")
        yield
        expect(self.viewer).not_to_have_attribute("data-painted", before)

    def zoom(self):
        """Percent that the toolbar tells."""
        return int(self.viewer.locator(".zoom").inner_text().removesuffix(" %"))

    def pixels(self):
        data = self.canvas.evaluate("c => c.toDataURL('image/png').split(',')[1]")
        return decoded(base64.b64decode(data))


def decoded(png):
    """RGB (H, W, 3) of a PNG."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.browser
def test_legend_counts_and_toggles_classes(seen):
    for label, count in LEGEND.items():
        button = seen.viewer.get_by_role("button", name=re.compile(f"^{re.escape(label)} · {count}$"))
        button.click()
        seen.wait(boxes=5 - count)
        words = f"5 of 5 boxes, {5 - count} drawn" if count else "5 of 5 boxes"
        assert seen.viewer.locator(".top output").inner_text() == words
        button.click()
        seen.wait(boxes=5)
    seen.viewer.get_by_role("button", name="≥.7").click()
    seen.wait(boxes=3)
    seen.press("ArrowRight")
    seen.wait(image=11)
    seen.press("ArrowLeft")
    seen.wait(image=10, boxes=3)  # the class stays hidden when the image changes


@pytest.mark.browser
def test_edges_have_the_colour_of_their_class(seen):
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)
    assert seen.colour(135, 60, dy=1) == pytest.approx((0xE6, 0x9F, 0x00), abs=16)  # alpha .95
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)
    # One pixel wide: it lies on either side of where a fractional scale puts the edge.
    red, green, blue = max((seen.colour(30, 85, dy=dy) for dy in (-1, 0, 1)), key=lambda rgb: rgb[2] - rgb[0])
    assert red < green < blue
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # the bracket of a found object
    red, green, blue = seen.colour(150, 60, dx=2, dy=7)
    assert red > 200 > green + 60  # and of a missed one


@pytest.mark.browser
def test_filters_need_no_server(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.slide("Top", 2)  # the third of 1 2 3 4 5
    seen.wait(boxes=3)
    seen.says("image: 10, top: 3")  # Python hears of the release
    seen.slide("Top", 4)
    seen.wait(boxes=5)
    seen.says("image: 10, top: 0")
    panel = seen.open("Boxes")
    seen.slide("IoU from", 0.41)
    seen.wait(boxes=4)  # 0.41 itself is in
    seen.slide("IoU to", 0.7)
    seen.wait(boxes=3)
    seen.slide("IoU from", 0)
    seen.slide("IoU to", 1)
    for kind, left in [("positives", 3), ("negatives", 3), ("ignored", 4)]:
        box = panel.get_by_label(kind)
        box.uncheck()
        seen.wait(boxes=left)
        box.check()
        seen.wait(boxes=5)
    panel.get_by_label("only the best box of each object").check()
    seen.wait(boxes=2)  # rank 0 for crack 1, rank 2 for crack 2
    seen.press("Escape")
    panel.wait_for(state="hidden")
    assert not [url for url in asked if "/proposals" in url or "/pictures" in url]


@pytest.mark.browser
def test_found_depends_on_the_top_ones_alone(seen):
    said = seen.viewer.locator("#said")
    assert "1 of 2 objects found." in said.inner_text()
    assert "Missed: crack 2." in said.inner_text()
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)
    seen.open("Boxes")
    seen.slide("IoU to", 0.5)  # what is hidden by its IoU has been found all the same
    seen.wait(boxes=2)
    assert "2 of 5 proposals drawn, 1 of 2 objects found." in said.inner_text()


@pytest.mark.browser
def test_hover_shows_the_smallest_box_around_the_pointer(seen):
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.move(60, 45)  # in boxes 0 and 1
    seen.card.get_by_text("level 3").wait_for()  # asked for with the first card
    assert seen.lines() == [
        "IoU 0.70 · positive",
        "rank 1 · 40 × 30 px",
        "matches crack 1",
        "stage: level 3 of HSV, k 150, by fill, texture, size",
        "1 of 2 boxes here",
    ]
    seen.move(100, 70)
    seen.ranks(0)
    assert seen.lines() == [
        "IoU 0.93 · positive",
        "rank 0 · 100 × 60 px",
        "matches crack 1",
        "stage: offset 40",
    ]
    seen.move(170, 30)
    seen.ranks(2)
    assert seen.lines()[::2] == ["IoU 0.41 · ignored", "overlaps crack 2"]
    assert sum("origins=1" in url for url in asked) <= 1  # for all boxes of the image at once
    seen.move(195, 97)
    seen.card.wait_for(state="hidden")


@pytest.mark.browser
def test_hover_fades_the_others_and_points_at_the_object(seen):
    plain = seen.colour(70, 20, dy=1)
    with seen.painting():
        seen.move(170, 30)
    faded = seen.colour(70, 20, dy=1)
    assert sum(abs(a - b) for a, b in zip(plain, faded, strict=True)) > 100
    assert seen.colour(170, 40) == (255, 255, 255)  # on the line from box 2 to crack 2
    with seen.painting():
        seen.move(195, 97)
    assert seen.colour(70, 20, dy=1) == plain


@pytest.mark.browser
def test_card_stays_inside_the_picture(seen):
    for x, y in [(21, 21), (118, 78), (188, 11), (188, 48), (12, 88)]:
        seen.move(x, y)
        seen.card.wait_for(state="visible")
        card, room = seen.card.bounding_box(), seen.canvas.bounding_box()
        assert room["x"] <= card["x"] <= card["x"] + card["width"] <= room["x"] + room["width"]
        assert room["y"] <= card["y"] <= card["y"] + card["height"] <= room["y"] + room["height"]


@pytest.mark.browser
def test_click_tells_python_the_box(seen):
    seen.click(60, 45)
    seen.says("picked: [40, 30, 80, 60]")
    seen.wait(selected=1)
    seen.click(20, 50)  # on the very edge of box 0
    seen.says("picked: [20, 20, 120, 80]")
    seen.click(195, 97)  # empty ground
    seen.says("picked: None")
    seen.wait(selected="")
    seen.click(135, 67)
    seen.says("picked: [125, 60, 145, 75]")
    seen.press("Escape")
    seen.says("picked: None")


@pytest.mark.browser
def test_keys_walk_through_overlapping_boxes(seen):
    seen.canvas.focus()
    seen.move(60, 45)
    seen.ranks(1)
    seen.press("]")
    seen.ranks(0)
    seen.press("]")  # around
    seen.ranks(1)
    seen.press("[")
    seen.ranks(0)
    seen.press("[", "Tab")
    seen.ranks(0)
    seen.press("Enter")
    seen.says("picked: [20, 20, 120, 80]")
    seen.press("Tab")  # off the end: the focus goes on, so that nobody is held here
    assert not seen.canvas.evaluate("c => c === c.getRootNode().activeElement")


@pytest.mark.browser
def test_tab_moves_the_focus_where_there_is_no_box(seen):
    seen.canvas.focus()
    seen.move(195, 97)
    seen.press("Tab")
    assert not seen.canvas.evaluate("c => c === c.getRootNode().activeElement")


@pytest.mark.browser
def test_keys_walk_by_rank_without_a_pointer(seen):
    seen.page.mouse.move(1, 1)
    seen.canvas.focus()
    seen.press("]")
    seen.ranks(0)
    seen.press("]", "]")
    seen.ranks(2)
    seen.press("Enter")
    seen.says("picked: [150, 10, 190, 50]")


@pytest.mark.browser
def test_choice_goes_with_its_box_and_its_image(seen):
    seen.click(135, 67)
    seen.says("picked: [125, 60, 145, 75]")
    seen.slide("Top", 3)  # box 4 is cut off: still the choice, not drawn
    seen.wait(boxes=4)
    seen.press("ArrowRight")
    seen.wait(image=11, boxes=0, selected="")
    seen.says("image: 11, top: 4")
    seen.says("picked: None")
    seen.press("ArrowLeft")
    seen.wait(image=10, selected=4)


@pytest.mark.browser
def test_all_is_kept_when_streamlit_mounts_the_element_anew(seen):
    seen.viewer.get_by_role("button", name="<.3").click()
    seen.wait(boxes=4)
    seen.click(60, 45)
    seen.says("picked: [40, 30, 80, 60]")
    for _ in range(4):
        seen.page.mouse.wheel(0, -200)
    seen.viewer.evaluate("element => { element.dataset.old = 1; }")
    seen.page.get_by_text("notice", exact=True).click()
    seen.page.locator(".viewer:not([data-old])[data-selected='1'][data-boxes='4']").wait_for()
    assert seen.viewer.get_by_role("button", name="<.3").get_attribute("aria-pressed") == "false"
    seen.move(100, 70)
    seen.ranks(1)


@pytest.mark.browser
def test_zoom_is_kept_when_boxes_change_and_as_a_choice_for_the_next_image(seen):
    seen.move(60, 45)
    for _ in range(4):
        seen.page.mouse.wheel(0, -200)
    seen.move(100, 70)  # outside box 1 at first, inside it now
    seen.ranks(1)
    with seen.painting():
        seen.page.get_by_role("slider", name="shift").press("ArrowRight")
    seen.slide("Top", 3)
    seen.wait(boxes=4)
    seen.move(101, 70)
    seen.ranks(1)
    seen.page.mouse.down()
    seen.move(141, 70)
    seen.page.mouse.up()  # a drag is no click
    seen.move(145, 70)
    seen.ranks(1)
    seen.wait(selected="")
    seen.press("ArrowRight")
    seen.wait(image=11)
    seen.press("ArrowLeft")
    seen.wait(image=10)
    seen.move(100, 70)
    seen.ranks(0)  # it fits again
    seen.page.mouse.wheel(0, -400)
    zoomed = seen.zoom()
    seen.open("Look").get_by_label("keep the zoom for the next image").check()
    seen.press("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=13)
    assert seen.zoom() == zoomed
    seen.canvas.dblclick(position={"x": 5, "y": 5})
    assert seen.zoom() < zoomed


@pytest.mark.browser
def test_h_hides_the_overlays_while_it_is_held(seen):
    seen.click(195, 97)
    seen.page.keyboard.down("h")
    seen.wait(boxes=0)
    assert seen.colour(70, 20, dy=1) == pytest.approx(GREY, abs=2)
    seen.page.keyboard.up("h")
    seen.wait(boxes=5)


@pytest.mark.browser
def test_layers_toggle_by_keys(seen):
    seen.press("b")
    seen.wait(boxes=0)
    seen.press("b")
    seen.wait(boxes=5)
    seen.press("g")
    truth = seen.viewer.get_by_role("button", name="truth")
    assert truth.get_attribute("aria-pressed") == "false"
    seen.press("g")
    assert truth.get_attribute("aria-pressed") == "true"
    seen.press("t")
    seen.waits_for_colour(5, 5, (0.3 * 160 + 0.7 * 250) * 0.85)  # the picture shows through
    panel = seen.open("Layers")
    seen.slide("Opacity", 50)
    seen.waits_for_colour(5, 5, (160 + 250) / 2 * 0.85)
    seen.slide("Opacity", 100)
    panel.get_by_label("Stage").select_option("merging")
    seen.waits_for_colour(5, 5, 0)  # before the first merge
    seen.slide("Merges", 5)
    seen.waits_for_colour(5, 5, 100 * 0.85)
    panel.get_by_text("merge 5", exact=True).wait_for()
    seen.press("t")
    seen.waits_for_colour(5, 5, 160 * 0.85)


@pytest.mark.browser
def test_ten_fast_presses_move_ten_images(seen):
    seen.canvas.focus()
    for _ in range(10):
        seen.page.keyboard.press("ArrowRight")
    seen.wait(image=25, index=10)
    seen.says("image: 25, top: 0")
    for _ in range(3):
        seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=22, index=7)
    seen.says("image: 22, top: 0")
    seen.page.keyboard.press("Home")  # none of ours
    seen.wait(image=22)


@pytest.mark.browser
def test_ten_fast_clicks_move_ten_images_and_keys_work_after_them(seen):
    step = seen.viewer.get_by_role("button", name="Next image")
    step.evaluate("button => { for (let n = 0; n < 10; n++) button.click(); }")
    seen.wait(image=25, index=10)
    step.focus()
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=24)
    seen.page.get_by_role("button", name="fresh").focus()  # one of the page, which wants no arrows
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(image=23)
    seen.page.get_by_role("slider", name="shift").press("ArrowRight")  # this one does
    seen.says("image: 23, top: 0")
    seen.wait(image=23)


@pytest.mark.browser
def test_tab_walks_under_the_pointer_before_anything_has_the_focus(fresh):
    page = fresh()
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    seen.move(60, 45)
    seen.ranks(1)
    page.keyboard.press("Tab")
    seen.ranks(0)
    page.keyboard.press("[")
    seen.ranks(1)


@pytest.mark.browser
def test_what_an_earlier_run_said_does_not_come_after_what_a_later_one_did(fresh):
    page = fresh()
    page.goto("/")
    View(page, image=10, boxes=5)
    said = {
        "key": "late",
        "proposals": "/proposals/{image}",
        "layers": [],
        "selected": None,
        "picked": "null",
    }
    later = {**said, "image": 13, "told": 2, "index": 0, "top": 0, "heard": 0}
    script = """async ([code, html, messages]) => {
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      const { default: component } = await import(url);
      const parentElement = document.createElement("div");
      document.body.append(parentElement);
      parentElement.innerHTML = html;
      parentElement.firstElementChild.id = "late";
      for (const data of messages) component({ data, parentElement, setStateValue() {} });
    }"""
    page.evaluate(script, [viewer.script(), viewer.HTML.strip(), [later, {**later, "image": 11, "told": 1}]])
    page.wait_for_selector("#late[data-image='13']")
    page.wait_for_timeout(300)
    assert page.locator("#late").get_attribute("data-image") == "13"


@pytest.mark.browser
def test_presses_before_the_queue_has_come_are_not_lost(fresh):
    page, held = fresh(), []
    page.route("**/queue", lambda route: held.append(route))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    seen.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=10)
    held[0].continue_()
    seen.wait(image=20)


@pytest.mark.browser
def test_python_moves_the_viewer_too_and_it_tells_the_page(seen):
    seen.page.evaluate(
        "window.told = []; addEventListener('boxscope:image', (e) => told.push(e.detail.image))"
    )
    seen.page.get_by_role("spinbutton", name="image").fill("30")
    seen.page.keyboard.press("Enter")
    seen.wait(image=30, index=15)
    detail = "{cancelable: true, detail: {image: 40, index: 25}}"
    assert not seen.page.evaluate(f"dispatchEvent(new CustomEvent('boxscope:go', {detail}))")  # taken
    seen.wait(image=40, index=25)
    seen.says("image: 40, top: 0")
    assert seen.page.evaluate("told") == [30, 40]


@pytest.mark.browser
def test_n_and_p_go_from_miss_to_miss(seen):
    seen.press("n")
    seen.notes("Missed: crack 2")
    fit = seen.zoom()
    seen.press("z")
    assert seen.zoom() > 1.5 * fit
    seen.press("z")
    assert seen.zoom() == fit
    seen.press("n")
    seen.wait(image=11)  # no proposals: its crack is missed
    seen.notes("Missed: crack 1")
    whole = seen.zoom()
    seen.press("z")  # most of the picture is this crack
    assert 1.1 * whole < seen.zoom() < 1.5 * whole
    seen.press("n")
    seen.wait(image=12)  # its picture is missing, its objects are not
    seen.notes("Missed: crack 2")
    seen.press("n")
    seen.wait(image=30)  # past an image that cannot be answered, and ten without a miss
    seen.press("p", "p")  # each counts
    seen.wait(image=11)
    seen.press("p", "p")
    seen.wait(image=10)
    seen.notes("No further miss")


@pytest.mark.browser
def test_a_sought_miss_is_not_faded_by_the_box_under_the_pointer(seen):
    seen.move(60, 45)
    seen.ranks(1)
    seen.press("n")
    seen.notes("Missed: crack 2")
    seen.card.wait_for(state="hidden")
    seen.move(61, 45)
    seen.ranks(1)


@pytest.mark.browser
def test_failing_proposer_is_named_over_the_picture_and_its_truth(seen):
    seen.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    seen.wait(image=14, boxes=0)
    seen.viewer.get_by_role("alert").get_by_text("crop 3: got width 0, expected at least 1").wait_for()
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)
    said = seen.viewer.locator("#said").inner_text()
    assert said.endswith("2 objects, no proposals: crop 3: got width 0, expected at least 1.")
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # nobody knows what would have been missed
    seen.press("ArrowRight")
    seen.wait(image=20, boxes=5)
    seen.viewer.get_by_role("alert").wait_for(state="hidden")


@pytest.mark.browser
def test_missing_queue_leaves_the_keys_without_effect(fresh):
    page = fresh()
    page.goto("/?lost")
    seen = View(page, image=10, boxes=5)
    seen.press("ArrowRight", "n", "n")
    seen.notes("No further miss")
    seen.wait(image=10, boxes=5)


@pytest.mark.browser
def test_picture_that_fails_is_named_and_boxes_are_still_drawn(seen):
    seen.press("ArrowRight", "ArrowRight")
    seen.wait(image=12, boxes=5)
    said = seen.viewer.locator("#said").inner_text()
    assert said.startswith(
        "<b>picture 12.png could not be loaded: 5 of 5 proposals drawn, 1 of 2 objects found."
    )
    assert seen.card.locator("b").count() == 1  # the card's own: a file name is text
    assert seen.colour(70, 20, dy=1) == (0xF0, 0xE4, 0x42)
    alert = seen.viewer.get_by_role("alert")
    alert.get_by_text("<b>picture 12.png could not be loaded: the picture is missing", exact=True).wait_for()
    seen.press("ArrowRight")
    seen.wait(image=13)
    alert.wait_for(state="hidden")


@pytest.mark.browser
def test_old_frame_stays_until_the_new_picture_is_there(fresh):
    page, held = fresh(), []
    page.route("**/pictures/13", lambda route: held.append(route))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    with page.expect_request("**/pictures/13"):
        seen.press("ArrowRight", "ArrowRight", "ArrowRight")
    seen.page.locator(".viewer.waiting.away").wait_for()
    seen.viewer.locator(".spinner").wait_for(state="visible")
    assert seen.viewer.get_attribute("data-image") != "13"
    held[0].continue_()
    seen.wait(image=13, boxes=5)
    seen.viewer.locator(".spinner").wait_for(state="hidden")
    assert len(held) == 1


@pytest.mark.browser
def test_slow_proposer_leaves_picture_and_truth_to_look_at(fresh):
    page, held = fresh(), []
    slow = re.compile(r"/proposals/\d+\?order=score&shift=0$")  # whichever image it is asked for
    page.route(slow, lambda route: held.append(route))
    page.goto("/?image=20")
    seen = View(page, image=20, boxes=0)
    assert "1 object, its proposals are on their way." in seen.viewer.locator("#said").inner_text()
    assert seen.colour(22, 20, dx=2, dy=7) == (255, 255, 255)  # not called missed before anybody knows
    assert "waiting" in seen.viewer.get_attribute("class")
    assert ["/20?" in route.request.url for route in held] == [True]  # nobody runs ahead for the neighbours
    held[0].continue_()
    seen.wait(image=20, boxes=5)
    page.locator(".viewer:not(.waiting)").wait_for()


LIVE = "shift => dispatchEvent(new CustomEvent('boxscope:live', {detail: {setup: {shift: `${shift}`}}}))"


@pytest.mark.browser
def test_live_slider_moves_the_boxes_and_says_how_long_it_took(seen):
    seen.page.evaluate(
        "window.answers = []; addEventListener('boxscope:answered', (e) => answers.push(e.detail))"
    )
    seen.page.evaluate(LIVE, 7)
    seen.page.wait_for_function("answers.length === 1")
    answer = seen.page.evaluate("answers[0]")
    assert answer["seconds"] == pytest.approx(0.01)
    assert answer["wall"] > 0
    seen.click(66, 45)
    seen.says("picked: [47, 30, 87, 60]")
    seen.move(62, 45)  # a run of the script with the older address has not called it back
    seen.ranks(1)
    seen.page.evaluate(LIVE, 0)
    seen.page.wait_for_function("answers.length === 2")
    assert seen.page.evaluate("answers[1].wall") is None  # it was in the browser


@pytest.mark.browser
def test_live_slider_aborts_what_is_no_longer_wanted(seen):
    aborted, held, asked = [], [], []
    seen.page.on("requestfailed", lambda request: aborted.append(request.url))
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.page.route("**/proposals/10?order=score&shift=21", lambda route: held.append(route))
    for shift in range(21, 29):
        seen.page.evaluate(LIVE, shift)
    seen.page.locator(".viewer:not(.waiting)").wait_for()
    seen.click(90, 45)
    seen.says("picked: [68, 30, 108, 60]")
    mine = [url for url in asked if "/proposals/10?" in url and "origins" not in url]
    assert [url[-8:] for url in mine] == [
        "shift=21",
        "shift=28",
    ]  # one in flight, and only the newest after it
    assert [url[-8:] for url in aborted if "/proposals/10?" in url] == ["shift=21"]


@pytest.mark.browser
def test_saved_png_equals_the_view(seen):
    seen.move(60, 45)
    seen.page.mouse.wheel(0, -200)
    panel = seen.open("Save")
    seen.card.wait_for(state="hidden")
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == "_b_picture 10.png"
    saved = decoded(Path(download.value.path()).read_bytes())
    assert np.array_equal(saved, seen.pixels())
    panel.get_by_role("button", name="2×").click()
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save PNG").click()
    twice = decoded(Path(download.value.path()).read_bytes())
    assert twice.shape == (2 * saved.shape[0], 2 * saved.shape[1], 3)
    small = np.asarray(
        Image.fromarray(twice.astype(np.uint8)).resize(saved.shape[1::-1], Image.Resampling.BOX)
    )
    assert np.abs(small.astype(int) - saved).mean() < 3


@pytest.mark.browser
def test_saved_svg_shows_the_same_with_lines_for_boxes(seen):
    panel = seen.open("Save")
    with seen.page.expect_download() as download:
        panel.get_by_role("button", name="Save SVG").click()
    svg = Path(download.value.path()).read_text()
    assert svg.count("#F0E442") == 2  # the boxes of the class above .7
    assert "missed: crack 2" in svg
    shown = seen.pixels()
    height, width = shown.shape[:2]
    script = """async ([svg, w, h]) => {
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([svg], {type: "image/svg+xml"}));
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), {width: w, height: h});
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/png").split(",")[1];
    }"""
    drawn = decoded(base64.b64decode(seen.page.evaluate(script, [svg, width, height])))
    assert np.abs(drawn - shown).mean() < 2


@pytest.mark.browser
def test_two_viewers_share_a_view(fresh):
    page = fresh()
    page.goto("/?two")
    seen = View(page, image=10, boxes=5)
    other = seen.page.locator(".viewer").nth(1)
    expect(other).to_have_attribute("data-boxes", "5")
    zooms = seen.page.locator(".viewer .zoom")
    before = zooms.nth(1).inner_text()
    seen.move(60, 45)
    for _ in range(3):
        seen.page.mouse.wheel(0, -200)
    assert zooms.nth(0).inner_text() == zooms.nth(1).inner_text() != before
    corner = other.locator("canvas").bounding_box()
    seen.page.mouse.move(corner["x"] + 65 * seen.scale(), corner["y"] + 45 * seen.scale())
    other.locator(".card").get_by_text("rank 1").wait_for()  # moved by 5: the same point lies in it
    other.locator("canvas").press("0")
    assert zooms.nth(0).inner_text() == before


@pytest.mark.browser
def test_nothing_but_a_strip_lies_over_the_picture_of_a_narrow_viewer(fresh):
    page = fresh()
    page.set_viewport_size({"width": 960, "height": 900})
    page.goto("/?two&image=92")
    seen = View(page, (1000, 600), image=92, boxes=2000)
    assert 380 < seen.viewer.bounding_box()["width"] < 420
    assert seen.viewer.locator(".bar").bounding_box()["height"] < 40  # one row
    for panel in ("Boxes", "Layers", "Look", "Save"):
        opened = seen.open(panel).bounding_box()
        picture = seen.canvas.bounding_box()
        assert opened["y"] + opened["height"] <= picture["y"]
    seen.press("Escape")
    legend, picture = seen.viewer.locator(".legend").bounding_box(), seen.canvas.bounding_box()
    assert picture["y"] + picture["height"] <= legend["y"]
    for y in (150, 450):  # a box is under either
        seen.move(500, y)
        seen.card.wait_for(state="visible")
        card = seen.card.bounding_box()
        assert card["height"] < picture["height"] / 4
        assert not card["y"] <= picture["y"] + y * seen.scale() <= card["y"] + card["height"]


@pytest.mark.browser
def test_filters_and_look_outlive_a_reload_until_they_are_reset(fresh):
    page = fresh()
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    boxes, looks = (seen.viewer.get_by_role("button", name=name, exact=True) for name in ("Boxes", "Look"))
    seen.press("g")
    seen.open("Boxes").get_by_label("negatives").uncheck()
    seen.slide("IoU from", 0.5)
    seen.wait(boxes=2)
    seen.slide("Top", 0)
    seen.wait(boxes=1)
    look = seen.open("Look")
    seen.slide("Lines", 2)
    look.get_by_role("button", name="continuous").click()
    page.reload()
    seen = View(page, image=10, boxes=2)  # how many of the best are shown is for the page to say
    truth = seen.viewer.get_by_role("button", name="truth")
    assert truth.get_attribute("aria-pressed") == "false"
    seen.viewer.locator(".ramp").wait_for()
    for opener in (boxes, looks):
        assert "changed" in opener.get_attribute("class")
    look = seen.open("Look")
    assert look.get_by_role("slider", name="Lines").input_value() == "2"
    look.get_by_role("button", name="Reset filters and look").click()
    seen.wait(boxes=5)
    assert truth.get_attribute("aria-pressed") == "true"
    for opener in (boxes, looks):
        assert "changed" not in opener.get_attribute("class")
    page.reload()
    View(page, image=10, boxes=5)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ("{", 5),
        ("null", 5),
        ("[7]", 5),
        ('{"filter": {"low": 0.9, "high": 0.1}, "look": {"scale": "rainbow", "weight": "x"}}', 5),
        ('{"filter": {"low": "0", "kinds": {"1": 0}, "other": 1}, "show": null, "look": {"dim": 7}}', 5),
        ('{"filter": {"low": 0.6, "high": null}, "look": {"weight": 1e9}}', 2),
    ],
)
def test_nonsense_kept_by_the_browser_is_passed_over(seen, kept, left):
    seen.page.evaluate("text => localStorage.setItem('boxscope.viewer.1', text)", kept)
    renew(seen.page, left)
    assert seen.colour(5, 5) == pytest.approx(GREY, abs=2)


@pytest.mark.browser
def test_a_box_that_the_page_asks_for_is_marked_and_brought_near_once(fresh):
    page = fresh()
    page.goto("/")
    fit = View(page, image=10, boxes=5).zoom()
    page.goto("/?box=1")
    seen = View(page, image=10, boxes=5, selected=1)
    assert seen.zoom() > 1.5 * fit
    seen.press("0")
    assert seen.zoom() == fit
    seen.viewer.get_by_role("button", name="≥.7").click()
    seen.wait(boxes=3)
    assert seen.colour(60, 30, dy=1) == (0xF0, 0xE4, 0x42)  # drawn whatever the filter says
    page.get_by_role("slider", name="shift").press("ArrowRight")
    seen.wait(boxes=3, selected="")  # all have moved: the box is no longer there
    assert seen.zoom() == fit


@pytest.mark.browser
def test_a_box_that_is_not_there_is_named(fresh):
    page = fresh()
    page.goto("/?box=5")
    View(page, image=10, boxes=5, selected="").notes("There is no rank 5 among 5 boxes.")


@pytest.mark.browser
def test_an_image_of_which_nothing_comes_is_named_once(fresh):
    page = fresh()
    page.route("**/proposals/11?*", lambda route: route.fulfill(status=422, body="a.png: no such file"))
    page.goto("/")
    seen = View(page, image=10, boxes=5)
    before = seen.canvas.bounding_box()
    seen.press("ArrowRight")
    seen.wait(image=11, boxes=0)
    seen.viewer.get_by_role("alert").get_by_text(re.compile("^image 11 could not be loaded: ")).wait_for()
    assert seen.viewer.locator(".zoom").inner_text() == ""
    assert seen.canvas.bounding_box() == before
    assert len({tuple(pixel) for pixel in seen.pixels().reshape(-1, 3)}) == 1  # no word on the canvas


@pytest.mark.browser
def test_full_resolution_comes_when_the_zoom_needs_it(fresh):
    page = fresh()
    page.goto("/?image=91")
    seen = View(page, size=(3000, 1500), image=91)
    seen.waits_for_colour(2900, 20, 60 * 0.85)  # the screen version
    seen.move(2900, 20)
    for _ in range(5):
        seen.page.mouse.wheel(0, -200)
    seen.waits_for_colour(2900, 20, 160 * 0.85)


@pytest.mark.browser
def test_tiles_come_where_the_zoom_shows_them(fresh):
    page, asked = fresh(), []
    page.on("request", lambda request: asked.append(request.url.partition("/tiles/90/")[2]))
    page.goto("/?image=90")
    seen = View(page, size=(6000, 2000), image=90)
    seen.waits_for_colour(600, 1900, 60 * 0.85)
    assert not any(asked)
    seen.move(768, 768)  # the middle of tile 1, 1
    for _ in range(8):
        page.mouse.wheel(0, -200)
    seen.waits_for_colour(768, 768, 255 * 0.85)
    finest = {url for url in asked if url.startswith("0/")}
    assert "0/1/1" in finest
    assert len(finest) < 25  # of 48: only what is in sight


@pytest.mark.browser
def test_neighbours_are_there_before_they_are_asked_for(fresh):
    page, asked = fresh(), []
    with page.expect_response("**/pictures/52"):  # the second after this one
        page.goto("/?image=50")
    seen = View(page, image=50)
    page.on("request", lambda request: asked.append(request.url))
    seen.press("ArrowRight")
    seen.wait(image=51)
    assert not [url for url in asked if re.search("/(proposals|pictures)/51", url)]


@pytest.mark.browser
def test_continuous_scale_and_weight_and_dim(seen):
    panel = seen.open("Look")
    with seen.painting():
        panel.get_by_role("button", name="continuous").click()
    seen.viewer.locator(".ramp").wait_for()
    red, green, blue = seen.colour(70, 20, dy=1)
    assert red > 200 > blue
    assert (red, green, blue) != (0xF0, 0xE4, 0x42)
    seen.slide("Dim picture", 50)
    seen.waits_for_colour(5, 5, 80)
    panel.get_by_role("button", name="4 classes").click()
    with seen.painting():
        seen.slide("Lines", 3)
    assert seen.colour(70, 20, dy=6) == (0xF0, 0xE4, 0x42)  # 2.4 x 3 pixels wide


@pytest.mark.browser
def test_sheet_of_keys_opens_and_closes(seen):
    sheet = seen.viewer.get_by_role("dialog", name="Keys")
    seen.press("?")
    sheet.get_by_text("previous, next image").wait_for()
    seen.press("Escape")
    sheet.wait_for(state="hidden")
    seen.press("?", "?")
    sheet.wait_for(state="hidden")


@pytest.mark.browser
def test_keys_work_while_nothing_has_the_focus(seen):
    seen.page.keyboard.press("b")
    seen.wait(boxes=0)
    seen.page.get_by_role("spinbutton", name="image").press("b")  # typed elsewhere
    seen.wait(boxes=0)
