import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from playbooks.payload.ending import Status
from tests.playbooks.payload.fleet import ended, program

Module = Callable[[str], ModuleType]


@pytest.fixture
def interfaces(tmp_path: Path) -> Path:
    """What sysfs shows of two interfaces, of which one is another maker's."""
    for name, driver in (("rdmap144s27", "efa"), ("mlx5_0", "mlx5_core")):
        counters = tmp_path / "infiniband" / name / "ports" / "1" / "hw_counters"
        counters.mkdir(parents=True)
        (counters / "rx_bytes").write_text("85466418782288\n", encoding="ascii")
        (counters / "rx_drops").write_text("0\n", encoding="ascii")
        (tmp_path / "drivers" / driver).mkdir(parents=True)
        (tmp_path / "infiniband" / name / "device").mkdir()
        (tmp_path / "infiniband" / name / "device" / "driver").symlink_to(tmp_path / "drivers" / driver)
    return tmp_path / "infiniband"


def test_only_efa_is_counted(module: Module, interfaces: Path) -> None:
    """NVLink's controllers are RDMA devices too."""
    assert module("efa_counters").read(interfaces) == {"rdmap144s27": {"rx_bytes": 85466418782288, "rx_drops": 0}}


def test_a_machine_without_rdma_has_no_interfaces(module: Module, tmp_path: Path) -> None:
    """Its kernel makes no such folder."""
    assert module("efa_counters").read(tmp_path / "none") == {}


def test_what_was_kept_is_answered_with_what_is_now(
    module: Module, interfaces: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second reading shows what moved in between."""
    counters = module("efa_counters")
    read = counters.read
    monkeypatch.setattr(counters.baseline, "FOLDER", interfaces.parent)
    monkeypatch.setattr(counters, "read", lambda: read(interfaces))
    counters.main(keep=True)
    assert json.loads(capsys.readouterr().out) == {"interfaces": ["rdmap144s27"]}
    (interfaces / "rdmap144s27/ports/1/hw_counters/rx_drops").write_text("3\n", encoding="ascii")
    counters.main(keep=False)
    found = json.loads(capsys.readouterr().out)

    assert (found["before"]["rdmap144s27"]["rx_drops"], found["after"]["rdmap144s27"]["rx_drops"]) == (0, 3)


def test_without_a_first_reading_there_is_nothing_to_tell() -> None:
    """Zeros would look like a node on which nothing went wrong."""
    found = ended(program("efa_counters.py"))

    assert found.exit_status == Status.NO_READING
    assert found.stderr.text == "the EFA counters were not read when the smoke gate began\n"
