"""Boxscope's core: data sets, region proposers, labels and exports. It knows no screen."""
