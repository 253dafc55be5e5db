"""`python -m playbooks.report.schema` writes report.schema.json, the schema of report.json, from the models."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from playbooks.report.json_report import Document

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")  # as pydantic writes them where JSON has no number


class _AsWritten(GenerateJsonSchema):
    """JSON has no NaN: a figure that is none stands as a text."""

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """A number, or one of the texts."""
        return {"anyOf": [super().float_schema(schema), {"enum": list(NO_NUMBERS)}]}

    def field_is_required(self, field: Field, total: bool) -> bool:  # noqa: ARG002 - by these names pydantic calls it
        """Every key is always written, those with a default too."""
        return True


def report_schema() -> dict[str, Any]:
    """The schema of a report.json as it is written."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Document.model_json_schema(mode="serialization", schema_generator=_AsWritten),
    }


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
