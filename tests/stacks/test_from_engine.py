import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import CONFIG

from stacks.environment import from_engine, load, names
from stacks.mistakes import SettingsError
from tests.stacks.documents import PROJECT, changed

PROGRAM = """\
import json
import pulumi
from pulumi.runtime.config import CONFIG
from stacks.environment import from_engine
from stacks.mistakes import SettingsError

try:
    settings = from_engine()
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None
pulumi.export("seen", json.dumps([dict(CONFIG.get()), settings.model_dump(mode="json")]))
"""


@pytest.fixture(autouse=True)
def _own_configuration() -> Iterator[None]:
    """The SDK's configuration is global."""
    before = dict(CONFIG.get())
    yield
    pulumi.runtime.set_all_config(before, [])


def engine_has(monkeypatch: pytest.MonkeyPatch, config: Mapping[str, str], stack: str, secret: list[str]) -> None:
    """What the engine would have handed over."""
    pulumi.runtime.set_all_config(dict(config), secret)
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)


@pytest.mark.parametrize("name", names(PROJECT))
def test_the_engine_and_the_file_say_the_same(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An environment's `config` is what a program needs to find its settings."""
    environment = load(PROJECT, name)
    engine_has(monkeypatch, environment.config, name, [])

    assert from_engine() == environment.settings


def test_mistakes_come_without_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once; also text where a group of keys belongs, a secret, and the settings of another stack."""
    config = {**load(PROJECT, "dev").config, "ai-datacenter:network": "{", "ai-datacenter:smok": "1"}
    engine_has(monkeypatch, config, "prod", ["ai-datacenter:tags"])

    with pytest.raises(SettingsError) as raised:
        from_engine()

    assert [str(mistake).partition("\n")[0] for mistake in raised.value.mistakes] == [
        "tags: the value is encrypted",
        'network: "{" is not a group of keys',
        "smok: no such setting",
        'name: "dev" stands in the settings of prod',
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose program tells what the engine has handed over, with a backend of its own."""
    shutil.copy(PROJECT / "Pulumi.yaml", tmp_path)
    shutil.copytree(PROJECT / "stacks/config", tmp_path / "stacks/config")
    (tmp_path / "stacks/__main__.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "state").mkdir()
    return tmp_path


def handed_over(project: Path, stack: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The configuration that a program gets from the real engine, and the settings that it reads in it."""
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{project}/state",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_HOME": str(project / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PYTHONPATH": str(PROJECT),
    }

    def engine(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    engine("stack", "init", stack)
    engine("up", "--yes", "--skip-preview", "--stack", stack)
    config, settings = json.loads(json.loads(engine("stack", "output", "--json", "--stack", stack))["seen"])
    return config, settings


real_engine = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")


@pytest.mark.engine
@pytest.mark.slow
@real_engine
def test_the_real_engine_takes_the_project_file(project: Path) -> None:
    """Pulumi's own types hold, and what it hands over is what `load` says it will, and the project's defaults."""
    config, settings = handed_over(project, "prod")

    expected = load(PROJECT, "prod")
    assert {key: config.get(key) for key in expected.config} == expected.config
    assert config["pulumi:disable-default-providers"] == '["kubernetes"]'
    assert settings == expected.settings.model_dump(mode="json")


@pytest.mark.engine
@pytest.mark.slow
@real_engine
@pytest.mark.parametrize("quote", ["", "'"], ids=["unquoted", "quoted"])
def test_days_and_times_are_the_same_to_the_real_engine(project: Path, quote: str) -> None:
    """Unquoted ones it hands on in Go's form, and writes that into the file when it writes its own keys there."""
    file = project / "stacks/config/Pulumi.dev.yaml"
    values = changed(
        fleets__workers__purchase="capacity-block",
        fleets__workers__reservation="cr-0123456789abcdef0",
        fleets__workers__block={"starts": "1T", "ends": "2T", "instances": 2},
        waivers=[{"rule": "vault-locked", "resource": "vault", "reason": "made anew every night", "expires": "3T"}],
    )
    text = json.dumps({"config": {key if ":" in key else f"ai-datacenter:{key}": each for key, each in values.items()}})
    for mark, time in {"1T": "2026-12-01T11:30:00Z", "2T": "2026-12-15T11:30:00Z", "3T": "2027-06-30"}.items():
        text = text.replace(f'"{mark}"', f"{quote}{time}{quote}")
    file.write_text(text, encoding="utf-8")
    before = load(project, "dev")

    config, settings = handed_over(project, "dev")

    assert {key: config[key] for key in before.config} == before.config
    assert settings == before.settings.model_dump(mode="json")
    assert settings["fleets"]["workers"]["block"]["ends"] == "2026-12-15T11:30:00Z"
    assert settings["waivers"][0]["expires"] == "2027-06-30"
    assert "encryptionsalt" in file.read_text(encoding="utf-8")  # it has written its keys
    assert load(project, "dev").settings == before.settings


def test_both_stacks_of_an_environment_have_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs inside the cluster is a stack of its own, with the environment's file."""
    environment = load(PROJECT, "prod")
    engine_has(monkeypatch, environment.config, "prod-platform", [])

    assert from_engine() == environment.settings
