"""`python -m stacks.schema` writes what is made from the models: the JSON schema for editors and docs/settings.md."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from stacks.environment import CONFIG_FOLDER, PULUMIS_KEYS, project_root
from stacks.reference import reference
from stacks.settings import PROJECT, PROVIDERS_OWN, Settings

SCHEMA_FILE = CONFIG_FOLDER / "settings.schema.json"
REFERENCE_FILE = Path("docs/settings.md")


class _WithoutNull(GenerateJsonSchema):
    """A key that may be left out must not be given and empty, so null is allowed nowhere."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The schema of the value itself."""
        return self.generate_inner(schema["schema"])


def file_schema() -> dict[str, Any]:
    """The schema of a whole `Pulumi.<environment>.yaml`: what is ours is checked, what is Pulumi's passes."""
    settings = tidy(Settings.model_json_schema(by_alias=True, schema_generator=_WithoutNull))
    named = {_in_file(key): value for key, value in settings["properties"].items()}
    ours = "|".join(key.removeprefix(f"{PROJECT}:") for key in named if key not in PROVIDERS_OWN)
    config = {
        "type": "object",
        "description": settings["description"],
        "properties": named,
        "patternProperties": {f"^{PROJECT}:(?!({ours})$)": False, "^[^:]*$": False},
        "required": [_in_file(key) for key in settings["required"]],
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An environment of ai-datacenter",
        "description": "Made by `python -m stacks.schema`.",
        "type": "object",
        "properties": {**{key: {"description": "Pulumi's own."} for key in PULUMIS_KEYS}, "config": config},
        "required": ["config"],
        "additionalProperties": False,
        "$defs": settings["$defs"],
    }


def _in_file(key: str) -> str:
    """A top key as the file has it, with the namespace that it is read from."""
    return key if key in PROVIDERS_OWN else f"{PROJECT}:{key}"


def tidy(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    """Without what says nothing: titles made of names, defaults of null; names that fit no pattern are refused."""
    if isinstance(schema, list):
        return [tidy(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: tidy(value) for key, value in schema.items() if key != "title" and (key, value) != ("default", None)}
    return {**kept, "additionalProperties": False} if "patternProperties" in kept else kept


def main() -> None:
    """Write both files."""
    project = project_root(Path(__file__).parent)
    (project / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    (project / REFERENCE_FILE).write_text(reference(), encoding="utf-8")


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(file_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
