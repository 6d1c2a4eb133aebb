"""One script out of several modules."""

import re
from pathlib import Path

import pytest

from core.errors import BoxscopeError
from pages.ui.components.bundler import bundle, style_sheet
from pages.ui.components.colours import FOR_SCRIPTS, UNCHOSEN
from tests.browser import chromium
from tests.small import ROOT

COMPONENTS = sorted(path.parent for path in (ROOT / "pages/ui/components").glob("*/__init__.py"))

ENTRY = "export default function () {}\n"


def written(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "entry.js"


def test_a_module_stands_once_and_after_all_that_it_imports(tmp_path):
    entry = written(
        tmp_path,
        entry=f'import {{ a }} from "./a.js";\nimport {{ b }} from "./b.js";\n{ENTRY}',
        a='import { c } from "./c.js";\nexport const a = c; // a',
        b='import { c } from "./c.js";\nexport const b = c; // b',
        c="export const c = 1; // c",
    )
    assert re.findall(r"// (\w)$", bundle(entry), re.MULTILINE) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            {
                "entry": f'import {{ a }} from "./a.js";\n{ENTRY}',
                "a": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "a.js: imports in a circle: a.js -> b.js -> a.js",
        ),
        (
            {"entry": f'import {{ a }} from "./a.js";\n{ENTRY}', "a": "const a = 1;\n"},
            "entry.js: imports a from ./a.js, which has no such name",
        ),
        (
            {"entry": f'import {{ RAMP }} from "colors";\n{ENTRY}'},
            "entry.js: imports RAMP from colors, which has no such name",
        ),
        ({"entry": f'import {{ a }} from "./a.js";\n{ENTRY}'}, "entry.js imports a.js: no such file"),
        ({"entry": f'import * as a from "./a.js";\n{ENTRY}'}, "got 'import * as a from"),
        ({"entry": f'import a from "./a.js";\n{ENTRY}'}, "got 'import a from"),
        ({"entry": f'import {{ a.b }} from "./a.js";\n{ENTRY}'}, "got 'a.b' in an import"),
        ({"entry": f"export let a = 1;\n{ENTRY}"}, "got 'export let a = 1;'"),
        ({"entry": f"const a = 1;\nexport {{ a }};\n{ENTRY}"}, "got 'export { a };'"),
        ({"entry": "export const a = 1;\n"}, "entry.js: the entry has a default export"),
        (
            {"entry": f'import {{ a }} from "./a.js";\n{ENTRY}', "a": f"export const a = 1;\n{ENTRY}"},
            "a.js: the entry has a default export, and no other module",
        ),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path, texts, message):
    with pytest.raises(BoxscopeError) as error:
        bundle(written(tmp_path, **texts))
    assert message in str(error.value)


@pytest.mark.browser
def test_modules_keep_names_of_their_own_and_are_given_data(tmp_path):
    entry = written(
        tmp_path,
        entry='import { Ink } from "./ink.js";\nimport {\n  name as other,\n  twice,\n} from "./other.js";\n'
        'import { SET } from "inks";\nconst name = "entry";\n'
        "export default function () {\n"
        "  return [name, other, ...twice(), SET.blue, new Ink().name];\n}\n",
        other='const hidden = "other";\nexport const name = hidden;\n'
        "export function* twice() {\n  yield hidden;\n  yield name;\n}\n",
        ink='const hidden = "ink";\nexport class Ink {\n  name = hidden;\n}\n',
    )
    text = bundle(entry, {"inks": {"SET": {"blue": "</script> “é”"}}})
    script = """async (code) => {
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      return (await import(url)).default();
    }"""
    with chromium() as browser:
        found = browser.new_page().evaluate(script, text)
    assert found == ["entry", "other", "other", "other", "</script> “é”", "ink"]


@pytest.mark.parametrize("folder", COMPONENTS, ids=lambda folder: folder.name)
def test_each_component_is_one_script(folder):
    text = bundle(folder / f"{folder.name}.js", {"colours": FOR_SCRIPTS})
    assert re.findall(r"^export \w+ \w+", text, re.MULTILINE) == ["export default function"]
    assert not re.findall(r"^import ", text, re.MULTILINE)
    assert "@import" not in style_sheet(folder / f"{folder.name}.css")


def test_a_style_sheet_has_those_that_it_imports_in_the_place_of_the_imports(tmp_path):
    (tmp_path / "shared.css").write_text("a { top: 0 }\n")
    one = tmp_path / "one.css"
    one.write_text('@import "./shared.css";\n\nb { top: 1px }\n')
    assert style_sheet(one) == "a { top: 0 }\n\nb { top: 1px }\n"
    (tmp_path / "shared.css").unlink()
    with pytest.raises(BoxscopeError, match=r"one.css imports shared.css: no such file"):
        style_sheet(one)


def test_colours_are_defined_in_one_file():
    wanted = {
        colour
        for value in (*FOR_SCRIPTS.values(), UNCHOSEN)
        for colour in re.findall("#[0-9A-F]{6}", str(value))
    }
    assert len(wanted) == 19
    pages = ROOT / "pages"
    files = [path for path in pages.rglob("*") if path.suffix in (".py", ".js", ".css")]
    found = {
        path.relative_to(pages) for path in files for colour in wanted if colour in path.read_text().upper()
    }
    masks = Path("ui/server/masks.py")  # the server draws them, and may not know the components
    assert found == {Path("ui/components/colours.py"), masks}
