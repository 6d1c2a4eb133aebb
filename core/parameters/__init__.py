"""Parameters that describe themselves: one field says its range, unit and words for every screen.

A settings class is a frozen dataclass whose fields are made with :func:`parameter`. The sidebar draws
widgets from these fields, the command line and the URL spell them as text, the manifest keeps them.

A field may itself be settings, or a tuple of them: a part, see :func:`part`. Its parameters are listed, read
and spelled with those of the whole, by the name ``part.name``, or by their own name where the part is flat.
Settings made of several kinds are named ``a+b``, see :func:`joined_name`.
"""

from core.parameters.parameter import Parameter, parameter
from core.parameters.settings import (
    Checked,
    build,
    changes,
    joined_name,
    parameters,
    part,
    part_names,
    plain,
    read,
    replace,
    spell,
    values,
)

__all__ = [
    "Checked",
    "Parameter",
    "build",
    "changes",
    "joined_name",
    "parameter",
    "parameters",
    "part",
    "part_names",
    "plain",
    "read",
    "replace",
    "spell",
    "values",
]
