"""The search for the settings of a proposer that fit a data set.

Settings are drawn by Optuna (:mod:`core.tuning.sampler`) from the ranges of their parameters
(:mod:`core.tuning.space`), measured on a sample of a training split (:mod:`core.tuning.objective`), and kept
in a folder (:mod:`core.tuning.folder`), round by round (:mod:`core.tuning.search`). What the search finds is
measured on a split that it never saw (:mod:`core.tuning.report`); :mod:`core.tuning.run` does all of it.
"""
