"""From what pydantic says about a shape to what a pharmacy can act on: where, what is wrong, what to write instead."""

from typing import Any

from pydantic import BaseModel, ValidationError

from shiftbot.definitions.mistakes import Location, Mistake, Mistaken, Placed, nearest, shown
from shiftbot.definitions.shapes import Misfits

_EXAMPLES = {
    "id": "hilltop-main",
    "name": "Hilltop Pharmacy, Main Street",
    "title": "Opening checklist",
    "timezone": "America/New_York",
    "temperature_unit": "F",
    "channel": "C0HILLTOP",
    "hours": '{ mon-fri: "08:00-20:00" }',
    "fallback": "the id of a person",
    "slack": "U0AMIRA",
    "roles": "[pharmacist]",
    "site": "the id of a site",
    "person": "the id of a pharmacist",
    "days": "mon-fri",
    "from": '"08:00"',
    "to": '"14:00"',
    "tell": "on-duty-pharmacist",
    "due": "open",
    "is": "done",
    "after": "2h",
    "role": "pharmacist",
    "source": "where the rule stands",
    "read_on": "2026-11-22",
    "extends": "retail-opening",
    "section": "the title of a section",
    "sections": "- title: … with items: below it",
    "items": "- { id: lights, title: Lights on }",
    "class": "vaccine-refrigerator",
    "topic": "zigbee2mqtt/hilltop/vaccine-fridge",
    "certificate": "the number on the certificate",
    "sites": "- id: hilltop-main … below it",
    "people": "- { id: amira, name: …, slack: U0AMIRA, roles: [pharmacist] } below it",
}

_TYPES = {
    "list_type": ("is not a list", "write its entries below it, each after a dash, or as [one, two]"),
    "tuple_type": ("is not a list", "write its entries below it, each after a dash, or as [one, two]"),
    "dict_type": ("is not a mapping", "write its keys below it, each as key: value"),
    "model_type": ("is not a mapping", "write its keys below it, each as key: value"),
    "model_attributes_type": ("is not a mapping", "write its keys below it, each as key: value"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "string_type": ("is not text", "write a few words, in quotes"),
    "float_parsing": ("is not a number", "write a number like 46 or 2.5"),
    "float_type": ("is not a number", "write a number like 46 or 2.5"),
    "finite_number": ("is not a number", "write a number like 46 or 2.5"),
    "too_short": ("is empty", "write at least one entry"),
}


def in_words(document: Placed, at: Location, shape: type[BaseModel], error: ValidationError) -> list[Mistake]:
    """Every mistake of one shape that stands at `at` in a document."""
    errors = error.errors(include_url=False)
    slips = {each["loc"] for each in errors if each["type"] == "extra_forbidden"}
    told = [each for each in errors if each["type"] != "missing" or not _slipped(each["loc"], slips)]
    return [mistake for each in told for mistake in _one(document, at, shape, each)]


def _slipped(missing: Location, slips: set[Location]) -> bool:
    """Whether a missing key is there in truth, with a slip of the finger in its name."""
    beside = [str(slip[-1]) for slip in slips if slip[:-1] == missing[:-1]]
    return any(nearest(key, [str(missing[-1])]) for key in beside)


def unknown_key(document: Placed, at: Location, key: str, known: list[str]) -> Mistake:
    """A key nobody reads: most often a slip of the finger."""
    near = nearest(key, known)
    mend = f"did you mean {near}?" if near else f"remove it, or write one of {', '.join(known)}"
    return Mistake(document, (*at, key), f'"{key}" is not a key here', mend, on_key=True)


def missing_key(document: Placed, at: Location, key: str) -> Mistake:
    """A key without which nothing works."""
    return Mistake(document, at, f"{key} is missing", f"write {key}: {_EXAMPLES.get(key, '…')}")


def wrong_type(document: Placed, at: Location, kind: str, value: object) -> Mistake:
    """Something of another type than is read here; `kind` as pydantic names it."""
    wrong, mend = _TYPES[kind]
    subject = "it" if kind == "too_short" else shown(value)
    return Mistake(document, at, f"{subject} {wrong}", mend)


def keys_of(shape: type[BaseModel]) -> list[str]:
    """The keys of a shape as they are written."""
    return [field.alias or name for name, field in shape.model_fields.items()]


def _one(document: Placed, at: Location, shape: type[BaseModel], error: Any) -> list[Mistake]:
    inner, on_key = tuple(error["loc"]), False
    if inner and inner[-1] == "[key]":
        inner, on_key = inner[:-1], True
    place = (*at, *inner)
    cause = error.get("ctx", {}).get("error")
    match error["type"]:
        case "value_error" if isinstance(cause, Misfits):
            return [Mistake(document, (*place, *to), wrong, mend) for to, wrong, mend in cause.misfits]
        case "value_error" if isinstance(cause, Mistaken):
            return [Mistake(document, place, cause.wrong, cause.mend, on_key)]
        case "missing":
            return [missing_key(document, place[:-1], str(place[-1]))]
        case "extra_forbidden":
            return [unknown_key(document, place[:-1], str(place[-1]), keys_of(_shape_at(shape, inner[:-1])))]
        case "too_short" if error["input"]:
            return []  # its entries are there, but mistaken, and each has been told
        case kind if kind in _TYPES:
            return [wrong_type(document, place, kind, error["input"])]
    return [Mistake(document, place, str(error["msg"]).lower(), "mend it as the examples in the handbook show")]


def _shape_at(shape: type[BaseModel], inner: Location) -> type[BaseModel]:
    """The shape that stands at a location within another."""
    current: Any = shape
    for part in inner:
        fields = {field.alias or name: field for name, field in current.model_fields.items()}
        if isinstance(part, str) and part in fields:
            current = _shape_within(fields[part].annotation) or current
    return current if isinstance(current, type) else shape


def _shape_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_shape_within(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inside if each is not None), None)
