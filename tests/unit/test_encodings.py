"""Text is read and written as UTF-8, whatever the machine's locale is."""

import ast
from collections.abc import Iterator

import pytest

from infra.bootstrap import ROOT

FOLDERS = ("benchmarks", "examples", "fakes", "functions", "gateway_config", "infra", "operations", "tests")
# They take text, or a mode with which they do.
OPENERS = {"open", "fdopen", "NamedTemporaryFile", "TemporaryFile"}


def unnamed(tree: ast.AST) -> Iterator[int]:
    """The lines of calls that leave an encoding to the locale."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            words = {word.arg: word.value for word in call.keywords}
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            texts = isinstance(text := words.get("text"), ast.Constant) and text.value is True
            if "encoding" not in words and (texts or name in {"read_text", "write_text"} or opens(call, name, words)):
                yield call.lineno


def opens(call: ast.Call, name: str, words: dict[str | None, ast.expr]) -> bool:
    """Whether a call opens a file as text; `open` of other things takes arguments that are no modes."""
    values = [value.value for value in (*call.args, words.get("mode")) if isinstance(value, ast.Constant)]
    modes = [value for value in values if isinstance(value, str) and set(value) <= set("rwaxbt+")]
    mode = modes[-1] if modes else None
    is_file = isinstance(call.func, ast.Name) or mode is not None
    return name in OPENERS and is_file and "b" not in (mode or ("w+b" if "Temporary" in name else "r"))


def test_every_text_file_and_program_of_ours_is_read_with_a_named_encoding() -> None:
    sources = [source for folder in FOLDERS for source in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 200
    found = [
        f"{source.relative_to(ROOT)}:{line}"
        for source in sources
        for line in unnamed(ast.parse(source.read_text(encoding="utf-8")))
    ]
    assert not found


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("open('a')", [1]),
        ("path.open('a')", [1]),
        ("path.read_text()", [1]),
        ("run(x, text=True)", [1]),
        ("open('a', 'rb')", []),
        ("path.open('wb')", []),
        ("vault.open(key, field)", []),
        ("path.read_text(encoding='utf-8')", []),
    ],
)
def test_a_call_that_leaves_the_encoding_to_the_locale_is_found(code: str, lines: list[int]) -> None:
    assert list(unnamed(ast.parse(code))) == lines
