"""What is asked inside a wait: an error there ends the whole workflow, past every `except`."""

import ast
from collections.abc import Iterator
from pathlib import Path

WORKFLOWS = Path(__file__).parents[2] / "workflows"
TREES = [ast.parse(path.read_text()) for path in sorted(WORKFLOWS.glob("*.py"))]
WAITING = {"wait_condition", "pause", "attend", "unless", "instead", "given_up"}
"""Calls that wait for what they are given, and arguments that are asked in such a wait."""


def asked() -> Iterator[ast.expr]:
    """All expressions that are given to a wait."""
    for call in (node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if {getattr(call.func, "attr", None), getattr(call.func, "id", None)} & WAITING:
            yield from call.args
        yield from (word.value for word in call.keywords if word.arg in WAITING)


def named(node: ast.AST) -> set[str]:
    """Every function or property that it may come to."""
    names = (getattr(each, "attr", None) or getattr(each, "id", None) for each in ast.walk(node))
    return {name for name in names if isinstance(name, str)}


def raising() -> set[str]:
    """Functions and properties that raise by themselves."""
    return {
        function.name
        for tree in TREES
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.Raise) for node in ast.walk(function))
    }


def test_nothing_that_is_asked_inside_a_wait_raises():
    """Otherwise an act that comes beside a slow call would fail the purchase."""
    wanted = [node for node in asked() if isinstance(node, ast.Lambda | ast.Name | ast.Attribute)]

    assert wanted
    assert set() == set.union(*map(named, wanted)) & raising()
