"""The errors of the core."""

import logging

# Characters of a wrong value in a message.
_LONGEST = 80


class BoxscopeError(Exception):
    """A mistake that the user can correct: a path, a parameter, a file's content.

    The message is one line made of two parts: which item, and what came and what was expected. Only the
    command line (exit code 2) and the pages show it; no other code catches it to continue silently.

    Parameters
    ----------
    reason : str
        What came and what was expected, as ``got 3, expected at least 4``.
    item : str or path
        What it is about: a file, a parameter, an option; empty where the reason names it.
    """

    def __init__(self, reason: str, item: object = "") -> None:
        super().__init__(reason, str(item))
        self.reason = reason
        self.item = str(item)

    def __str__(self) -> str:
        return f"{self.item}: {self.reason}" if self.item else self.reason

    def without(self, item: object) -> str:
        """Return the message for a reader who sees `item` beside it: the reason alone if it is about that."""
        return self.reason if self.item == str(item) else str(self)


class TooLittleMemory(BoxscopeError):
    """Work on a picture would take more memory than there is, see :mod:`core.memory`.

    A run ends with it and does not skip the picture: its result must not depend on the machine.
    """


class Unreachable(OSError):
    """A store did not answer or refused, so that it is unknown whether the file exists.

    Not a BoxscopeError, for which an export skips the picture: a network that fails for a minute must not
    cost an export its pictures.
    """


def unexpected(error: Exception) -> str:
    """Log an error that is no mistake of the user's, and return the line that stands for it.

    For work on one image after another, of which one must not end the others.
    """
    logging.getLogger(__name__).error("unexpected error", exc_info=error)
    line = next(iter(str(error).splitlines()), "")
    return f"unexpected error ({type(error).__name__}{line and f': {line}'})"


def quoted(value: object) -> str:
    """Return a wrong value as Python writes it, for a message: of a long one its first characters."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
