"""Parameters that describe themselves: one field declares its range, unit and texts for every interface.

A settings class is a frozen dataclass whose fields are created with :func:`parameter`. The sidebar draws
widgets from these fields, the command line and the URL write them as text, the manifest stores them.

A field may itself be settings, or a tuple of them: a part, see :func:`part`. Its parameters are listed, read
and written with those of the settings it belongs to, by the name ``part.name``, or by the plain name if the
part is flat. A part may be of several kinds, such as the proposer of a setup: the name of its kind is then
read and written too. Settings that consist of several kinds are named ``a+b``, see :func:`joined_name`.
"""

from core.parameters.parameter import Parameter, parameter
from core.parameters.parts import (
    joined_name,
    kinds,
    own,
    parameters,
    part,
    part_names,
    parts,
    plain,
    shared,
)
from core.parameters.settings import Checked, build, changes, read, replace, spell, values

__all__ = [
    "Checked",
    "Parameter",
    "build",
    "changes",
    "joined_name",
    "kinds",
    "own",
    "parameter",
    "parameters",
    "part",
    "part_names",
    "parts",
    "plain",
    "read",
    "replace",
    "shared",
    "spell",
    "values",
]
