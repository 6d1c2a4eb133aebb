"""What a run refuses: a folder that holds another export, and images of which not one can be used."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.folder import ExportFolder
from core.export.progress import Progress

# Settings that are hashes: which they are tells nobody anything.
_WORDS = {"annotations_sha256": "other annotations", "pictures_sha256": "other pictures"}


def refusal(config: ExportConfig, folder: ExportFolder) -> str:
    """Say why a run would refuse the folder as it is, empty where it would not."""
    try:
        found = folder.read_settings()
        if found is not None:
            refuse_other(folder, found, config)
    except BoxscopeError as error:
        return str(error)
    return ""


def refuse_other(folder: ExportFolder, found: dict[str, Any], config: ExportConfig) -> None:
    """Refuse to mix the export that a folder holds with another.

    Parameters
    ----------
    folder : ExportFolder
    found : dict
        Settings of what it holds.
    config : ExportConfig
        What is wanted.

    Raises
    ------
    BoxscopeError
        They differ.
    """
    differences = _differences(found, config.settings)
    if differences:
        raise BoxscopeError(
            f"holds an export with other settings ({'; '.join(differences)}): choose another folder, or "
            "overwrite it",
            folder.path,
        )


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    there, other = flat(found), flat(wanted)
    return [
        _WORDS.get(name) or f"{name} {there.get(name, 'none')} there, {other.get(name, 'none')} wanted"
        for name in {**there, **other}
        if there.get(name) != other.get(name)
    ]


def flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Spell settings within settings as one list of names and texts."""
    values: dict[str, str] = {}
    for name, value in settings.items():
        values |= flat(value) if isinstance(value, dict) else {name: str(value)}
    return values


def refuse_nothing(config: ExportConfig, folder: ExportFolder, progress: Progress) -> None:
    """Refuse to finish an export that could use no picture, such as one that looked for them elsewhere.

    What the run left is removed but for its last word: shards that are done would be in the way of the next.

    Raises
    ------
    BoxscopeError
        Every image was skipped.
    """
    if progress.images or not progress.skipped:
        return
    first = min(progress.skipped, key=lambda image: image["file"])
    words = (
        f"images folder {config.dataset.images_dir}: none of {progress.total} images can be used, as "
        f"{first['file']}: {first['reason']}"
    )
    folder.clear()
    folder.write_progress(replace(progress, state="failed", error=words).as_dict())
    raise BoxscopeError(words)
