"""JSON Schemas of the four kinds of file, for editors: completion while typing, mistakes underlined.

They lie in `schemas/` beside `checklists/` and `sensors/`, in the repository as in a pharmacy's folder, so that a file
that is copied from one to the other still finds its schema. A test holds the committed ones to the shapes.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shiftbot.definitions.shapes import ChecklistShape, PharmacyFile, PolicyShape, SensorsFile, Shape
from shiftbot.definitions.shapes.schedule import WAYS_TO_OPEN
from shiftbot.definitions.times import days_text
from shiftbot.domain.recurrence import span_text

_FILES: dict[str, tuple[type[Shape], str]] = {
    "pharmacy.json": (PharmacyFile, "pharmacy.yaml"),
    "checklist.json": (ChecklistShape, "a file in checklists/"),
    "policy.json": (PolicyShape, "a file in checklists/policy/"),
    "sensors.json": (SensorsFile, "a file in sensors/"),
}


def schemas() -> dict[str, str]:
    """File name → JSON text."""
    return {name: _text(shape, title) for name, (shape, title) in _FILES.items()}


def write_schemas(folder: Path) -> None:
    """Writes the schemas into a folder, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


class _AsWritten(GenerateJsonSchema):
    """Shows defaults in the form a pharmacy writes them."""

    def encode_default(self, dft: Any) -> Any:
        """A span as `10m`, a set of days as `daily`."""
        if isinstance(dft, timedelta):
            return span_text(dft)
        return days_text(dft) if isinstance(dft, frozenset) else super().encode_default(dft)


def _text(shape: type[Shape], title: str) -> str:
    schema = shape.model_json_schema(schema_generator=_AsWritten)
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    for key in ("sites", "units"):
        if key in schema["properties"]:
            schema["properties"][key] = _or_csv(schema["properties"][key], f"{key}.csv")
    if shape is ChecklistShape:
        schema = _or_overlay(schema)
    return json.dumps(_without_titles(schema), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _or_csv(listed: dict[str, Any], example: str) -> dict[str, Any]:
    """A chain keeps its sites and units in CSV files, named where the list would stand."""
    default = {"default": listed.pop("default")} if "default" in listed else {}
    return {"anyOf": [listed, {"type": "string", "pattern": r"\.csv$", "examples": [example]}]} | default


def _or_overlay(schema: dict[str, Any]) -> dict[str, Any]:
    """A checklist says all of itself; one that extends another says what is different, item by item."""
    defined, keys = schema["$defs"], schema["properties"]
    changed = {key: _or_null(value) for key, value in defined["ItemShape"]["properties"].items() if key != "id"}
    defined["ItemChanges"] = {"type": "object", "additionalProperties": False, "properties": changed}
    said = keys["change"]["description"]
    keys["change"] = {"type": "object", "description": said, "additionalProperties": {"$ref": "#/$defs/ItemChanges"}}
    defined["AddShape"]["properties"]["items"]["items"] = {"$ref": "#/$defs/ItemShape"}
    opened = [{"required": [way]} for way in WAYS_TO_OPEN]
    whole = {"required": schema.pop("required"), "oneOf": opened, "not": {"required": ["extends"]}}
    overlay = {"required": ["id", "extends"], "not": {"required": ["sections"]}}
    return schema | {"anyOf": [whole, overlay]}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """In an overlay `null` takes a key of the item away."""
    return {"anyOf": [{key: value for key, value in schema.items() if key != "default"}, {"type": "null"}]}


def _without_titles(schema: Any, *, named: bool = False) -> Any:
    """Without the titles pydantic makes of field names: they say nothing. Keys under `properties` are names."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if named or key != "title" or value in _TITLES}
    return {key: _without_titles(value, named=key in ("properties", "$defs")) for key, value in kept.items()}


_TITLES = {title for _, title in _FILES.values()}
