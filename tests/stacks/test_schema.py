import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from stacks.environment import CONFIG_FOLDER, names
from stacks.reference import reference
from stacks.schema import REFERENCE_FILE, SCHEMA_FILE, file_schema, schema_text
from stacks.yaml_file import parse
from tests.stacks.documents import GONE, PROJECT, VALID, changed

STALE = "stale: run `python -m stacks.schema`"


def document(values: dict[str, Any]) -> dict[str, Any]:
    """A file's content from settings."""
    return {"config": {key if ":" in key else f"ai-datacenter:{key}": value for key, value in values.items()}}


def refused(content: object) -> list[str]:
    """Where the schema finds something, as an editor would underline it."""
    validator = Draft7Validator(file_schema())
    return sorted({"/".join(map(str, error.absolute_path)) for error in validator.iter_errors(content)})


def test_the_schema_file_is_fresh() -> None:
    """It is made from the models."""
    assert schema_text() == (PROJECT / SCHEMA_FILE).read_text(encoding="utf-8"), STALE


def test_the_reference_is_fresh() -> None:
    """So is the page for people."""
    assert reference() == (PROJECT / REFERENCE_FILE).read_text(encoding="utf-8"), STALE


def test_the_schema_is_one() -> None:
    """JSON schema's own schema takes it."""
    Draft7Validator.check_schema(file_schema())


@pytest.mark.parametrize("name", names(PROJECT))
def test_every_environment_passes(name: str) -> None:
    """What aidc takes, editors take."""
    path: Path = PROJECT / CONFIG_FOLDER / f"Pulumi.{name}.yaml"

    assert refused(parse(path.read_text(), path.name).values) == []


def test_what_is_pulumis_passes() -> None:
    """Its top-level keys, its encrypted values in other namespaces."""
    assert refused({"encryptionsalt": "v1:x", **document({**VALID, "aws:token": {"secure": "v1:y"}})}) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, [""]),
        ({"confg": {}, **document(VALID)}, [""]),
        (document(changed(nmae="dev")), ["config"]),
        ({"config": {**document(VALID)["config"], "name": "dev"}}, ["config"]),
        (document(changed(tags=GONE)), ["config"]),
        (document(changed(name="Dev")), ["config/ai-datacenter:name"]),
        (document(changed(fleets={})), ["config/ai-datacenter:fleets"]),
        (document(changed(fleets={"Workers": VALID["fleets"]["workers"]})), ["config/ai-datacenter:fleets"]),
        (document(changed(fleets__workers__nodes=0)), ["config/ai-datacenter:fleets/workers/nodes"]),
        (document(changed(fleets__workers__nodes="2")), ["config/ai-datacenter:fleets/workers/nodes"]),
        (document(changed(fleets__workers__purchase="spott")), ["config/ai-datacenter:fleets/workers/purchase"]),
        (document(changed(fleets__workers__keyName=None)), ["config/ai-datacenter:fleets/workers/keyName"]),
        (document(changed(network__cidr="ten")), ["config/ai-datacenter:network/cidr"]),
        (document(changed(sandbox=None)), ["config/ai-datacenter:sandbox"]),
    ],
)
def test_what_is_wrong_is_underlined(content: object, expected: list[str]) -> None:
    """In the editor, before aidc is run."""
    assert expected == refused(content)


def test_every_example_is_valid() -> None:
    """An example in the schema, the reference or a message can be copied."""
    schema = file_schema()
    parts = [schema["properties"]["config"], *schema["$defs"].values()]

    for name, key in [item for part in parts for item in part.get("properties", {}).items()]:
        validator = Draft7Validator({**key, "$defs": schema["$defs"]})
        assert [(name, each) for each in key.get("examples", ()) if not validator.is_valid(each)] == []


def test_the_schema_says_nothing_of_null() -> None:
    """A key is given a value or left out."""
    assert '"null"' not in json.dumps(file_schema())
