"""Finds texts of a page that Streamlit reads as Markdown and that hold more than the page's own words."""

import ast
from collections.abc import Iterator
from pathlib import Path

# Elements whose first argument is Markdown, as `help` and so on are; of `progress` only the text is one.
ELEMENTS = {
    *("error", "warning", "info", "success", "toast", "markdown", "caption", "title", "header", "subheader"),
    *("button", "form_submit_button", "download_button", "link_button", "page_link", "popover", "expander"),
    *("metric", "progress", "spinner", "status", "dialog", "toggle", "checkbox", "radio", "pills", "slider"),
    *("segmented_control", "selectbox", "number_input", "text_input"),
}
KEYWORDS = {"body", "label", "text", "help", "captions"}

# What makes Markdown of a value, and attributes that hold words of our own.
MAKERS = {"literal", "code", "len"}
WORDS = {"label", "help", "summary", "description", "title", "icon", "colour", "unit"}
# The name of functions of other files that return Markdown.
RETURNS = "as_markdown"


class Module:
    """The functions of a file and their calls.

    Parameters
    ----------
    path : Path
        Of a Python file.
    """

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text())
        nodes = list(ast.walk(self.tree))
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]
        self.owner: dict[ast.AST, ast.FunctionDef] = {}
        for function in self.functions.values():
            self.owner |= {node: function for node in ast.walk(function) if node is not function}
        self.asked: set[tuple[str, str]] = set()

    def unsafe(self) -> Iterator[str]:
        """Yield the line and the source of each text that is not known to be Markdown of ours."""
        for call in self.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr in ELEMENTS:
                texts = [] if call.func.attr == "progress" else call.args[:1]
                texts += [keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS]
                yield from (f"{text.lineno}: {ast.unparse(text)}" for text in texts if not self.is_safe(text))
        if RETURNS in self.functions and not self.returns_safe(self.functions[RETURNS]):
            yield f"{self.functions[RETURNS].lineno}: {RETURNS} returns other texts than Markdown of ours"

    def is_safe(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts):
                return all(map(self.is_safe, parts))
            case ast.FormattedValue(value=value, format_spec=spec):
                return spec is not None or self.is_safe(value)  # only a number is formatted
            case ast.BinOp(left=left, right=right):
                return self.is_safe(left) and self.is_safe(right)
            case ast.IfExp(body=body, orelse=other):
                return self.is_safe(body) and self.is_safe(other)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
                return all(map(self.is_safe, parts))
            case ast.Starred(value=part) | ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
                return self.is_safe(part)
            case ast.Attribute(attr=name):
                return name in WORDS or ast.unparse(node).endswith("proposer.name")
            case ast.Subscript(value=ast.Name() as listed, slice=ast.Slice()):
                return self.is_safe(listed)
            case ast.Subscript(value=ast.Name(id=name)):
                return name.isupper()  # a table of words
            case ast.Name(id=name):
                return name.isupper() or self.is_safe_name(name, self.owner.get(node))
            case ast.Call():
                return self.is_safe_call(node)
        return False

    def is_safe_call(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Name(id="map"):
                return isinstance(call.args[0], ast.Name) and call.args[0].id in MAKERS
            case ast.Name(id=name) if name in self.functions:
                return self.returns_safe(self.functions[name])
            case ast.Name(id=name):
                return name in MAKERS
            case ast.Attribute(value=ast.Name(id="wording")):
                return True
            case ast.Attribute(attr="join", value=separator):
                return self.is_safe(separator) and self.is_safe(call.args[0])
            case ast.Attribute(attr="get", value=ast.Name(id=name)):
                return name.isupper()
            case ast.Attribute(attr="lower", value=value):
                return self.is_safe(value)
            case ast.Attribute(attr="describe", value=value):
                return ast.unparse(value).endswith("cut")  # how a crop is cut
            case ast.Attribute(attr=name):
                return name == RETURNS
        return False

    def returns_safe(self, function: ast.FunctionDef) -> bool:
        results = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        return all(result is not None and self.is_safe(result) for result in results)

    def is_safe_name(self, name: str, function: ast.FunctionDef | None) -> bool:
        """Return whether all values of a variable or an argument of a function are safe."""
        if function is None:
            return False
        if (function.name, name) in self.asked:  # as in `text = text + …`
            return True
        self.asked.add((function.name, name))
        values = [*self.given(function, name), *assigned(function, name)]
        safe = bool(values) and all(map(self.is_safe, values))
        self.asked.remove((function.name, name))
        return safe

    def given(self, function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
        """Yield what the calls in the file give for an argument of a function."""
        names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
        if name not in names:
            return
        position = names.index(name)
        for call in self.calls:
            if ast.unparse(call.func) == function.name:
                yield from (keyword.value for keyword in call.keywords if keyword.arg == name)
                yield from call.args[position : position + 1]


def assigned(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """Yield what is assigned or added to a variable in a function."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
