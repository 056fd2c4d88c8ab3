"""The few value templates of Home Assistant that we follow: a way into the JSON, and filters that leave a number be.

A template from the wire is text to be read and never a program to be run: nothing here evaluates anything.
"""

import re

_TEMPLATE = re.compile(
    r"\s*\{\{-?\s*(?:value_json(?P<way>(?:\.[A-Za-z_]\w*|\[\s*(?:'[^'\[\]{}]*'|\"[^'\"\[\]{}]*\"|\d{1,4})\s*\])+)|value)"
    r"(?P<filters>(?:\s*\|\s*\w+\s*(?:\([^(){}|]*\))?)*)\s*-?\}\}\s*"
)
_STEP = re.compile(r"\.(\w+)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+))\s*\]")
_FILTER = re.compile(r"\|\s*(\w+)")
_HARMLESS = frozenset({"float", "round", "is_defined"})
_LENGTH_MAX = 300


def path_of(template: str) -> str | None:
    """The path into the JSON, as json-path writes it; empty for the whole payload; `None` when it is not understood.

    A filter's default (`float(0)`) is not followed: a value that is not there is no reading of 0 degrees.
    """
    found = _TEMPLATE.fullmatch(template) if len(template) <= _LENGTH_MAX else None
    if found is None or not _HARMLESS.issuperset(_FILTER.findall(found["filters"])):
        return None
    return "".join(_written(*step.groups()) for step in _STEP.finditer(found["way"] or ""))[:_LENGTH_MAX]


def _written(name: str | None, single: str | None, double: str | None, place: str | None) -> str:
    """One step; every name in quotes, so that a leading `$` says it is a path."""
    if place is not None:
        return f"[{place}]"
    return f"['{name or single or double or ''}']"
