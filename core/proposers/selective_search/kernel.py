"""Compiler options of kernels that are called from other kernels only."""

from functools import partial

from numba import njit

# Without a Python wrapper, 25 % of the time to compile; without reference counts, 50 % of the time of a
# grouping, since the caller holds the arrays. Functions that make arrays need the counts.
inner = partial(
    njit,
    cache=True,
    nogil=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    _nrt=False,
)
# Small functions in the innermost loops: calls with so many arrays took 5 % of a grouping.
in_place = partial(inner, forceinline=True)
makes_arrays = partial(inner, _nrt=True)
