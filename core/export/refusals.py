"""What a run refuses: a folder that holds another export, and images of which not one can be used."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.folder import ExportFolder
from core.export.progress import Progress

# Settings that are hashes: which they are tells nobody anything.
_TEXTS = {"annotations_sha256": "other annotations", "pictures_sha256": "other pictures"}


class Difference(NamedTuple):
    """A setting in which two exports differ.

    Attributes
    ----------
    name : str
    there, wanted : str or None
        Its value in the export that a folder holds, and in the one that is wanted; None where it has none.
    follows : bool
        Whether it comes with another difference: other annotations have other pictures, another proposer has
        other parameters.
    """

    name: str
    there: str | None
    wanted: str | None
    follows: bool

    def text(self, wanted: str = "wanted") -> str:
        """Return it as ``levels 3 there, 4 wanted``, with another word for what is wanted."""
        there, other = ("none" if value is None else value for value in (self.there, self.wanted))
        return f"{self.name} {there} there, {other} {wanted}"


def refusal(config: ExportConfig, folder: ExportFolder) -> str:
    """Return why a run would refuse the folder as it is, empty where it would not."""
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
    differing = differences(found, config.settings)
    if differing:
        texts = [_TEXTS.get(difference.name) or difference.text() for difference in differing]
        raise BoxscopeError(
            f"holds an export with other settings ({'; '.join(texts)}): choose another folder, or "
            "overwrite it",
            folder.path,
        )


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Difference]:
    """Return the settings in which two exports differ.

    Parameters
    ----------
    found, wanted : mapping
        The settings of the export that a folder holds, and :attr:`ExportConfig.settings` of the wanted one.

    Returns
    -------
    list of Difference
        In the order of the settings; empty where the exports have equal bytes.
    """
    there, other = _flat(found), _flat(wanted)
    names = [name for name in {**there, **other} if there.get(name) != other.get(name)]
    return [
        Difference(name, there.get(name), other.get(name), _follows(name, names, there, other))
        for name in names
    ]


def _follows(name: str, names: list[str], there: dict[str, str], other: dict[str, str]) -> bool:
    if name == "pictures_sha256":
        return "annotations_sha256" in names
    if name == "annotations_sha256":
        return False
    return "proposer" in names and not (name in there and name in other)


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings within settings as one mapping of names to texts."""
    values: dict[str, str] = {}
    for name, value in settings.items():
        values |= _flat(value) if isinstance(value, dict) else {name: str(value)}
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
