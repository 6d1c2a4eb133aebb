"""The presets that there are for the chosen data set, and those that links name."""

from collections.abc import Mapping
from pathlib import Path

from core import parameters, presets
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.presets import Preset, Source, Unreadable
from pages.ui.state import opening
from pages.ui.state.choice import Choice
from pages.ui.state.roots import allowed, expect_allowed, expect_files_allowed, resolve


def available(chosen: Choice) -> tuple[list[Preset], list[Unreadable]]:
    """Return the presets for the chosen data set, and files that are none; see :func:`listed`."""
    return presets.listed(_folders(chosen), _read)


def by_name(chosen: Choice) -> dict[str, Setup]:
    """Return the setups of the presets by name; of a name in several places the one that is looked up."""
    named: dict[str, Setup] = {}
    for preset in available(chosen)[0]:
        named.setdefault(preset.name, preset.setup)
    return named


def _folders(chosen: Choice) -> list[Path]:
    try:
        files = opening.splits(chosen)
    except BoxscopeError:
        return []  # the page says what is wrong
    annotations = files[chosen.split] if chosen.split in files else next(iter(files.values()))
    path = resolve(chosen.dataset)
    folders = [*([path / presets.FOLDER] if path.is_dir() else []), *presets.dataset_folders(annotations)]
    return [folder for folder in dict.fromkeys(folders) if allowed(folder)]


def _read(path: Path) -> Setup:
    """Return the setup of a preset, which reads no file outside the allowed folders."""
    if path.parent != presets.user_folder():
        expect_allowed(path)
    return permitted(presets.read_file(path))


def permitted(setup: Setup) -> Setup:
    """Return a setup of a preset.

    Raises
    ------
    BoxscopeError
        It reads a file outside the folders that the app may use.
    """
    expect_files_allowed(setup.proposer)
    return setup


def save_folders(chosen: Choice) -> dict[Source, Path]:
    """Return where a preset can be saved: the data set's folder, where it is known, and the user's."""
    of_user = {Source.USER: presets.user_folder()}
    folders = _folders(chosen)
    return {Source.DATASET: folders[0], **of_user} if folders else of_user


def expanded(texts: Mapping[str, str]) -> dict[str, str]:
    """Return a link's settings with those of the preset that it names in place of ``preset``.

    Settings that the link names go before those of the preset; of another proposer, that one's parameters
    are the defaults.

    Raises
    ------
    BoxscopeError
        There is no preset of this name for the data set of the link.
    """
    rest = {name: text for name, text in texts.items() if name != "preset"}
    chosen = Choice(dataset=rest.get("dataset") or Choice().dataset, split=rest.get("split", ""))
    spelled = presets.find_named(texts["preset"], _folders(chosen), _read).changes()
    if rest.get("proposer", spelled["proposer"]) != spelled["proposer"]:
        shared = {spec.name for spec in parameters.shared(Setup)}
        spelled = {name: text for name, text in spelled.items() if name in shared}
    return {**spelled, **rest}
