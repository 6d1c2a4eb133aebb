"""The folder in which programs keep their state for a user."""

import os
import sys
from pathlib import Path


def state_folder() -> Path:
    """Return the folder that ``BOXSCOPE_STATE`` names, else ``boxscope`` in the user's folder for state."""
    if named := os.environ.get("BOXSCOPE_STATE"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/boxscope"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "boxscope"
