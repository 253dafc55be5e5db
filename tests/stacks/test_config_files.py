"""The environments of this repository, as they stand."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from components.catalogue.instance_types import instance_type
from stacks.environment import CONFIG_FOLDER, load, names
from stacks.settings import PROJECT as NAMESPACE
from stacks.settings import PROVIDERS_OWN, Placement, Settings
from stacks.shape import keys
from tests.stacks.documents import PROJECT


def project_file() -> dict[str, Any]:
    """Pulumi.yaml."""
    project: dict[str, Any] = YAML(typ="safe").load(PROJECT / "Pulumi.yaml")
    return project


def test_there_are_five_environments() -> None:
    """From the laptop to production, and one of research size."""
    assert names(PROJECT) == ["dev", "prod", "research", "sandbox", "staging"]


@pytest.mark.parametrize("name", names(PROJECT))
def test_each_environment_is_valid(name: str) -> None:
    """Each declares fleets of types with EFA, and a bucket that the smoke gate's nodes may write to."""
    settings = load(PROJECT, name).settings

    assert name == settings.name
    assert [fleet for fleet in settings.fleets.values() if not instance_type(fleet.instance_type).efa_interfaces] == []
    assert "checkpoints" in settings.buckets
    for fleet in settings.fleets.values():
        assert fleet.cluster or settings.smoke.storage.bucket in fleet.buckets
    assert (settings.sandbox is not None) == (name == "sandbox")


def test_the_sandbox_needs_no_account_and_no_agent() -> None:
    """Its key is made by `aidc up sandbox`, and git never sees it."""
    settings = load(PROJECT, "sandbox").settings

    assert settings.fleets["workers"].effective_placement is Placement.CLUSTER
    assert settings.access.identity_file == ".sandbox/id_ed25519"
    assert "/.sandbox/" in (PROJECT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", names(PROJECT))
def test_each_file_begins_with_its_schema(name: str) -> None:
    """So that editors complete it."""
    first = (PROJECT / CONFIG_FOLDER / f"Pulumi.{name}.yaml").read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=./settings.schema.json"
    assert (PROJECT / CONFIG_FOLDER / "settings.schema.json").is_file()


def test_the_project_file_agrees_with_the_code() -> None:
    """Name, folder of the environments, and the virtual environment that `make` fills."""
    project = project_file()

    assert project["name"] == NAMESPACE
    assert Path(project["stackConfigDir"]) == CONFIG_FOLDER
    assert project["main"] == "stacks"
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


def test_no_default_provider_leads_into_a_cluster() -> None:
    """Whatever a person's own kubeconfig points at."""
    assert project_file()["config"]["pulumi:disable-default-providers"] == {"value": ["kubernetes"]}


def test_the_project_file_declares_the_settings() -> None:
    """A key without a default is required by the engine, so exactly those that the models require have none."""
    declared = {key: value for key, value in project_file()["config"].items() if ":" not in key}
    optional = {key for key, field in keys(Settings).items() if not field.is_required() and field.default is None}
    settings = {key: field for key, field in keys(Settings).items() if key not in {*PROVIDERS_OWN, *optional}}

    assert list(settings) == list(declared)
    assert [key for key, field in settings.items() if field.is_required()] == [
        key for key, value in declared.items() if "default" not in value
    ]
    assert {key: field.description for key, field in settings.items()} == {
        key: value["description"] for key, value in declared.items()
    }
