"""How the export that a folder holds differs from the one chosen now, in a few words."""

from collections.abc import Mapping
from typing import Any

from core.export import ExportConfig, ExportFolder
from pages.ui import job_register, origin
from pages.ui.roots import short
from pages.ui.words import counted

_NAMED = 5
# Said in other words: a hash says nothing to a person.
_SAID = ("annotations", "annotations_sha256", "pictures_sha256", "images", "proposer", "layout")

Settings = Mapping[str, Any]


def words(folder: ExportFolder, found: Settings | None, config: ExportConfig) -> str:
    """Name the export that lies there, the one chosen, and the settings in which they differ.

    Parameters
    ----------
    folder : ExportFolder
    found : mapping or None
        What :meth:`core.export.ExportFolder.read_settings` gives.
    config : ExportConfig
        What is chosen.
    """
    if found is None:
        return "Nothing says with which settings that was made."
    wanted = config.settings
    there = _name(found, _annotations_of(folder, found))
    here = _name(wanted, short(config.dataset.annotations))
    differences = _differences(found, wanted)
    named = "; ".join(differences[:_NAMED])
    more = f"; and {len(differences) - _NAMED} more" if len(differences) > _NAMED else ""
    what = f"  \nDifferent: {named}{more}." if differences else ""
    return f"There: {there}.  \nChosen now: {here}.{what}"


def _annotations_of(folder: ExportFolder, found: Settings) -> str:
    """Name the annotations of an export: the list of jobs knows their folder, its settings the name alone."""
    job = job_register.find(folder.path)
    if job and job.annotations and origin.sha256(job.annotations) == found.get("annotations_sha256"):
        return short(job.annotations)
    return str(found.get("annotations", "unknown"))


def _name(settings: Settings, annotations: str) -> str:
    proposer = settings.get("setup", {}).get("proposer", "unknown")
    return f"{counted(settings.get('images', 0), 'image')} of `{annotations}`, **{proposer}**"


def _differences(found: Settings, wanted: Settings) -> list[str]:
    """List what differs, as ``min_area 250 there, 100 now``; of another proposer only what both have."""
    flat, other = _flat(found), _flat(wanted)
    listed = []
    if flat.get("annotations_sha256") != other["annotations_sha256"]:
        listed.append("the annotations")
    elif flat.get("pictures_sha256") != other["pictures_sha256"]:
        listed.append("the pictures")
    if flat.get("layout") != other["layout"]:
        listed.append("the version of Boxscope")
    if flat.get("proposer") != other["proposer"]:
        listed.append("the proposer")
        both = flat.keys() & other.keys()
        flat, other = ({name: side[name] for name in side if name in both} for side in (flat, other))
    return listed + [
        f"{name} {flat.get(name, 'none')} there, {other.get(name, 'none')} now"
        for name in {**flat, **other}
        if name not in _SAID and flat.get(name) != other.get(name)
    ]


def _flat(settings: Settings) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in settings.items():
        values |= _flat(value) if isinstance(value, dict) else {name: str(value)}
    return values
