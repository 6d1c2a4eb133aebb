"""When a run refuses to write: the data set as a whole is uncertain, or the folder holds another export."""

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import memory_check
from core.export.config import ExportConfig
from core.export.folder import ExportFolder
from core.export.names import crop_stems

# Settings that are hashes: their values mean nothing to a reader.
_TEXTS = {"annotations_sha256": "other annotations", "pictures_sha256": "other pictures"}


class Difference(NamedTuple):
    """A setting in which two exports differ.

    Attributes
    ----------
    name : str
    existing, requested : str or None
        Its value in the export that a folder holds, and in the requested one; None where that has no such
        setting.
    follows : bool
        Whether it is a consequence of another difference: other annotations have other pictures, another
        proposer has other parameters.
    """

    name: str
    existing: str | None
    requested: str | None
    follows: bool

    def text(self, requested: str = "wanted") -> str:
        """Return the difference as ``levels 3 there, 4 wanted``, or with another last word."""
        old, new = ("none" if value is None else value for value in (self.existing, self.requested))
        return f"{self.name} {old} there, {new} {requested}"


def refuse_uncertain(dataset: CocoDataset, anyway: bool = False) -> None:
    """Raise if most labels of a data set's crops would be wrong or missing.

    Parameters
    ----------
    dataset : CocoDataset
    anyway : bool
        The user wants what is certain all the same.

    Raises
    ------
    BoxscopeError
        It has :attr:`core.datasets.CocoDataset.refusals`.
    """
    if dataset.refusals and not anyway:
        raise BoxscopeError(
            f"{'; '.join(dataset.refusals)}: nothing is exported; --anyway exports what is certain",
            dataset.annotations,
        )


def refusal(
    config: ExportConfig,
    folder: ExportFolder,
    *,
    anyway: bool = False,
    overwrite: bool = False,
    executor: Executor | None = None,
) -> str:
    """Return the error that a run would raise before its first image, empty where it would run.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
    anyway, overwrite : bool
        As given to :func:`core.export.run`.
    executor : Executor or None
        The same; with None, the memory is not looked at.
    """
    try:
        refuse_uncertain(config.dataset, anyway)
        refuse_foreign(folder, config)
        if executor is not None:
            memory_check.check(config, np.arange(len(config.dataset)), executor)
        if overwrite:
            return ""
        existing = folder.read_settings()
        if existing is not None:
            refuse_other_settings(folder, existing, config)
    except BoxscopeError as error:
        return str(error)
    return ""


def refuse_foreign(folder: ExportFolder, config: ExportConfig) -> None:
    """Raise if an export would replace or remove a file that no export wrote.

    Raises
    ------
    BoxscopeError
        It names the file.
    """
    dataset = config.dataset
    folder.refuse_foreign(frozenset(crop_stems(dataset.file_names, dataset.image_ids)))


def refuse_other_settings(folder: ExportFolder, existing: dict[str, Any], config: ExportConfig) -> None:
    """Raise unless the export that a folder holds has the settings of the requested one.

    Parameters
    ----------
    folder : ExportFolder
    existing : dict
        Settings of the export that it holds.
    config : ExportConfig
        Of the requested export.

    Raises
    ------
    BoxscopeError
        They differ.
    """
    differing = differences(existing, config.settings)
    if differing:
        texts = [_TEXTS.get(difference.name) or difference.text() for difference in differing]
        raise BoxscopeError(
            f"holds an export with other settings ({'; '.join(texts)}): choose another folder, or "
            "overwrite it",
            folder.path,
        )


def differences(existing: Mapping[str, Any], requested: Mapping[str, Any]) -> list[Difference]:
    """Return the settings in which two exports differ.

    Parameters
    ----------
    existing, requested : mapping
        The settings of the export that a folder holds, and :attr:`ExportConfig.settings` of the requested
        one.

    Returns
    -------
    list of Difference
        In the order of the settings; empty where the exports have equal bytes.
    """
    old, new = _flat(existing), _flat(requested)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [Difference(name, old.get(name), new.get(name), _follows(name, names, old, new)) for name in names]


def _follows(name: str, names: list[str], old: dict[str, str], new: dict[str, str]) -> bool:
    if name == "pictures_sha256":
        return "annotations_sha256" in names
    if name == "annotations_sha256":
        return False
    return "proposer" in names and not (name in old and name in new)


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings within settings as one mapping of names to texts."""
    values: dict[str, str] = {}
    for name, value in settings.items():
        values |= _flat(value) if isinstance(value, dict) else {name: str(value)}
    return values
