"""The one error for what a user can put right."""


class BoxscopeError(Exception):
    """A mistake the user can put right: a path, a parameter, a file's content.

    The message is one line and says which item, what came and what was expected. Only the command
    line (exit code 2) and the pages turn it into words on a screen; nothing else catches it to go on
    in silence.
    """


class Unreachable(OSError):
    """A place gave no answer, or refused: which is not to say that there is nothing.

    No BoxscopeError, since that makes a picture be passed over: a net that fails for a minute must not cost
    an export its pictures.
    """
