"""Where the real pictures are, and a marker for the tests that need them."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("BOXSCOPE_DATA", ""))

needs_real_data = pytest.mark.skipif(
    not os.environ.get("BOXSCOPE_DATA"), reason="BOXSCOPE_DATA is unset: it names the folder of real pictures"
)
