from pathlib import Path

import pytest

from sandbox.errors import FaultError
from sandbox.faults import Kind, refusals
from sandbox.faults.refusals import refuse
from stacks.environment import load
from stacks.settings import Settings
from tests.projects import ENVIRONMENT, change, make_project


def settings(folder: Path, scratch: str = "~") -> Settings:
    """A sandbox's settings."""
    project = make_project(folder)
    change(project, "smoke", storage={"scratch": scratch, "sizeMib": 1})
    return load(project, ENVIRONMENT).settings


def test_what_needs_nothing_is_never_refused(tmp_path: Path) -> None:
    """Seven of the nine kinds."""
    free = [kind for kind in Kind if kind not in (Kind.SLOW_NETWORK, Kind.FULL_DISK)]

    refuse({f"workers-{index}": kind for index, kind in enumerate(free)}, settings(tmp_path))


def test_a_slow_network_needs_a_network_of_its_own(tmp_path: Path) -> None:
    """The message names the node, the setting and what to run; the fault beside it is not its business."""
    with pytest.raises(FaultError) as caught:
        refuse({"workers-1": Kind.SLOW_NETWORK, "workers-2": Kind.SLOW}, settings(tmp_path))

    assert str(caught.value).startswith("--inject workers-1=slow-network: all nodes share one network.")
    assert "set sandbox.isolation to namespaces" in str(caught.value)
    assert "workers-2" not in str(caught.value)


def test_a_full_disk_is_that_of_the_home_folder(tmp_path: Path) -> None:
    """Elsewhere the storage check would find nothing."""
    with pytest.raises(FaultError, match="smoke.storage.scratch is /scratch: set it to ~"):
        refuse({"workers-1": Kind.FULL_DISK}, settings(tmp_path, scratch="/scratch"))


def test_who_may_not_mount_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words of the program that was refused."""
    monkeypatch.setattr(refusals, "unshare", lambda: ["sh", "-c", "echo unshare: not permitted >&2; exit 1"])
    with pytest.raises(FaultError, match=r"this user may not mount \(unshare: not permitted\): run as root"):
        refuse({"workers-1": Kind.FULL_DISK}, settings(tmp_path))
