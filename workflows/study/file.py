"""The study file: one TOML document, strictly validated."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slabs.text import one_line
from workflows.study.charged_defects_table import TENSOR_KINDS
from workflows.study.document import check_lines, check_values, dotted, read_text
from workflows.study.errors import StudyError
from workflows.study.ligand_list import with_listed_ligands
from workflows.study.model import Study
from workflows.study.screening_table import SCREENING_MODELS

#: What pydantic adds to a place in the document: the type or the model that was tried.
TRIED = ("str", "constrained-str", *SCREENING_MODELS, *TENSOR_KINDS)
#: Larger files are not study files.
MAX_STUDY_BYTES = 1_000_000


def _sentence(error: ValidationError, file: str) -> str:
    """What is wrong with the first table that is not right, all of its keys at once."""
    # Unknown keys come first: they are often the reason why others are missing.
    errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    here = [each for each in errors if _table(each) == _table(errors[0])]
    unknown = [_parts(each)[-1] for each in here if each["type"] == "extra_forbidden"]
    allowed = _allowed_keys(errors[0]["loc"][:-1]) if unknown else []
    meant = {name: near[0] for name in unknown if (near := _near(name, allowed))}
    # What 'base' would give is not missing.
    given = any(_parts(each)[-1:] == ["base"] for each in here)
    words: dict[str, str] = {}
    for each in here:
        *_, name = _parts(each) or [""]
        if not (each["type"] == "missing" and (given or name in meant.values())):
            # Of a key with several types each has an error; the first one is said.
            words.setdefault(dotted(_parts(each)), _words(each, meant.get(name)))
    if unknown:
        words["allowed"] = f"allowed: {', '.join(allowed)}"
    return f"{file}: {'; '.join(words.values())}"


def _parts(error: ErrorDetails) -> list[str]:
    """Where an error is, without the types of keys that may have several."""
    return [str(p) for p in error["loc"] if p not in TRIED and not str(p).startswith("list[")]


def _table(error: ErrorDetails) -> list[str]:
    """The table whose key is wrong; of a number in a list that of the list."""
    parts = _parts(error)
    while len(parts) > 1 and parts[-1].isdigit():
        parts.pop()
    return parts[:-1]


def _near(name: str, allowed: list[str]) -> list[str]:
    return difflib.get_close_matches(name, allowed, n=1, cutoff=0.5)


def _words(error: ErrorDetails, meant: str | None) -> str:
    parts, kind, value = _parts(error), error["type"], error.get("input")
    key = dotted(parts)
    if kind == "extra_forbidden":
        return f"{key} is not a key" + (f"; did you mean {meant!r}?" if meant else "")
    if kind == "missing":
        return f"{key} is missing"
    if kind == "value_error":
        return ": ".join(filter(None, [key, str(error.get("ctx", {})["error"])]))
    if kind == "string_pattern_mismatch" and parts[-1] == "[key]":
        return (
            f"{'.'.join(parts[:-2])}: {one_line(repr(value), 80)} is not a name; allowed:"
            " a letter, then up to 39 letters, digits, '_', '+' or '-'"
        )
    message = error["msg"][0].lower() + error["msg"][1:]
    if kind in ("too_short", "too_long"):
        about = error["ctx"]
        limit = about["min_length"] if kind == "too_short" else about["max_length"]
        at = "at least" if kind == "too_short" else "at most"
        message = f"{about['actual_length']} given; allowed: {at} {limit}"
    return f"{key} = {one_line(repr(value), 80)} is not allowed: {message}"


def _allowed_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys that the study model allows at a place in the document."""
    schema: dict[str, Any] = Study.model_json_schema()
    node = schema
    for step in location:
        node = _resolve(node, schema)
        if isinstance(step, int):
            node = node.get("items", {})
        elif step in SCREENING_MODELS:
            node = schema["$defs"][step]
        else:
            properties = node.get("properties", {})
            extra = node.get("patternProperties") or {"": node.get("additionalProperties", {})}
            node = properties.get(step) or next(iter(extra.values()))
    return list(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    node = node.get("anyOf", [node])[0]  # a table that may be left out
    if "$ref" in node:
        return dict(schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return node


def parse_study(text: str, file: str = "study") -> Study:
    """Validate the text of a study file; a list of ligands is read beside it.

    Raises
    ------
    StudyError
        One sentence with the file, the key, the value and what is allowed.
    """
    try:
        check_lines(text)
    except ValueError as error:
        raise StudyError(f"{file}: {error}") from error
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise StudyError(f"{file}: not a TOML document: nested too deeply") from error
    except ValueError as error:  # also of an integer with thousands of digits
        raise StudyError(f"{file}: not a TOML document: {error}") from error
    try:
        check_values(data)
    except ValueError as error:
        raise StudyError(f"{file}: {error}") from error
    data = with_listed_ligands(data, Path(file))
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        raise StudyError(_sentence(error, file)) from error


def load_study(path: Path) -> tuple[Study, str]:
    """Read and validate a study file; returns the study and its exact text."""
    text = read_text(path, f"{path}:", MAX_STUDY_BYTES, "a study file")
    return parse_study(text, str(path)), text
