"""The settings of a proposer that fit the data set, searched by the tool."""

from pages.ui.views.tune import view

view.draw()
