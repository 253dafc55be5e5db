import json
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.environment import load, names, project_root
from stacks.mistakes import SettingsError
from stacks.settings import Fleet
from stacks.shape import keys
from tests.stacks.documents import PROJECT, read, told_of, write

TEXT = """\
encryptionsalt: v1:salt
config:
  aws:region: us-east-1
  aws:token: {secure: v1:canary}
  kubernetes:context: {b: 2, a: [true, 1.5, null, "é"]}
  pulumi:disable-default-providers: [kubernetes]
  ai-datacenter:name: dev
  ai-datacenter:tags: {owner: team, costCenter: research}
  ai-datacenter:network:
    cidr: 10.1.0.0/16
    zones: [us-east-1a]
  ai-datacenter:fleets:
    workers: &fleet
      instanceType: g6.8xlarge
      nodes: 2
      zone: us-east-1a
      image: ami-0123456789abcdef0
  aws:allowedAccountIds: ["111111111111"]
"""
ACCOUNT = TEXT.splitlines(keepends=True)[-1]


def test_an_environment_is_its_file(tmp_path: Path) -> None:
    """Name, path and settings."""
    environment = read(tmp_path, TEXT)

    assert environment.name == "dev"
    assert environment.path == tmp_path / "stacks/config/Pulumi.dev.yaml"
    assert environment.settings.region == "us-east-1"
    assert environment.settings.fleets["workers"].nodes == 2


def test_other_namespaces_pass_in_the_engines_form(tmp_path: Path) -> None:
    """Text as it is, all else as JSON; what is encrypted can't be read and is left out."""
    config = read(tmp_path, TEXT).config

    assert config["aws:region"] == "us-east-1"
    assert config["kubernetes:context"] == '{"a":[true,1.5,null,"é"],"b":2}'
    assert config["pulumi:disable-default-providers"] == '["kubernetes"]'
    assert json.loads(config["ai-datacenter:network"]) == {"cidr": "10.1.0.0/16", "zones": ["us-east-1a"]}
    assert "aws:token" not in config


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    """In block and flow mappings, behind anchors and merge keys, in keys, and where something is missing."""
    more = "    second: {<<: *fleet, purchase: spott, colour: red}\n    third: {}\n  ai-datacenter:smok: {}\n"
    text = TEXT.replace("research}", "7}").replace("10.1.0.0/16", "10.1.0.1/16").replace("nodes: 2", "nodes: 0")
    text = text.replace(ACCOUNT, f"{more}{ACCOUNT}confg: {{}}\n")

    assert [each.partition("\n")[0] for each in told_of(tmp_path, text)] == [
        "8: tags.costCenter: 7 is not text",
        "10: network.cidr: 10.1.0.1/16 is an address inside a network",
        "15: fleets.workers.nodes: 0 is too small",
        "15: fleets.second.nodes: 0 is too small",
        '18: fleets.second.purchase: there is no "spott"',
        "18: fleets.second.colour: no such setting",
        "19: fleets.third.instanceType: missing",
        "19: fleets.third.nodes: missing",
        "19: fleets.third.zone: missing",
        "19: fleets.third.image: missing",
        "20: smok: no such setting",
        "22: confg: Pulumi knows no such key",
    ]


def test_the_message_tells_all_of_it(tmp_path: Path) -> None:
    """What the person sees, to the letter."""
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, TEXT.replace("nodes: 2", 'nodes: "2"').replace("zone:", "zon:"))

    assert str(raised.value) == (
        "2 mistakes in the settings:\n"
        'stacks/config/Pulumi.dev.yaml:15: fleets.workers.nodes: "2" is not a whole number\n'
        "    Write 2, without quotes.\n"
        "stacks/config/Pulumi.dev.yaml:16: fleets.workers.zon: no such setting\n"
        f"    Did you mean zone? Known: {', '.join(keys(Fleet))}."
    )


def test_yaml_mistakes_and_settings_mistakes_come_together(tmp_path: Path) -> None:
    """A key that stands twice hides no other mistake, and is told of once."""
    text = TEXT.replace("    cidr:", "    cidr: nonsense\n    cidr:").replace("nodes: 2", "nodes: 02")

    assert [each.partition("\n")[0] for each in told_of(tmp_path, text)] == [
        "11: network.cidr: stands in line 10 already",
        '16: fleets.workers.nodes: YAML readers do not agree on what "02" is (int)',
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("name: dev", "7: name: not a setting\n    Write ai-datacenter:name if it is meant as one."),
        ("ai-datacentre:x: 1", "7: ai-datacentre:x: not a setting\n    Write ai-datacenter:x if it is meant as one."),
        ("ai-datacenter:sandbox:", "7: sandbox: there is no value\n    Write one, or remove the key."),
    ],
)
def test_a_key_that_nobody_would_read_is_told(tmp_path: Path, line: str, expected: str) -> None:
    """The engine passes over it in silence."""
    assert [expected] == told_of(tmp_path, TEXT.replace("  ai-datacenter:name", f"  {line}\n  ai-datacenter:name"))


def test_an_encrypted_setting_is_told_and_not_shown(tmp_path: Path) -> None:
    """It can't be read offline; its ciphertext is nobody's business."""
    (mistake,) = told_of(tmp_path, TEXT.replace("{owner: team, costCenter: research}", "{secure: v1:canary}"))

    assert mistake.startswith("8: tags: the value is encrypted\n    Write it in plain text")
    assert "canary" not in mistake


@pytest.mark.parametrize("text", ["", "config:", "config: 5", "[1]", "encryptionsalt: v1:x"])
def test_a_file_without_settings_is_told(tmp_path: Path, text: str) -> None:
    """With the way to begin."""
    (mistake,) = told_of(tmp_path, text)

    assert mistake == (
        "1: there are no settings\n    Write `config:` and below it keys such as ai-datacenter:name"
        " (docs/settings.md has all of them)."
    )


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    """A file saved as Latin-1."""
    path = write(tmp_path, TEXT) / "stacks/config/Pulumi.dev.yaml"
    path.write_bytes(TEXT.replace("team", "Jürgen").replace("é", "e").encode("latin-1"))

    with pytest.raises(SettingsError, match=r"Pulumi.dev.yaml:8: byte 0xfc is not UTF-8\n    Save the file as UTF-8."):
        load(tmp_path, "dev")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder of that name, say."""
    (tmp_path / "stacks/config/Pulumi.dev.yaml").mkdir(parents=True)

    with pytest.raises(SettingsError, match=r"stacks/config/Pulumi.dev.yaml can't be read: Is a directory"):
        load(tmp_path, "dev")


def test_an_unknown_environment_names_the_nearest(tmp_path: Path) -> None:
    """And lists those that there are; a path is no name."""
    for name in ("staging", "dev", "prod"):
        write(tmp_path, TEXT, name)

    assert names(tmp_path) == ["dev", "prod", "staging"]
    with pytest.raises(
        SettingsError, match=r'no environment "prodd"\n    Did you mean prod\? Known: dev, prod, staging'
    ):
        load(tmp_path, "prodd")
    with pytest.raises(SettingsError, match=r'no environment "../../x"\n    Write one of dev, prod, staging\.'):
        load(tmp_path, "../../x")


def test_a_project_without_environments_says_what_to_write(tmp_path: Path) -> None:
    """An empty folder has none."""
    assert names(tmp_path) == []
    with pytest.raises(SettingsError, match=r"Write stacks/config/Pulumi\.dev\.yaml\."):
        load(tmp_path, "dev")


def test_a_platform_stack_is_no_environment(tmp_path: Path) -> None:
    """`pulumi stack init dev-platform` writes a file of its own, with Pulumi's keys only."""
    write(tmp_path, TEXT)
    write(tmp_path, "encryptionsalt: v1:salt\n", "dev-platform")

    assert names(tmp_path) == ["dev"]


def test_the_project_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the current folder upwards, to the nearest Pulumi.yaml."""
    below = write(tmp_path, TEXT) / "stacks/config"
    monkeypatch.chdir(below)

    assert tmp_path == project_root()
    assert project_root(Path(__file__)) == PROJECT
    with pytest.raises(SettingsError, match=r"there is no Pulumi\.yaml in /nowhere or in a folder above it"):
        project_root(Path("/nowhere"))


def test_reading_an_environment_imports_neither_pulumi_nor_boto3() -> None:
    """Both take longer to import than the command may take to start; the errors alone don't even need pydantic."""
    program = (
        "import sys; import stacks.mistakes; early = set(sys.modules); import stacks.environment as e;"
        "e.load(e.project_root(), 'sandbox');"
        "print({'pydantic_core', 'ruamel.yaml'} & early, {'pulumi', 'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert done.stdout == "set() set()\n"
