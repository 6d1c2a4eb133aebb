"""The last parts of file names, by which results of elsewhere may name images."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def alone(file_names: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether no other file name has the last part of each: bool (I,)."""
    parts = [name.rpartition("/")[2] for name in file_names]
    counts = Counter(parts)
    return np.array([counts[part] == 1 for part in parts], bool)
