import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime.config import CONFIG

from stacks.environment import from_engine, load, names
from stacks.mistakes import SettingsError
from tests.stacks.documents import PROJECT

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


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no pulumi on PATH")
def test_the_real_engine_takes_the_project_file(tmp_path: Path) -> None:
    """Pulumi's own types and defaults hold, and what it hands over is what `load` says it will."""
    shutil.copy(PROJECT / "Pulumi.yaml", tmp_path)
    shutil.copytree(PROJECT / "stacks/config", tmp_path / "stacks/config")
    (tmp_path / "stacks/__main__.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PYTHONPATH": str(PROJECT),
    }

    def engine(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    engine("stack", "init", "prod")
    engine("up", "--yes", "--skip-preview", "--stack", "prod")
    config, settings = json.loads(json.loads(engine("stack", "output", "--json", "--stack", "prod"))["seen"])

    expected = load(PROJECT, "prod")
    assert config == expected.config
    assert settings == expected.settings.model_dump(mode="json")
