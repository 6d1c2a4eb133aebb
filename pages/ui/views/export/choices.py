"""The choices of the page Export, apart from the plan of the export."""

from dataclasses import dataclass

from core.export.gallery import CropFilter
from core.parameters import parameters
from core.sampling import PRESETS
from pages.ui.state import fields, held, session
from pages.ui.state.choice import Choice
from pages.ui.views.export_plan import ExportPlan

VIEWS = ("design", "jobs", "browse")
_PRESET = session.page_key("export", "preset")
_JOBS_PAGE = session.page_key("export", "jobs_page")
_CROPS = "crops"
_FILTERS = {spec.name: spec for spec in parameters(CropFilter)}


@dataclass(frozen=True)
class ExportChoice:
    """The choices of the page Export.

    Attributes
    ----------
    view : str
        Which of ``VIEWS`` is shown.
    browse : str
        Folder of the finished export that is browsed, empty for the first one known.
    crop_filter : CropFilter
        Filter of its crops.
    """

    view: str = fields.text(VIEWS[0], allowed=VIEWS)
    browse: str = fields.text()
    # With a prefix, since a setup has parameters of the same names.
    crop_filter: CropFilter = fields.settings(CropFilter, _CROPS, prefix=f"{_CROPS}.")


def show_design() -> None:
    """Choose the view Design."""
    session.choose(ExportChoice, view=VIEWS[0])


def shows_design() -> bool:
    """Return whether the view Design is chosen."""
    return session.read(ExportChoice).view == VIEWS[0]


def browse(folder: str) -> None:
    """Choose the view Browse of an export."""
    session.choose(ExportChoice, view="browse", browse=folder)


def use_folder(out: str) -> None:
    """Choose the output folder."""
    session.choose(ExportPlan, out=out)
    show_design()


def seed_browse(folder: str | None) -> str:
    """Set the widget of the export that is browsed, if none is chosen, and return its key."""
    if not session.read(ExportChoice).browse:
        session.choose(ExportChoice, browse=folder)
    return "browse"


def seed_filter(name: str) -> str:
    """Set the widget of a filter to its default, if it has no value, and return its key."""
    return held.seed(_CROPS, _FILTERS[name], getattr(CropFilter(), name))


def seed_preset(chosen: Choice, plan: ExportPlan) -> str:
    """Set the widget of the sampling preset to the one that is chosen, or to none, and return its key."""
    present = (chosen.setup.rule, plan.sampling)
    same = (name for name, preset in PRESETS.items() if (preset.rule, preset.sampling) == present)
    session.remember(_PRESET, next(same, None))
    return _PRESET


def apply_preset() -> None:
    """Set label rule and sampling to those of the chosen preset."""
    preset = PRESETS.get(session.remembered(_PRESET))
    if preset is not None:
        held.write("rule", preset.rule)
        held.write("sampling", preset.sampling)


def seed_jobs_page(pages: int) -> str:
    """Set the widget that turns the pages of jobs to an existing page, and return its key."""
    session.remember(_JOBS_PAGE, jobs_page(pages))
    return _JOBS_PAGE


def jobs_page(pages: int) -> int:
    """Return the page of jobs that is shown, from 1 on."""
    return min(session.remembered(_JOBS_PAGE) or 1, max(pages, 1))


def job_key(action: str, token: str) -> str:
    """Return the key of the widget of an action on a job."""
    return session.page_key(f"job.{action}", token)
