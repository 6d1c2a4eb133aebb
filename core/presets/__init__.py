"""Presets: whole setups with names, as TOML beside a data set or in the user's folder, and those built in.

``toml`` is the text of one, ``built_in`` holds Boxscope's own, ``folders`` finds, reads and saves them.
"""

from core.presets.built_in import BUILT_IN
from core.presets.folders import (
    FOLDER,
    Preset,
    Source,
    Unreadable,
    dataset_folders,
    expect_name,
    find,
    find_named,
    listed,
    named,
    read_file,
    save,
    user_folder,
)
from core.presets.toml import from_text, text_of

__all__ = [
    "BUILT_IN",
    "FOLDER",
    "Preset",
    "Source",
    "Unreadable",
    "dataset_folders",
    "expect_name",
    "find",
    "find_named",
    "from_text",
    "listed",
    "named",
    "read_file",
    "save",
    "text_of",
    "user_folder",
]
