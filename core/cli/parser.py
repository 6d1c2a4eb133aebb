"""The parser of the command line: errors in one line."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from core.errors import BoxscopeError
from core.files import AnyPath, as_local_path, as_path

# Characters of what argparse says: it repeats a wrong value as it is.
_LONGEST = 500


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage, and name the option of a wrong path."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for convert in (as_path, as_local_path):
            self.register("type", convert, _naming_the_option(convert))

    def error(self, message: str) -> NoReturn:
        """Raise an error instead of printing it and exiting.

        Raises
        ------
        BoxscopeError
        """
        shown = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
        raise BoxscopeError(f"{shown} (see {self.prog} --help)")


def _naming_the_option(convert: Callable[[str], AnyPath]) -> Callable[[str], AnyPath]:
    """Return a conversion whose errors argparse completes with the name of the option."""

    def converted(text: str) -> AnyPath:
        try:
            return convert(text)
        except BoxscopeError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return converted
