"""Work that a process does once, so that each later run of the script takes less time."""

import gc
import sys

_frozen_modules = 0  # number of modules at the last freeze


def freeze_imports() -> None:
    """Exclude imported modules from garbage collection, after the first run and after each lazy import.

    Streamlit collects garbage after every run of the script. The modules, some 1,100 with their classes and
    functions, are never garbage, and traversing them takes 70-170 ms each time.
    """
    global _frozen_modules
    if len(sys.modules) == _frozen_modules:
        return
    # Without a collection first, which would delay the picture that the browser requests at this moment. The
    # garbage of one run is kept, a few times in the life of a process.
    gc.freeze()
    _frozen_modules = len(sys.modules)
