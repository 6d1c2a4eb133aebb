"""How the export that a folder holds differs from the one chosen now, in a few words."""

from collections.abc import Mapping
from typing import Any

from core import wording
from core.export import ExportConfig, ExportFolder
from core.export.refusals import Difference, differences
from pages.ui.jobs import register
from pages.ui.state.roots import short
from pages.ui.views.export import origin

_NAMED = 5
_TEXTS = {
    "annotations_sha256": "the annotations",
    "pictures_sha256": "the pictures",
    "layout": "the version of Boxscope",
    "proposer": "the proposer",
}
# Named for both exports in the lines above.
_HEAD = ("annotations", "images")

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
    listed = _named(differences(found, wanted))
    named = "; ".join(listed[:_NAMED])
    more = f"; and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    what = f"  \nDifferent: {named}{more}." if listed else ""
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


def _named(differences: list[Difference]) -> list[str]:
    """Put differences into words, as ``min_area 250 there, 100 now``, the most telling ones first."""
    own = {difference.name: difference for difference in differences if not difference.follows}
    first = [words for name, words in _TEXTS.items() if name in own]
    return first + [own[name].text("now") for name in own if name not in _TEXTS and name not in _HEAD]
