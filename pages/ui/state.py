"""What is chosen, as one frozen object: from the widgets, and to and from the URL.

This is the only file that knows the widgets' keys. ``st.session_state`` holds their values; everything
else follows from them.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter
from core.pipeline import Setup
from core.proposers import PROPOSERS, AdaptiveThreshold
from core.sampling import PRESETS, Sampling

# Boxes stop being readable beyond some 200.
TOP = 100

QUEUES = ("file", "worst")

_PLAIN = {"dataset": "sample", "split": "", "image": "", "find": "", "queue": QUEUES[0], "out": "proposals"}
_SWITCHES = ("stages", "export_top")
_ALWAYS = ("dataset", "split", "image", "proposer")
_WRITTEN = "url_written"


@dataclass(frozen=True)
class Choice:
    """Everything a view depends on.

    Attributes
    ----------
    dataset : str
        Folder, as opened.
    split : str
        Name of its annotation file, empty for the first.
    image : str
        Image id, empty for the first.
    find : str
        What the names in the list of images must contain.
    queue : str
        In which order the images come: one of ``QUEUES``.
    out : str
        Folder for exports.
    stages : bool
        Whether the proposer's steps are shown.
    export_top : bool
        Whether an export takes only the proposals that Explore shows.
    setup : Setup
    sampling : Sampling
    """

    dataset: str = _PLAIN["dataset"]
    split: str = _PLAIN["split"]
    image: str = _PLAIN["image"]
    find: str = _PLAIN["find"]
    queue: str = _PLAIN["queue"]
    out: str = _PLAIN["out"]
    stages: bool = False
    export_top: bool = False
    setup: Setup = dataclasses.field(default_factory=lambda: Setup(top=TOP))
    sampling: Sampling = dataclasses.field(default_factory=Sampling)

    @property
    def export_setup(self) -> Setup:
        """The setup that an export runs with: every proposal, unless only the top ones are wanted."""
        return self.setup if self.export_top else dataclasses.replace(self.setup, top=0)

    def spell(self) -> dict[str, str]:
        """Spell the choice for the URL: what names the view, and what is not as it is by default."""
        plain = Choice(setup=Setup(type(self.setup.proposer)(), top=TOP))._texts()
        return {
            name: text
            for name, text in self._texts().items()
            if text and (name in _ALWAYS or text != plain[name])
        }

    def _texts(self) -> dict[str, str]:
        plain = {name: getattr(self, name) for name in _PLAIN}
        switches = {name: str(getattr(self, name)).lower() for name in _SWITCHES}
        return {**plain, **switches, **self.setup.spell(), **parameters.spell(self.sampling)}

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Choice":
        """Read a choice from a URL; what is not named keeps its default.

        Raises
        ------
        BoxscopeError
            A name that nothing has, or a value that does not fit.
        """
        rest = dict(texts)
        plain = {name: rest.pop(name) for name in _PLAIN if name in rest}
        if (queue := plain.get("queue", QUEUES[0])) not in QUEUES:
            raise BoxscopeError(f"queue: got {queue!r}, expected one of {', '.join(QUEUES)}")
        switches = {name: rest.pop(name) == "true" for name in _SWITCHES if name in rest}
        names = {spec.name for spec in parameters.parameters(Sampling)} & rest.keys()
        sampling = parameters.build(Sampling, {name: rest.pop(name) for name in names}, owner="sampling")
        setup = Setup.parse({"top": str(TOP), **rest})
        return cls(**plain, **switches, setup=setup, sampling=sampling)


def restore() -> str:
    """Take over the URL where it was opened or changed by hand, not by us.

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
    try:
        _put(Choice.parse(given))
    except BoxscopeError as error:
        return f"link: {error}"
    # Written only at the end of a run, and a widget may be moved before the first one has come there.
    st.session_state[_WRITTEN] = choice().spell()
    return ""


def save(chosen: Choice) -> None:
    """Write the choice into the URL, so that a link opens the same view."""
    texts = chosen.spell()
    if st.query_params.to_dict() != texts:
        st.query_params.from_dict(texts)
    st.session_state[_WRITTEN] = texts


def choice() -> Choice:
    """Read the choice off the widgets."""
    state, plain = st.session_state, Choice()
    texts = {name: state.get(name, default) or "" for name, default in _PLAIN.items()}
    switches = {name: state.get(name, False) for name in _SWITCHES}
    proposer = PROPOSERS[state.get("proposer", AdaptiveThreshold.name)]
    setup = dataclasses.replace(
        _settings(plain.setup, "setup"),
        proposer=_settings(proposer(), proposer.name),
        rule=_settings(plain.setup.rule, "rule"),
    )
    return Choice(**texts, **switches, setup=setup, sampling=_settings(plain.sampling, "sampling"))


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


def take(owner: str, specs: Sequence[Parameter]) -> None:
    """Take over the values that the element of an owner has told of: all of them or none.

    Raises
    ------
    BoxscopeError
        A text that does not fit its parameter.
    """
    texts = said(owner).get("texts", {})
    parsed = {key(owner, spec): spec.parse(texts[spec.name]) for spec in specs if spec.name in texts}
    st.session_state.update(parsed)


def go_to_image(image_id: int) -> None:
    """Choose an image."""
    st.session_state["image"] = str(image_id)


def told(element: str) -> int | None:
    """Give the image that an element which moves by itself has moved to, None where it has not."""
    moved = (st.session_state.get(element) or {}).get("image")
    return int(moved["id"]) if moved else None


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
    names = [choice().dataset, _PLAIN["dataset"], *st.session_state.get("opened", [])]
    return list(dict.fromkeys(names))


def _settings(plain: Any, owner: str) -> Any:
    specs = parameters.parameters(type(plain))
    return dataclasses.replace(plain, **{s.name: value(owner, s, getattr(plain, s.name)) for s in specs})


def value(owner: str, spec: Parameter, default: Any) -> Any:
    """Give the value of a parameter; `default` where none has been chosen."""
    return st.session_state.get(key(owner, spec), default)


def _put(chosen: Choice) -> None:
    for name in (*_PLAIN, *_SWITCHES):
        st.session_state[name] = getattr(chosen, name)
    st.session_state["proposer"] = chosen.setup.proposer.name
    for owner, settings in _owners(chosen):
        _put_settings(owner, settings)


def _put_settings(owner: str, settings: Any) -> None:
    for spec in parameters.parameters(type(settings)):
        st.session_state[key(owner, spec)] = getattr(settings, spec.name)


def _owners(chosen: Choice) -> Iterator[tuple[str, Any]]:
    setup = chosen.setup
    yield from [("setup", setup), ("rule", setup.rule), ("sampling", chosen.sampling)]
    yield setup.proposer.name, setup.proposer


__all__ = [
    "QUEUES",
    "Choice",
    "ask_open",
    "choice",
    "go_to_image",
    "keep_order",
    "kept_order",
    "key",
    "leave_image",
    "opened",
    "restore",
    "said",
    "save",
    "seed",
    "seed_preset",
    "seed_split",
    "show_top",
    "sliders",
    "take",
    "take_preset",
    "told",
    "value",
]
