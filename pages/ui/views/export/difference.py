"""A short text on how the export in a folder differs from the one that is chosen."""

from collections.abc import Mapping
from typing import Any

from core import wording
from core.export import ExportConfig, ExportFolder
from core.export.refusals import Difference, differences
from core.files import as_local_path
from pages.ui.jobs import register
from pages.ui.state.roots import short
from pages.ui.views.export import origin
from pages.ui.widgets.markdown import code, literal

_MOST = 5  # differences listed
_TEXTS = {
    "annotations_sha256": "the annotations",
    "pictures_sha256": "the pictures",
    "layout": "the version of Boxscope",
    "proposer": "the proposer",
}
# Part of the lines that describe both exports.
_HEAD = ("annotations", "images")

Settings = Mapping[str, Any]


def as_markdown(folder: ExportFolder, existing: Settings, config: ExportConfig) -> str:
    """Return Markdown on the export in a folder, the chosen one, and the settings in which they differ.

    Parameters
    ----------
    folder : ExportFolder
    existing : mapping
        Settings of the export in the folder, see :meth:`core.export.ExportFolder.read_settings`.
    config : ExportConfig
        The chosen export.
    """
    chosen = config.settings
    there = _name(existing, _annotations_of(folder, existing))
    now = _name(chosen, short(config.dataset.annotations))
    listed = _texts(differences(existing, chosen))
    first = "; ".join(listed[:_MOST])
    more = f"; and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    different = f"  \nDifferent: {first}{more}." if listed else ""
    return f"Existing: {there}.  \nNew: {now}.{different}"


def _annotations_of(folder: ExportFolder, settings: Settings) -> str:
    """Return the path of the annotations of an export where its job is known, else their name."""
    job = register.find(as_local_path(folder.path))
    if job and job.annotations and origin.sha256(job.annotations) == settings.get("annotations_sha256"):
        return short(job.annotations)
    return str(settings.get("annotations", "unknown"))


def _name(settings: Settings, annotations: str) -> str:
    proposer = settings.get("setup", {}).get("proposer", "unknown")
    return (
        f"{wording.count(settings.get('images', 0), 'image')} of {code(annotations)}, **{literal(proposer)}**"
    )


def _texts(differences: list[Difference]) -> list[str]:
    """Return texts of differences such as ``min_area 250 there, 100 now``, the most important first."""
    by_name = {difference.name: difference for difference in differences if not difference.follows}
    first = [_TEXTS[name] for name in _TEXTS if name in by_name]
    return first + [
        literal(by_name[name].text("now")) for name in by_name if name not in _TEXTS and name not in _HEAD
    ]
