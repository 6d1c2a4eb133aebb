"""How kernels are compiled that nobody but other kernels calls."""

from functools import partial

from numba import njit

# Without a door for Python, which is a quarter of the time to compile; without counting references, since
# the caller holds the arrays: those counts took half the time of a grouping. What makes arrays, counts.
inner = partial(
    njit,
    cache=True,
    nogil=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    _nrt=False,
)
# Small ones that are called all the time: a call with so many arrays is not free (5 % of a grouping).
in_place = partial(inner, forceinline=True)
makes_arrays = partial(inner, _nrt=True)
