"""The JSON Schema of scenario files, for editors: completion, and red lines while one types.

An editor is a help; `load` decides. Which paths there are only the model knows: they are not in the schema.
"""

from __future__ import annotations

from typing import Any, get_args

from sim.changes import OPS
from sim.distributions import NAMES
from sim.number import NEEDED, Confidence
from sim.scenario_file import TEXTS

_DATE = {"type": "string", "format": "date", "examples": ["2027-10-01"]}
_MEANING = {
    "title": "One line: what happens if ...",
    "question": "The question that this scenario answers.",
    "why": "Why it is worth asking.",
    "sources": "Where the changes come from.",
    "look_at": "Which results answer the question.",
    "finding": "What was found, once it has been run.",
}
_FIELDS = {
    "unit": "Unit, such as days, per month, cases a year, share.",
    "source": "Ids of sources.csv joined by ';', review:SECTION, rule:LAW, or user.",
    "date": "The date of the figure.",
    "note": "A short note.",
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _mapping(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of, "minProperties": 1}


def _number() -> dict[str, Any]:
    fields: dict[str, Any] = {name: {"type": "string", "description": text} for name, text in _FIELDS.items()}
    fields |= {name: _ref("value") for name in ("value", "low", "high")}
    fields["confidence"] = {"enum": list(get_args(Confidence))}
    fields["by"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Attributes, outermost first.",
    }
    fields["factors"] = _mapping(_ref("factor"))
    fields["odds"] = _mapping(_mapping(_ref("factor")))
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _change(op: str) -> dict[str, Any]:
    given = "by" if op in ("scale", "add") else "to"
    value: dict[str, Any] = _ref("value")
    if op == "set":
        whole = {**_number(), "required": ["value"]}
        value = {"anyOf": [value, whole, {"type": "array", "items": {"type": "string"}}]}
    properties = {
        op: {"type": "string", "description": "The path of a number, or of a part of one."},
        given: value,
        "since": {**_DATE, "description": "The first day; without it, always."},
        "until": {**_DATE, "description": "The last day of the change, or the day on which a ramp arrives."},
        "source": {"type": "string"},
    }
    needed = [op, given, *(["until"] if op == "ramp" else [])]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scenario file: the baseline's numbers, or a header and changes."""
    text: dict[str, Any] = {"type": "string"}
    texts: dict[str, Any] = {"anyOf": [text, {"type": "array", "items": text}]}
    header: dict[str, Any] = {key: {**text, "description": _MEANING[key]} for key in TEXTS}
    header["look_at"] = {**texts, "description": _MEANING["look_at"]}
    header["sources"] = {"anyOf": [*texts["anyOf"], _ref("group")], "description": _MEANING["sources"]}
    header["extends"] = {"type": "string", "description": "A shipped scenario, or a file beside this one."}
    header |= {"start": _DATE, "horizon": _DATE}
    header["changes"] = {"type": "array", "items": {"oneOf": [_change(op) for op in OPS]}}
    distribution = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False}
    number = _number()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Refuge scenario",
        "type": "object",
        "required": ["title"],
        "properties": header,
        "if": {"required": ["extends"]},
        "then": {"additionalProperties": False, "properties": dict.fromkeys(header, True)},
        "else": {"additionalProperties": _ref("group"), "required": ["start", "horizon"]},
        "$defs": {
            "value": {"anyOf": [{"type": "number"}, _ref("distribution"), _mapping(_ref("value"))]},
            "distribution": {**distribution, "properties": dict.fromkeys(NAMES, True)},
            "number": {**number, "required": list(NEEDED)},
            "factor": {**number, "required": [name for name in NEEDED if name != "unit"]},
            "group": {
                "anyOf": [
                    _ref("number"),
                    {"type": "array", "items": {"type": "string"}},
                    {**_mapping(_ref("group")), "not": {"required": ["value"]}},
                ]
            },
        },
    }
