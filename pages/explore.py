"""One image: its truth, its proposals, how they came to be, and a crop as the export would write it."""

from pages.ui.views.explore import view

view.draw()
