"""What a process does once, so that each later run of the script costs less."""

import gc
import sys

_settled = 0  # modules at the last settling


def settle() -> None:
    """Hide what imports made from the garbage collector: after the first run and after lazy imports.

    Streamlit collects all garbage after every run of the script. The modules, some 1,100 of them with their
    classes and functions, are no garbage, and looking through them costs 70-170 ms each time.
    """
    global _settled
    if len(sys.modules) == _settled:
        return
    # Without collecting first, which would hold up the picture that the browser asks for at this moment. The
    # little garbage of one run stays, a few times in the life of a process.
    gc.freeze()
    _settled = len(sys.modules)
