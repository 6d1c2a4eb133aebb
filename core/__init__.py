"""Boxscope's core: data sets, region proposers, labels and exports, without any user interface."""
