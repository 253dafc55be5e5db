"""Settings to begin a test with, and ways to spoil them."""

import copy
from pathlib import Path
from typing import Any

import pytest

from stacks.environment import Environment, load
from stacks.mistakes import SettingsError
from stacks.settings import Settings
from stacks.validation import check

PROJECT = Path(__file__).parents[2]
GONE = object()

VALID: dict[str, Any] = {
    "name": "dev",
    "aws:region": "us-east-1",
    "aws:allowedAccountIds": ["111111111111"],
    "tags": {"owner": "team@example.com", "costCenter": "research"},
    "network": {"cidr": "10.1.0.0/16", "zones": ["us-east-1a", "us-east-1b"]},
    "fleets": {
        "workers": {
            "instanceType": "p5.48xlarge",
            "nodes": 2,
            "zone": "us-east-1a",
            "image": "ami-0123456789abcdef0",
        }
    },
    "buckets": {"checkpoints": {}},
}


def changed(**changes: object) -> dict[str, Any]:
    """The valid settings with other values; `__` stands for the dot, and GONE takes a key away."""
    values = copy.deepcopy(VALID)
    for path, value in changes.items():
        *groups, key = path.split("__")
        here = values
        for group in groups:
            here = here.setdefault(group, {})
        if value is GONE:
            del here[key]
        else:
            here[key] = value
    return values


def settings_of(values: dict[str, Any], environment: str = "dev") -> Settings:
    """The settings of values without a mistake."""
    settings, mistakes = check(values, environment)
    assert mistakes == []
    assert settings is not None
    return settings


def told(values: dict[str, Any], environment: str = "dev") -> list[str]:
    """What is said of these values."""
    return [str(mistake) for mistake in check(values, environment).mistakes]


def write(folder: Path, text: str, environment: str = "dev") -> Path:
    """A project with one environment."""
    (folder / "stacks/config").mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: ai-datacenter\n", encoding="utf-8")
    (folder / f"stacks/config/Pulumi.{environment}.yaml").write_text(text, encoding="utf-8")
    return folder


def read(folder: Path, text: str) -> Environment:
    """The environment that a file's text is."""
    return load(write(folder, text), "dev")


def told_of(folder: Path, text: str) -> list[str]:
    """What is said of a file's text, each without its folder: `5: network.cidr: …`."""
    with pytest.raises(SettingsError) as raised:
        read(folder, text)
    return [str(mistake).removeprefix("stacks/config/Pulumi.dev.yaml:") for mistake in raised.value.mistakes]
