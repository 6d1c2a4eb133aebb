"""The pages of the app, in the order of their links; the first one opens."""

from pages.ui.views import frame
from pages.ui.views.compare.choices import CompareChoice
from pages.ui.views.evaluate.choices import EvaluateChoice
from pages.ui.views.explore.choices import ExploreChoice
from pages.ui.views.export.choices import ExportChoice, shows_design
from pages.ui.views.frame import Page
from pages.ui.views.tune.choices import TuneChoice

PAGES = (
    Page("explore.py", "Explore", ":material/image_search:", ExploreChoice),
    Page("evaluate.py", "Evaluate", ":material/monitoring:", EvaluateChoice, has_chart=True),
    Page("tune.py", "Tune", ":material/tune:", TuneChoice),
    Page("compare.py", "Compare", ":material/compare:", CompareChoice),
    Page("export.py", "Export", ":material/output:", ExportChoice, shows_design),
    Page("dataset.py", "Data set", ":material/folder_open:", uses_setup=lambda: False),
)

if __name__ == "__main__":  # a worker process that a page starts imports it by another name
    frame.draw(PAGES)
