"""Setups measured over the whole data set: recall at every budget, and the images where they fail."""

from pages.ui.views.evaluate import view

view.draw()
