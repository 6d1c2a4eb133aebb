"""How the export that a folder holds differs from the one chosen now, in a few words."""

from collections.abc import Mapping
from typing import Any

from core import wording
from core.export import ExportConfig, ExportFolder
from core.export.refusals import flat
from pages.ui.jobs import register
from pages.ui.state.roots import short
from pages.ui.views.export import origin

_NAMED = 5
# Said in other words: a hash says nothing to a person.
_SAID = ("annotations", "annotations_sha256", "pictures_sha256", "images", "proposer", "layout")

Settings = Mapping[str, Any]


def words(folder: ExportFolder, found: Settings, config: ExportConfig) -> str:
    """Name the export that lies there, the one chosen, and the settings in which they differ.

    Parameters
    ----------
    folder : ExportFolder
    found : mapping
        What :meth:`core.export.ExportFolder.read_settings` gives.
    config : ExportConfig
        What is chosen.
    """
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
    job = register.find(folder.path)
    if job and job.annotations and origin.sha256(job.annotations) == found.get("annotations_sha256"):
        return short(job.annotations)
    return str(found.get("annotations", "unknown"))


def _name(settings: Settings, annotations: str) -> str:
    proposer = settings.get("setup", {}).get("proposer", "unknown")
    return f"{wording.count(settings.get('images', 0), 'image')} of `{annotations}`, **{proposer}**"


def _differences(found: Settings, wanted: Settings) -> list[str]:
    """List what differs, as ``min_area 250 there, 100 now``; of another proposer only what both have."""
    there, other = flat(found), flat(wanted)
    listed = []
    if there.get("annotations_sha256") != other["annotations_sha256"]:
        listed.append("the annotations")
    elif there.get("pictures_sha256") != other["pictures_sha256"]:
        listed.append("the pictures")
    if there.get("layout") != other["layout"]:
        listed.append("the version of Boxscope")
    if there.get("proposer") != other["proposer"]:
        listed.append("the proposer")
        both = there.keys() & other.keys()
        there, other = ({name: side[name] for name in side if name in both} for side in (there, other))
    return listed + [
        f"{name} {there.get(name, 'none')} there, {other.get(name, 'none')} now"
        for name in {**there, **other}
        if name not in _SAID and there.get(name) != other.get(name)
    ]
