"""What is chosen on the page Export, besides the plan of the export itself."""

from dataclasses import dataclass

from core.export.gallery import CropFilter
from core.parameters import parameters
from core.sampling import PRESETS
from pages.ui.state import fields, held, session
from pages.ui.state.choice import Choice
from pages.ui.views.export_plan import ExportPlan

VIEWS = ("design", "jobs", "browse")
_PRESET = session.own_key("export", "preset")
_JOBS_PAGE = session.own_key("export", "jobs_page")
_CROPS = "crops"
_FILTER = {spec.name: spec for spec in parameters(CropFilter)}


@dataclass(frozen=True)
class ExportChoice:
    """What is chosen on the page Export.

    Attributes
    ----------
    view : str
        Which of ``VIEWS`` is shown.
    browse : str
        Folder of the finished export that is looked through, empty for one that is at hand.
    crop_filter : CropFilter
        Which of its crops are shown.
    """

    view: str = fields.text(VIEWS[0], words=VIEWS)
    browse: str = fields.text()
    # A setup has parameters of the same names as the filter.
    crop_filter: CropFilter = fields.settings(CropFilter, _CROPS, prefix=f"{_CROPS}.")


def show_design() -> None:
    """Choose the first view."""
    session.choose(ExportChoice, view=VIEWS[0])


def browse(folder: str) -> None:
    """Look through an export."""
    session.choose(ExportChoice, view="browse", browse=folder)


def use_folder(out: str) -> None:
    """Choose where exports go."""
    session.choose(ExportPlan, out=out)
    show_design()


def seed_browse(folder: str | None) -> str:
    """Set the widget of the export that is looked through; returns its key."""
    if not session.read(ExportChoice).browse:
        session.choose(ExportChoice, browse=folder)
    return "browse"


def seed_filter(name: str) -> str:
    """Set a filter of crops to its first value, if it has none yet; returns its key."""
    return held.seed(_CROPS, _FILTER[name], getattr(CropFilter(), name))


def seed_preset(chosen: Choice, plan: ExportPlan) -> str:
    """Set the widget of the preset to the one that the settings are, or none; returns its key."""
    chosen_rules = (chosen.setup.rule, plan.sampling)
    names = (name for name, preset in PRESETS.items() if (preset.rule, preset.sampling) == chosen_rules)
    session.note(_PRESET, next(names, None))
    return _PRESET


def take_preset() -> None:
    """Choose labels and crops as the preset does."""
    preset = PRESETS.get(session.noted(_PRESET))
    if preset is not None:
        held.put("rule", preset.rule)
        held.put("sampling", preset.sampling)


def seed_jobs_page(pages: int) -> str:
    """Set the widget that turns the pages of jobs to a page that there is; returns its key."""
    session.note(_JOBS_PAGE, jobs_page(pages))
    return _JOBS_PAGE


def jobs_page(pages: int) -> int:
    """Return the page of jobs that is shown, from 1 on."""
    return min(session.noted(_JOBS_PAGE) or 1, max(pages, 1))


def job_key(action: str, word: str) -> str:
    """Return the key of the widget of an action on a job."""
    return session.own_key(f"job.{action}", word)
