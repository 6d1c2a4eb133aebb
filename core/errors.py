"""The one error for what a user can put right."""


class BoxscopeError(Exception):
    """A mistake the user can put right: a path, a parameter, a file's content.

    The message is one line made of two parts: which item, and what came and what was expected. Only the
    command line (exit code 2) and the pages show it; nothing else catches it to go on in silence.

    Parameters
    ----------
    reason : str
        What came and what was expected, as ``got 3, expected at least 4``.
    item : str or path
        What it is about: a file, a parameter, an option; empty where the reason says so itself.
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
    """A place gave no answer, or refused: which is not to say that there is nothing.

    No BoxscopeError, since that makes a picture be passed over: a net that fails for a minute must not cost
    an export its pictures.
    """
