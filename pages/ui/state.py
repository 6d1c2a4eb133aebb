"""What is chosen, as one frozen object: from the widgets, and to and from the URL.

This is the only file that knows the widgets' keys. ``st.session_state`` holds their values; everything
else follows from them.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter
from core.pipeline import Setup
from core.proposers import PROPOSERS, AdaptiveThreshold
from core.sampling import Sampling

# Boxes stop being readable beyond some 200.
TOP = 100

_PLAIN = {"dataset": "sample", "split": "", "image": "", "find": "", "out": "proposals"}
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


def key(owner: str, spec: Parameter, item: int | None = None) -> str:
    """Name the widget of a parameter, or of one item of its list."""
    return f"{owner}.{spec.name}" if item is None else f"{owner}.{spec.name}.{item}"


def seed(name: str, value: Any) -> str:
    """Give a widget its first value, if it has none yet; returns its key."""
    st.session_state.setdefault(name, value)
    return name


def seed_split(names: list[str]) -> str:
    """Give the widget of the split a value among the splits there are; returns its key."""
    if st.session_state.get("split") not in names:
        st.session_state["split"] = names[0]
    return "split"


def seed_image(image_id: int) -> str:
    """Give the widget of the image the one that is shown; returns its key."""
    st.session_state["image"] = str(image_id)
    return "image"


def leave_image() -> None:
    """Forget the image: another data set has other ones."""
    st.session_state.update({"image": "", "find": ""})


def length(owner: str, spec: Parameter) -> int:
    """Count the items of a list parameter."""
    return int(st.session_state.get(f"{key(owner, spec)}.count", len(spec.default)))


def add_item(owner: str, spec: Parameter, value: Any) -> None:
    """Add an item to a list parameter."""
    count = length(owner, spec)
    st.session_state[key(owner, spec, count)] = value
    st.session_state[f"{key(owner, spec)}.count"] = count + 1


def remove_item(owner: str, spec: Parameter, item: int) -> None:
    """Take an item out of a list parameter; those behind it move up."""
    values = list(_value(owner, spec, spec.default))
    del values[item]
    _put_value(owner, spec, values)


def go_to_image(image_id: int) -> None:
    """Choose an image."""
    st.session_state["image"] = str(image_id)


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
    return dataclasses.replace(plain, **{s.name: _value(owner, s, getattr(plain, s.name)) for s in specs})


def _value(owner: str, spec: Parameter, default: Any) -> Any:
    if spec.length is None:
        return st.session_state.get(key(owner, spec), default)
    return tuple(
        st.session_state.get(key(owner, spec, item), _item(spec, item)) for item in range(length(owner, spec))
    )


def _item(spec: Parameter, item: int) -> Any:
    return spec.default[min(item, len(spec.default) - 1)]


def _put(chosen: Choice) -> None:
    for name in (*_PLAIN, *_SWITCHES):
        st.session_state[name] = getattr(chosen, name)
    st.session_state["proposer"] = chosen.setup.proposer.name
    for owner, settings in _owners(chosen):
        for spec in parameters.parameters(type(settings)):
            _put_value(owner, spec, getattr(settings, spec.name))


def _owners(chosen: Choice) -> Iterator[tuple[str, Any]]:
    setup = chosen.setup
    yield from [("setup", setup), ("rule", setup.rule), ("sampling", chosen.sampling)]
    yield setup.proposer.name, setup.proposer


def _put_value(owner: str, spec: Parameter, value: Any) -> None:
    if spec.length is None:
        st.session_state[key(owner, spec)] = value
        return
    st.session_state[f"{key(owner, spec)}.count"] = len(value)
    for item, part in enumerate(value):
        st.session_state[key(owner, spec, item)] = part


__all__ = [
    "Choice",
    "add_item",
    "ask_open",
    "choice",
    "go_to_image",
    "key",
    "leave_image",
    "length",
    "opened",
    "remove_item",
    "restore",
    "save",
    "seed",
    "seed_image",
    "seed_split",
]
