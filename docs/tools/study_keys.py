"""The reference of the study file, written from the schema of its model."""

from __future__ import annotations

import json
import re
from typing import Any

#: Units at the end of a key, longest first.
UNITS = {
    "_eV_per_A": "eV/A", "_per_cm": "cm^-1", "_eV2": "eV^2", "_eV": "eV", "_deg": "degrees",
    "_bar": "bar", "_A": "A", "_K": "K", "_M": "mol/l",
}  # fmt: skip
KINDS = {
    "string": "text", "number": "number", "integer": "integer", "boolean": "true or false",
}  # fmt: skip
HEAD = """# Study file

A study is one TOML file. Every table and key is listed here with its unit, its default and what is
allowed; a key without a default must be given. Keys that are not listed are refused, and a wrong
value is answered by one sentence with the file, the key, the value and what is allowed. This page
is written from the model that reads study files; `passivant schema` prints the same as a JSON
schema, for editors that complete and check TOML.

"""
LEVEL = """
Keys without a default come from the named level in `base`.
[Levels of theory](../concepts.md#levels-of-theory) explains how they are combined.
"""
POTENTIAL = """
These are the keys of `[screening]` with `potential`, see [Candidates and
screening](../how-to/candidates.md#a-machine-learned-potential).
"""


def unit(key: str) -> str:
    """Unit of a key, from the end of its name."""
    return next((words for end, words in UNITS.items() if key.endswith(end)), "")


def code(value: Any) -> str:
    """A value as it stands in TOML."""
    if isinstance(value, list):
        return "[" + ", ".join(map(code, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def limits(schema: dict[str, Any], low: str, high: str, what: str = "") -> str:
    """Allowed range of a number, of the length of a list or of a text."""
    above, below = schema.get(f"exclusive{low[0].upper()}{low[1:]}"), schema.get(high)
    words = []
    if low in schema and below is not None:
        words = [f"{schema[low]:g}" if schema[low] == below else f"{schema[low]:g} to {below:g}"]
    elif low in schema:
        words = [f"at least {schema[low]:g}"]
    elif above is not None:
        words = [f"above {above:g}" + (f", up to {below:g}" if below is not None else "")]
    elif below is not None:
        words = [f"up to {below:g}"]
    return f"{words[0]}{what}" if words else ""


def allowed(schema: dict[str, Any]) -> str:
    """What a key accepts, in words."""
    if several := schema.get("anyOf", schema.get("oneOf")):
        several = [allowed(each) for each in several if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(several))
    if "enum" in schema or "const" in schema:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        return "one of " + ", ".join(f"`{code(value)}`" for value in values)
    kind = schema.get("type", "")
    if kind == "array":
        size = limits(schema, "minItems", "maxItems", " values")
        return f"list{f' ({size})' if size else ''} of: {allowed(schema['items'])}"
    if "$ref" in schema or kind == "object":
        return "table"
    if kind in ("number", "integer"):
        return f"{KINDS[kind]} {limits(schema, 'minimum', 'maximum')}".strip()
    longest = schema.get("maxLength", 1000)  # the limit of all texts
    size = f", up to {longest} characters" if kind == "string" and longest != 1000 else ""
    return KINDS[kind] + size


def default(key: str, schema: dict[str, Any], needed: bool) -> str:
    """Default of a key in words."""
    if needed:
        return "must be given"
    value = schema.get("default")
    if value is None:
        return "none"
    return f"`{code(value)}`"


def plain(text: str) -> str:
    """A text for a cell of a table; braces at its end would be attributes of the cell."""
    text = text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
    return re.sub(r"(?<!`)\{[^{}]*\}$", r"`\g<0>`", text)


def rows(definition: dict[str, Any], from_base: bool) -> list[str]:
    """Rows of the table of one table of the study file."""
    needed = set(definition.get("required", ()))
    lines = ["| key | allowed | unit | default | meaning |", "|---|---|---|---|---|"]
    for key, schema in definition["properties"].items():
        given = (
            "of the `base`" if from_base and key in needed else default(key, schema, key in needed)
        )
        cells = (f"`{key}`", allowed(schema), unit(key), given, schema.get("description", ""))
        lines.append("| " + " | ".join(plain(cell) for cell in cells) + " |")
    return lines


def level_rows() -> list[str]:
    """Rows of a table of the named levels."""
    from workflows.study.level import named_levels

    levels = named_levels()
    lines = ["Settings of the named levels:", ""]
    lines += [f"| key | {' | '.join(levels)} |", "|---" * (len(levels) + 1) + "|"]
    for key in next(iter(levels.values())):
        values = " | ".join(f"`{code(level[key])}`" for level in levels.values())
        lines.append(f"| `{key}` | {values} |")
    return lines


def references(schema: dict[str, Any]) -> list[str]:
    """Names of the definitions that a key of the study refers to; several are alternatives."""
    return re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema))


def heading(key: str, schema: dict[str, Any]) -> str:
    """A table of the study file as it is written there."""
    if schema.get("type") == "array":
        return f"[[{key}]]"
    return f"[{key}.NAME]" if "patternProperties" in schema else f"[{key}]"


def study_page() -> str:
    """The whole page in Markdown."""
    from workflows.study.model import Study

    schema = Study.model_json_schema()
    definitions, properties = schema["$defs"], schema["properties"]
    top = {key: each for key, each in properties.items() if not references(each)}
    sections: dict[str, list[str]] = {}
    for key, each in properties.items():
        for name in references(each):
            sections.setdefault(name, []).append(key)
    lines = [HEAD + "## Keys at the top", ""]
    lines += rows({"properties": top, "required": schema["required"]}, False)
    for name, keys in sections.items():
        definition = definitions[name]
        titles = [heading(key, properties[key]) for key in keys]
        lines += ["", f"## {', '.join(f'`{title}`' for title in titles)}", ""]
        for title, key in zip(titles, keys, strict=True):
            lines.append(f"- `{title}`: {properties[key]['description']}")
        lines += [POTENTIAL] if name == "PotentialLevel" else []
        lines += [LEVEL] if name == "Level" else [""]
        lines += rows(definition, name == "Level")
        lines += ["", *level_rows()] if name == "Level" else []
        for key, each in definition["properties"].items():
            for part in references(each):
                inner = definitions[part]
                lines += ["", f"`{key}` is a table: {inner['description']}", ""]
                lines += rows(inner, False)
    return "\n".join(lines) + "\n"
