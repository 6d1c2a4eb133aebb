"""From the widgets to what is chosen and back, and to the URL.

This is the only file that knows the widgets' keys. ``st.session_state`` holds their values; everything
else follows from them.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter
from core.proposers import PROPOSERS, AdaptiveThreshold
from core.sampling import PRESETS
from pages.ui.state.choice import PLAIN, SWITCHES, VIEWS, Choice
from pages.ui.state.choice import QUEUES as QUEUES
from pages.ui.state.choice import TOP as TOP

_WRITTEN = "url_written"


def restore() -> str:
    """Take over the URL where it was opened or changed by hand, not by us; of a wrong one, what is right.

    Returns
    -------
    str
        What is wrong with the URL, empty where nothing is.
    """
    _open_asked()
    given, written = st.query_params.to_dict(), st.session_state.get(_WRITTEN)
    # A widget moved while an older URL was still under way: the widget is newer.
    if not given or given == written or (written is not None and choice().spell() != written):
        return ""
    chosen, wrong = _read(given)
    _put(chosen)
    st.session_state["box_of"] = ""
    # Written only at the end of a run, and a widget may be moved before the first one has come there.
    st.session_state[_WRITTEN] = choice().spell()
    return f"link: {'; '.join(wrong)}" if wrong else ""


def _read(given: dict[str, str]) -> tuple[Choice, list[str]]:
    """Read a URL; of a wrong one, name by name, what fits, and what is wrong with the rest."""
    with suppress(BoxscopeError):
        return Choice.parse(given), []  # its values may fit each other, and not one of them those by default
    kept: dict[str, str] = {}
    wrong = []
    for name in sorted(given, key=lambda name: name != "proposer"):  # whose parameters others are
        try:
            Choice.parse({**kept, name: given[name]})
        except BoxscopeError as error:
            wrong.append(str(error))
        else:
            kept[name] = given[name]
    return Choice.parse(kept), wrong


def save(chosen: Choice) -> None:
    """Write the choice into the URL, so that a link opens the same view."""
    texts = chosen.spell()
    if st.query_params.to_dict() != texts:
        st.query_params.from_dict(texts)
    st.session_state[_WRITTEN] = texts


def choice() -> Choice:
    """Read the choice off the widgets."""
    state, plain = st.session_state, Choice()
    values: dict[str, Any] = {name: state.get(name, default) or "" for name, default in PLAIN.items()}
    values |= {name: state.get(name, False) for name in SWITCHES}
    values["shard_images"] = state.get("shard_images", plain.shard_images)
    proposer = PROPOSERS[state.get("proposer", AdaptiveThreshold.name)]
    setup = dataclasses.replace(
        _settings(plain.setup, "setup"),
        proposer=_settings(proposer(), proposer.name),
        rule=_settings(plain.setup.rule, "rule"),
    )
    values |= {"sampling": _settings(plain.sampling, "sampling"), "wish": _settings(plain.wish, "crops")}
    return Choice(**values, setup=setup)


def key(owner: str, spec: Parameter) -> str:
    """Name the widget of a parameter, or its place beside those of a shared element."""
    return f"{owner}.{spec.name}"


def seed(name: str, value: Any) -> str:
    """Give a widget its first value, if it has none yet; returns its key."""
    st.session_state.setdefault(name, value)
    return name


def seed_split(names: list[str]) -> str:
    """Give the widget of the split a value among the splits there are; returns its key."""
    if st.session_state.get("split") not in names:
        st.session_state["split"] = names[0]
    return "split"


def leave_image() -> None:
    """Forget the image: another data set has other ones."""
    st.session_state.update({"image": "", "find": ""})


def sliders(owner: str) -> str:
    """Name the element that draws the numbers of a settings object."""
    return f"{owner}.sliders"


def said(owner: str) -> dict[str, Any]:
    """Give what that element said last: ``texts`` by parameter name and a ``serial``, or nothing yet."""
    return (st.session_state.get(sliders(owner)) or {}).get("said") or {}


def take(plain: Any, owner: str, specs: Sequence[Parameter]) -> None:
    """Take over the values that the element of an owner has told of: all of them or none.

    Raises
    ------
    BoxscopeError
        A text that does not fit its parameter, or values that do not fit each other.
    """
    texts = said(owner).get("texts", {})
    parsed = {spec: spec.parse(texts[spec.name]) for spec in specs if spec.name in texts}
    parameters.replace(_settings(plain, owner), {spec.name: value for spec, value in parsed.items()})
    st.session_state.update({key(owner, spec): value for spec, value in parsed.items()})


def go_to_image(image_id: int) -> None:
    """Choose an image."""
    st.session_state["image"] = str(image_id)


def box(of: str) -> int | None:
    """Give the rank that a link leads to, as long as it is one among the same boxes: those of `of`."""
    state = st.session_state
    if state.get("box_of") not in (None, "", of):
        leave_box()
    if state.get("box_of") is None or not state.get("box"):
        return None
    state["box_of"] = of
    return int(state["box"])


def leave_box() -> None:
    """Forget the box that a link led to."""
    st.session_state.update({"box": "", "box_of": None})


def keep_box(rank: int | None) -> None:
    """Let a link lead to the box that is clicked here, None for no box."""
    st.session_state.update({"box": "" if rank is None else str(rank), "box_of": None})


def told(element: str) -> int | None:
    """Give the image that an element which moves by itself has moved to, None where it has not."""
    moved = (st.session_state.get(element) or {}).get("image")
    return int(moved["id"]) if moved else None


def show_stages() -> None:
    """Choose to see the proposer's steps."""
    st.session_state["stages"] = True


def show_top(count: int) -> None:
    """Choose how many proposals are shown, 0 for all."""
    st.session_state["setup.top"] = count


def seed_preset(chosen: Choice) -> str:
    """Give the widget of the preset the one that the settings are, or none; returns its key."""
    now = (chosen.setup.rule, chosen.sampling)
    names = (name for name, preset in PRESETS.items() if (preset.rule, preset.sampling) == now)
    st.session_state["preset"] = next(names, None)
    return "preset"


def take_preset() -> None:
    """Choose labels and crops as the preset does."""
    preset = PRESETS.get(st.session_state["preset"])
    if preset is not None:
        _put_settings("rule", preset.rule)
        _put_settings("sampling", preset.sampling)


def keep_order(of: str, measured: int) -> None:
    """Be content with an order by what has been measured so far."""
    st.session_state["order_kept"] = (of, measured)


def kept_order(of: str) -> int | None:
    """Give what :func:`keep_order` was told last of the same view."""
    kept = st.session_state.get("order_kept")
    return kept[1] if kept and kept[0] == of else None


def browse(folder: str) -> None:
    """Look through an export."""
    st.session_state.update({"view": "browse", "browse": folder})


def seed_browse(folder: str | None) -> str:
    """Give the widget of the export that is looked through its value; returns its key."""
    if not st.session_state.get("browse"):
        st.session_state["browse"] = folder
    return "browse"


def gallery() -> str:
    """Name the element that shows the crops of an export."""
    return "gallery"


def use_folder(out: str) -> None:
    """Choose where exports go."""
    st.session_state.update({"view": VIEWS[0], "out": out})


def show_design() -> None:
    """Choose the first view of the page Export."""
    st.session_state["view"] = VIEWS[0]


def jobs_page(pages: int) -> str:
    """Give the widget that turns the pages of jobs a page that there is; returns its key."""
    st.session_state["jobs_page"] = chosen_jobs_page(pages)
    return "jobs_page"


def chosen_jobs_page(pages: int) -> int:
    """Give the page of jobs that is shown, from 1 on."""
    return min(st.session_state.get("jobs_page", 1), max(pages, 1))


def of_job(action: str, word: str) -> str:
    """Name the widget of an action on a job."""
    return f"job.{action}.{word}"


def part(name: str) -> str:
    """Name a part of a page that page.css arranges."""
    return f"part.{name}"


def ask_open(folder: str) -> None:
    """Choose a data set from the next run on: a widget's value cannot change once it is drawn."""
    st.session_state["opening"] = folder


def _open_asked() -> None:
    folder = st.session_state.pop("opening", None)
    if folder is not None:
        earlier = st.session_state.get("opened", [])
        st.session_state["opened"] = list(dict.fromkeys([*earlier, folder]))
        st.session_state["dataset"] = folder
        leave_image()


def opened() -> list[str]:
    """List the data sets to choose from: those opened in this session, the chosen one first of all."""
    names = [choice().dataset, PLAIN["dataset"], *st.session_state.get("opened", [])]
    return list(dict.fromkeys(names))


def _settings(plain: Any, owner: str) -> Any:
    first = parameters.values(plain)
    specs = parameters.parameters(plain)
    return parameters.replace(plain, {spec.name: value(owner, spec, first[spec.name]) for spec in specs})


def value(owner: str, spec: Parameter, default: Any) -> Any:
    """Give the value of a parameter; `default` where none has been chosen."""
    return st.session_state.get(key(owner, spec), default)


def _put(chosen: Choice) -> None:
    for name in (*PLAIN, *SWITCHES):
        st.session_state[name] = getattr(chosen, name)
    st.session_state["shard_images"] = chosen.shard_images
    st.session_state["proposer"] = chosen.setup.proposer.name
    for owner, settings in _owners(chosen):
        _put_settings(owner, settings)


def _put_settings(owner: str, settings: Any) -> None:
    values = parameters.values(settings)
    for spec in parameters.parameters(settings):
        st.session_state[key(owner, spec)] = values[spec.name]


def _owners(chosen: Choice) -> Iterator[tuple[str, Any]]:
    setup = chosen.setup
    yield from [("setup", setup), ("rule", setup.rule), ("sampling", chosen.sampling)]
    yield "crops", chosen.wish
    yield setup.proposer.name, setup.proposer
