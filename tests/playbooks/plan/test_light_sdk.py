"""In processes of their own, for a module is loaded once a process."""

import json
import subprocess
import sys
from typing import Any

import pytest

from stacks.environment import names
from tests.stacks.documents import PROJECT

PROGRAM = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from playbooks.plan import light_sdk
from playbooks.plan.evaluate import evaluate
from stacks.environment import load
if sys.argv[2] == "whole":
    light_sdk.install = lambda: None
graph = evaluate(load(Path(sys.argv[1]), sys.argv[3]))
loaded = sum(name.startswith("pulumi_aws.") for name in sys.modules)
print(json.dumps({"graph": [asdict(each) for each in graph], "loaded": loaded}))
"""
LIGHT = "from playbooks.plan import light_sdk; light_sdk.install(); import pulumi_aws as aws, sys"


def evaluated(how: str, environment: str) -> Any:  # noqa: ANN401 - JSON
    """An environment's graph, and how many of the SDK's modules it took."""
    command = [sys.executable, "-c", PROGRAM, str(PROJECT), how, environment]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def run(line: str) -> subprocess.CompletedProcess[str]:
    """A line of Python after the classes have been left for later."""
    return subprocess.run([sys.executable, "-c", f"{LIGHT}\n{line}"], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("environment", names(PROJECT))
def test_the_graph_is_the_same_with_half_of_the_modules(environment: str) -> None:
    """Whatever a program names is the SDK's own."""
    light, whole = evaluated("light", environment), evaluated("whole", environment)

    assert light["graph"] == whole["graph"]
    assert light["loaded"] < 0.6 * whole["loaded"]


def test_a_class_a_function_and_a_nested_type_are_found() -> None:
    """By their own modules, and without the others."""
    names = "aws.ec2.SecurityGroup, aws.ec2.get_ami, aws.ec2.SubnetArgs, aws.ec2.InstanceRootBlockDeviceArgs"
    done = run(f"print([each.__module__ for each in ({names})], 'pulumi_aws.ec2.fleet' in sys.modules)")

    assert done.stdout.split() == [
        "['pulumi_aws.ec2.security_group',",
        "'pulumi_aws.ec2.get_ami',",
        "'pulumi_aws.ec2.subnet',",
        "'pulumi_aws.ec2._inputs']",
        "False",
    ]


def test_what_there_is_not_is_an_error_after_all_has_been_looked_at() -> None:
    """The SDK's own words."""
    done = run("aws.ec2.SecurityGruop")

    assert done.returncode == 1
    assert "module 'pulumi_aws.ec2' has no attribute 'SecurityGruop'" in done.stderr


def test_a_nested_output_is_made_when_it_is_named() -> None:
    """As the module itself would make it, and without the others of the module."""
    done = run(
        """
from importlib.machinery import SourceFileLoader
from types import ModuleType

outputs, whole = aws.ec2.outputs, ModuleType("pulumi_aws.ec2.outputs")
made = outputs.InstanceRootBlockDevice
few = sum(isinstance(each, type) for each in vars(outputs).values())
SourceFileLoader(whole.__name__, outputs.__file__).exec_module(whole)
told = [(kind.__qualname__, kind.__bases__, sorted(vars(kind))) for kind in (made, whole.InstanceRootBlockDevice)]
print(few < 20, told[0] == told[1], made(volume_id="vol-1").volume_id)
"""
    )

    assert done.stdout.split() == ["True", "True", "vol-1"], done.stderr
