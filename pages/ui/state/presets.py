"""The choice of a preset: which one the present setup is, what applies one, and saves the setup as one."""

from dataclasses import replace
from typing import NamedTuple

from core import presets
from core.errors import BoxscopeError
from core.parameters import plain
from core.pipeline import Setup
from core.presets import Preset, Source, Unreadable
from pages.ui.state import preset_files, session

WRITER = "the app of Boxscope"
"""What presets that are saved here say in their first line."""

_KEY = session.page_key("setup", "preset")
_NAME = session.page_key("preset", "name")
_WHERE = session.page_key("preset", "where")
_UPLOAD = session.page_key("preset", "upload")
_OUTCOME = session.page_key("preset", "outcome")


class Outcome(NamedTuple):
    """What saving or opening a preset has led to.

    Attributes
    ----------
    text : str
    is_wrong : bool
    taken : str
        The name, where one of that name is there already.
    """

    text: str
    is_wrong: bool = False
    taken: str = ""


def offered() -> tuple[list[Preset], list[Unreadable]]:
    """Return the presets, the defaults of the present proposer first, and files that are none."""
    chosen = session.choice()
    found, unreadable = preset_files.available(chosen)
    proposer = chosen.setup.proposer
    defaults = Preset("defaults", Setup(plain(proposer)), Source.BUILT_IN, None, f"of {proposer.name}")
    return [defaults, *found], unreadable


def key_of(preset: Preset) -> str:
    """Return what a widget names a preset by."""
    return f"{preset.source}/{preset.name}"


def seed(presets: list[Preset], setup: Setup) -> str:
    """Set the widget of the presets to the one that the setup is, or to none, and return its key.

    Of several that are the same the one that was chosen, else one that is more than the defaults.
    """
    same = [key_of(preset) for preset in presets if holds(preset, setup)]
    if session.remembered(_KEY) not in same:
        session.remember(_KEY, next(iter([*same[1:], *same]), None))
    return _KEY


def holds(preset: Preset, setup: Setup) -> bool:
    """Return whether a setup is a preset, in which the number of boxes shown counts only where it has one."""
    top = preset.setup.top
    same = [replace(each, top=top if top else 0).with_order_named() for each in (preset.setup, setup)]
    return same[0] == same[1] and top in (0, setup.top)


def apply_chosen() -> None:
    """Set the setup to the preset that is chosen in the widget."""
    for preset in offered()[0]:
        if key_of(preset) == session.remembered(_KEY):
            apply(preset.setup)


def apply(setup: Setup) -> None:
    """Set the setup of the pages to that of a preset; one without a number keeps the boxes shown."""
    session.remember(_OUTCOME, None)
    session.choose_setup(replace(setup, top=setup.top or session.choice().setup.top))


def seed_name() -> str:
    """Return the key of the widget of a new preset's name."""
    return _NAME


def seed_where(folders: dict[Source, object]) -> str:
    """Set the widget of the place of a new preset to the first one, if it has none, and return its key."""
    if session.remembered(_WHERE) not in folders:
        session.remember(_WHERE, next(iter(folders)))
    return _WHERE


def upload_key() -> str:
    """Return the key of the widget that takes a preset's file."""
    return _UPLOAD


def outcome() -> Outcome | None:
    """Return what saving or opening a preset has led to; None before, and after another is chosen."""
    return session.remembered(_OUTCOME)


def to_save(setup: Setup) -> Setup:
    """Return a setup as it is saved: the number of boxes shown is chosen beside the picture."""
    return replace(setup, top=0)


def save(overwrite: bool = False) -> None:
    """Save the present setup under the name that is typed."""
    chosen, name = session.choice(), str(session.remembered(_NAME) or "")
    try:
        folder = preset_files.save_folders(chosen)[session.remembered(_WHERE)]
        name = presets.expect_name(name)
        if not overwrite and (folder / f"{name}.toml").exists():
            text = f"There is a preset {name} already."
            session.remember(_OUTCOME, Outcome(text, is_wrong=True, taken=name))
            return
        setup = to_save(chosen.setup)
        path = presets.save(folder, name, setup, overwrite=overwrite, written_by=WRITER)
    except BoxscopeError as error:
        session.remember(_OUTCOME, Outcome(str(error), is_wrong=True))
        return
    session.remember(_KEY, f"{session.remembered(_WHERE)}/{name}")
    session.remember(_OUTCOME, Outcome(f"Saved as {path}"))


def open_uploaded() -> None:
    """Set the setup to the preset whose file was given."""
    file = session.remembered(_UPLOAD)
    if file is None:
        return
    try:
        setup = preset_files.permitted(presets.from_text(file.getvalue(), file.name))
    except BoxscopeError as error:
        session.remember(_OUTCOME, Outcome(str(error), is_wrong=True))
        return
    apply(setup)
    session.remember(_OUTCOME, Outcome(f"{file.name} is applied; save it to keep it."))
