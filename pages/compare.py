"""Two setups on one image side by side, and what one finds and the other misses in the whole data set."""

from pages.ui.views.compare import view

view.draw()
