"""The sliders in a real browser: what the viewer hears in a drag, what Python hears on release."""

import dataclasses
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.parameters import parameters
from core.proposers import PROPOSERS, AdaptiveThreshold, Grid
from pages.ui.components.sliders import field
from tests.browser import chromium, clean_page, streamlit_server
from tests.small import ROOT

SCRIPT = Path(__file__).with_name("sliders_app.py")

# Stands for the viewer: keeps what it is asked, answers when the test says so.
LISTENER = """() => {
  window.asked = [];
  window.addEventListener("boxscope:live", ({ detail }) => window.asked.push(detail.setup));
}"""
# On a busy machine presses come slower than the 150 ms that end a run of them: here it is 3 s, until `hurry`.
UNHURRIED = """() => {
  const plain = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => plain(act, ms === 150 ? 3000 : ms, ...rest);
  window.hurry = () => { window.setTimeout = plain; };
}"""
ANSWER = """(detail) => window.dispatchEvent(new CustomEvent("boxscope:answered", { detail }))"""


@pytest.fixture(scope="module")
def url():
    with streamlit_server(SCRIPT, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as base:
        yield base


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        expect.set_options(timeout=60_000)
        yield started


@pytest.fixture
def page(browser, url):
    with clean_page(browser, viewport={"width": 1200, "height": 900}) as opened:
        opened.set_default_timeout(60_000)
        opened.goto(url)
        opened.evaluate(LISTENER)
        slider(opened, "Threshold offset 1").wait_for()
        yield opened


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def exact(page, name):
    return page.get_by_role("spinbutton", name=f"{name}, exact value")


def known(page, words):
    """Wait until Python has these values, which stand one after the other among those of the proposer."""
    expect(page.get_by_text(re.compile(rf"known: \{{(?:.*, )?{re.escape(words)}"))).to_be_visible()


def choose(page, proposer):
    page.get_by_text(proposer, exact=True).click()


def drag(page, handle, *shares):
    """Press on a slider and move to these shares of its width; the button stays down."""
    box = handle.bounding_box()
    at = [box["x"] + share * box["width"] for share in shares]
    page.mouse.move(at[0], box["y"] + box["height"] / 2)
    page.mouse.down()
    for x in at[1:]:
        page.mouse.move(x, box["y"] + box["height"] / 2)


def runs(page):
    return int(page.get_by_text("runs: ").inner_text().removeprefix("runs: "))


def offsets(page):
    return page.evaluate("() => window.asked.map((setup) => setup.offsets)")


@pytest.mark.browser
def test_a_drag_speaks_to_the_viewer_at_once_and_to_python_on_release(page):
    drag(page, slider(page, "Threshold offset 1"), 0.2, 0.3, 0.5)
    heard = page.evaluate("() => window.asked")
    assert len(heard) >= 2
    last = heard[-1]
    assert last["min_area"] == "250"
    assert last["kernel"] == "5,5"
    value = int(slider(page, "Threshold offset 1").input_value())
    assert 45 <= value <= 55  # the slider goes from 0 to 100, though 255 may be typed
    assert last["offsets"] == f"{value},80,120"
    assert exact(page, "Threshold offset 1").input_value() == str(value)
    assert page.get_by_text("serial: None").is_visible()
    page.mouse.up()
    known(page, f"'offsets': ({value}, 80, 120), 'min_area': 250")
    assert page.evaluate("() => window.asked.length") == len(heard)  # the release asks nothing twice


@pytest.mark.browser
def test_a_slow_answer_is_waited_for_until_release_and_a_quick_one_followed_again(page):
    page.evaluate(ANSWER, {"seconds": 0.02, "wall": 0.3})
    drag(page, slider(page, "Threshold offset 2"), 0.3, 0.4, 0.6)
    expect(page.get_by_text("boxes follow on release").first).to_be_visible()
    assert offsets(page) == []
    page.mouse.up()
    page.wait_for_function("() => window.asked.length === 1")
    known(page, f"'offsets': ({offsets(page)[0].replace(',', ', ')})")
    expect(page.get_by_text("boxes follow on release").first).not_to_be_visible()

    # What comes out of a cache is no sign of a quick proposer.
    page.evaluate(ANSWER, {"seconds": 1.6, "wall": 0.004})
    expect(page.locator(".sliders.slow")).to_be_visible()
    page.evaluate(ANSWER, {"seconds": 0.01, "wall": 0.05})
    drag(page, slider(page, "Threshold offset 2"), 0.6, 0.5)
    assert len(offsets(page)) == 2
    page.mouse.up()


@pytest.mark.browser
def test_keys_step_to_the_ends_and_a_run_of_keys_is_told_once(page):
    page.evaluate(UNHURRIED)
    before = runs(page)
    slider(page, "Threshold offset 1").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    known(page, "'offsets': (28, 80, 120)")
    assert offsets(page)[-1] == "28,80,120"
    assert runs(page) == before + 1
    page.evaluate("() => window.hurry()")
    page.keyboard.press("Home")
    known(page, "'offsets': (0, 80, 120)")
    page.keyboard.press("End")
    known(page, "'offsets': (100, 80, 120)")
    page.keyboard.press("ArrowRight")  # beyond the slider, within the bounds
    page.keyboard.press("PageUp")
    known(page, "'offsets': (111, 80, 120)")
    slider(page, "Minimum area").focus()
    page.keyboard.press("ArrowRight")
    known(page, "'offsets': (111, 80, 120), 'min_area': 251")


@pytest.mark.browser
def test_a_value_beyond_the_slider_is_typed_and_moves_from_there_by_one(page):
    entry, handle = exact(page, "Threshold offset 1"), slider(page, "Threshold offset 1")
    entry.fill("200")
    entry.press("Enter")
    known(page, "'offsets': (200, 80, 120)")
    assert (handle.input_value(), handle.get_attribute("aria-valuetext")) == ("100", "200 grey levels")
    handle.press("ArrowLeft")
    known(page, "'offsets': (199, 80, 120)")


@pytest.mark.browser
def test_a_logarithmic_slider_spreads_small_values_and_holds_values_of_two_digits(page):
    handle, entry = slider(page, "Minimum area"), exact(page, "Minimum area")
    drag(page, handle, 0.5, 0.55)
    page.mouse.up()
    halfway = int(entry.input_value())
    assert 60 <= halfway <= 200  # half of 0 to 5,000 is 2,500, and the root of it some 70
    assert halfway < 100 or halfway % 10 == 0
    for key, value in (("End", 5000), ("ArrowRight", 5000), ("Home", 0), ("ArrowLeft", 0)):
        handle.press(key)
        expect(entry).to_have_value(str(value))


@pytest.mark.browser
def test_the_exact_value_is_typed_and_a_wrong_one_named_in_a_line(page):
    entry = exact(page, "Minimum area")
    entry.fill("123")
    entry.press("Enter")
    known(page, "'offsets': (40, 80, 120), 'min_area': 123")
    for typed, words in [
        ("6000", "Minimum area: got 6000, expected 0 to 5000 px²"),
        ("1.5", "Minimum area: got 1.5, expected a whole number"),
        ("", "Minimum area: expected a number"),
    ]:
        entry.fill(typed)
        entry.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=re.compile("."))).to_have_text(words)
        expect(entry).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("() => window.asked.at(-1).min_area") == "123"

    # A run that another control asks for leaves the mistake to be put right.
    page.get_by_role("button", name="elsewhere").click()
    known(page, "'offsets': (5, 6), 'min_area': 123")
    expect(page.get_by_text("Minimum area: expected a number")).to_be_visible()
    entry.press("Escape")
    assert entry.input_value() == "123"
    expect(page.get_by_text("Minimum area: expected a number")).not_to_be_visible()


@pytest.mark.browser
def test_items_are_added_and_removed_within_their_number(page):
    add = page.get_by_role("button", name="Add threshold offset")
    add.click()
    known(page, "'offsets': (40, 80, 120, 160)")
    assert offsets(page) == ["40,80,120,160"]
    assert add.evaluate("button => button.matches(':focus')")
    page.get_by_title("Remove threshold offset 2").click()
    known(page, "'offsets': (40, 120, 160)")
    assert page.get_by_title("Remove threshold offset 2").evaluate("button => button.matches(':focus')")
    for left in (2, 1):
        page.get_by_role("button", name="Remove").first.click()
        expect(page.get_by_role("button", name="Remove")).to_have_count(left)
    expect(page.get_by_role("button", name="Remove")).to_be_disabled()
    known(page, "'offsets': (160,)")
    for _ in range(7):
        add.click()  # beyond 255 the last one is repeated
    expect(add).not_to_be_visible()
    known(page, "'offsets': (160, 160, 160, 160, 160, 160, 160, 160)")


@pytest.mark.browser
def test_pythons_word_holds_but_not_against_the_hand(page):
    handle = slider(page, "Threshold offset 1")
    page.get_by_role("button", name="elsewhere").click()
    expect(handle).to_have_js_property("value", "5")
    expect(slider(page, "Threshold offset 3")).to_have_count(0)

    # A slow script answers the first release while a second drag is under way.
    page.get_by_text("slow", exact=True).click()
    known(page, "'offsets': (5, 6)")
    drag(page, handle, 0.1, 0.3)
    page.mouse.up()
    first = handle.input_value()
    drag(page, handle, 0.3, 0.8)
    second = handle.input_value()
    known(page, f"'offsets': ({first}, 6)")
    assert handle.input_value() == second
    page.mouse.up()
    known(page, f"'offsets': ({second}, 6)")
    expect(handle).to_have_js_property("value", second)
    expect(exact(page, "Threshold offset 1")).to_have_value(second)

    page.get_by_text("slow", exact=True).click()
    page.get_by_role("button", name="elsewhere").click()
    expect(handle).to_have_js_property("value", "5")

    # Python forgets what an element said that was gone for a while.
    choose(page, "full-image")
    known(page, "}")
    choose(page, "adaptive-threshold")
    expect(handle).to_have_js_property("value", "5")
    page.get_by_role("button", name="elsewhere").click()
    expect(handle).to_have_js_property("value", "7")


@pytest.mark.browser
def test_every_number_has_a_name_a_unit_and_help_and_the_rest_stays_as_it_was(page):
    expect(slider(page, "Closing kernel width")).to_have_attribute("aria-valuetext", "5 px")
    page.get_by_role("button", name="About closing kernel").hover()
    expect(page.get_by_role("tooltip").filter(has_text="Width and height of the kernel")).to_be_visible()

    choose(page, "selective-search")
    known(page, "'mode': 'fast'")
    handle = slider(page, "k increment")  # 1 to 2000 by 10: multiples of 10, and the ends
    handle.focus()
    page.keyboard.press("ArrowRight")
    known(page, "'mode': 'fast', 'gradients': 'direct', 'base_k': 0, 'inc_k': 160, 'sigma': 0.8")
    page.keyboard.press("Home")
    known(page, "'mode': 'fast', 'gradients': 'direct', 'base_k': 0, 'inc_k': 1, 'sigma': 0.8")
    expect(page.get_by_role("switch", name="Keep the whole-image box")).to_have_count(1)

    choose(page, "full-image")
    known(page, "}")
    expect(page.locator(".sliders")).to_have_count(0)
    choose(page, "adaptive-threshold")
    known(page, "'offsets': (40, 80, 120)")


@pytest.mark.browser
def test_numbers_are_spelled_as_python_spells_them(page):
    """Else the address that Python gives after release would be another one, and fetched again."""
    choose(page, "grid")
    handle = slider(page, "Overlap")
    handle.focus()
    seen = set()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        seen.add(page.evaluate("() => window.asked.at(-1).overlap"))
    page.keyboard.press("Home")
    seen.add(page.evaluate("() => window.asked.at(-1).overlap"))
    spec = next(spec for spec in parameters(Grid) if spec.name == "overlap")
    assert seen == {spec.spell(value) for value in (0.0, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)}
    assert page.evaluate("() => window.asked.at(-1).aspects") == Grid().spell()["aspects"]


@pytest.mark.parametrize("proposer", PROPOSERS.values(), ids=PROPOSERS)
def test_the_browser_is_told_what_each_parameter_says_of_itself(proposer):
    plain = proposer()
    for spec in parameters(proposer):
        if spec.type in (int, float):
            told = field(spec, getattr(plain, spec.name))
            assert {told["name"], told["label"], told["help"], told["unit"]} == {
                spec.name,
                spec.label,
                spec.help,
                spec.unit,
            }
            assert len(told["items"]) >= told["most"] >= len(told["values"]) >= told["fewest"]


def test_a_range_too_wide_for_a_hand_has_no_slider():
    area = next(spec for spec in parameters(AdaptiveThreshold) if spec.name == "min_area")
    assert field(area, 250)["slider"] == (0, 5000)
    linear = dataclasses.replace(area, logarithmic=False)
    assert field(dataclasses.replace(linear, step=10), 250)["slider"] == (0, 5000)
    assert field(dataclasses.replace(linear, slider=(0, 100)), 250)["slider"] == (0, 100)
    assert field(linear, 250)["slider"] is None
    assert field(dataclasses.replace(area, max=None), 250)["slider"] is None
