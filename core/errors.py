"""The errors of the core."""


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


class Unreachable(OSError):
    """A store did not answer or refused, so that it is unknown whether the file exists.

    Not a BoxscopeError, for which an export skips the picture: a network that fails for a minute must not
    cost an export its pictures.
    """
