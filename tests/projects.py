"""Projects to run the command in: a folder with Pulumi.yaml and one sandbox environment at addresses of its own."""

import os
import shutil
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
ENVIRONMENT = "sandbox"


def sandbox_cidr() -> str:
    """A loopback block of this test process alone; other tests' nodes stand in 127.64.0.0 to 127.191.255.255."""
    pid = os.getpid()
    return f"127.{192 + pid // 16 % 60}.{pid % 16 * 16}.0/20"


def make_project(folder: Path) -> Path:
    """The project's own sandbox environment, moved to addresses of its own and made small."""
    config = folder / "stacks" / "config"
    config.mkdir(parents=True)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copy(ROOT / "stacks" / "config" / "Pulumi.sandbox.yaml", config)
    change(folder, "network", cidr=sandbox_cidr())
    change(folder, "smoke", allReduce={"largestMessageMib": 1, "minimumBusBandwidthGbPerSecond": 0.0001})
    change(folder, "smoke", storage={"sizeMib": 1, "bucket": "checkpoints", "checkpointMib": 16})
    return folder


def change(project: Path, section: str, *, environment: str = ENVIRONMENT, **values: object) -> None:
    """Set keys of a section in an environment's file, or of one in it: `fleets.workers`; None takes a key away."""
    path = project / "stacks" / "config" / f"Pulumi.{environment}.yaml"
    yaml = YAML()
    document = yaml.load(path)
    first, *inner = section.split(".")
    target = document["config"].setdefault(f"ai-datacenter:{first}", {})
    for key in inner:
        target = target.setdefault(key, {})
    for key, value in values.items():
        if value is None:
            del target[key]
        else:
            target[key] = value
    yaml.dump(document, path)
