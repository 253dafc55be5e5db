from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from playbooks.checks.training import resumption, training_step
from playbooks.payload.ending import Status
from tests.playbooks.checks.asks import names, verdicts
from tests.playbooks.payload.fleet import PAYLOAD, all_ended, ended, nodes, program, start

Module = Callable[[str], ModuleType]


@pytest.fixture
def alone(module: Module) -> Iterator[ModuleType]:
    """The program, in a process group of one rank."""
    program = module("training_step")
    program.dist.init_process_group("gloo", store=program.dist.HashStore(), rank=0, world_size=1)
    yield program
    program.dist.destroy_process_group()


def resumed(program: ModuleType, file: Path) -> Any:  # noqa: ANN401 - JSON
    """What the only rank tells of a checkpoint after some steps."""
    rank = program.ranks.Rank(0, 1, program.torch.device("cpu"))
    size = program.transformer.CPU
    data = program.transformer.Data(rank, size)
    training = program.Training(rank, program.transformer.model(size, rank.device), data, bf16=False)
    for _ in range(5):
        training.step()
    return {"saved": program.checksum(training.plain), **program.resumed(training, str(file), size)}


@pytest.mark.slow
def test_four_nodes_train_and_end_alike(tmp_path: Path) -> None:
    """Over Gloo; the loss of a run is the same every time, and no checkpoint is left."""
    question = nodes(4, {"training": {"steps": 40}, "storage": {"scratch": str(tmp_path)}})
    outcomes = all_ended(start(training_step.CHECK, question))
    found = training_step.CHECK.judge(question, outcomes)

    assert verdicts(found) == [("PASS", names(question))] * 4
    assert found[0].figure is not None
    assert found[0].figure.value == pytest.approx(0.1, abs=0.04)
    assert {figure.name for figure in found[0].measurements if figure.value > 0} == {
        "step time",
        "throughput",
        "compute reached",
    }
    assert list(tmp_path.iterdir()) == []


SLOW_DISK = """\
import sys, time
from datetime import timedelta
sys.path.insert(0, {payload!r})
import training_step
save = training_step.torch.save

def slowly(saved, file):
    save(saved, file)
    time.sleep({seconds})

training_step.torch.save = slowly
training_step.CHECKPOINT = timedelta(seconds={limit})
training_step.ranks.COLLECTIVE = timedelta(seconds=15)
if __name__ == "__main__":
    training_step.answer(training_step.run(training_step.parser().parse_args()))
"""


def slow_disk(folder: Path, seconds: int, limit: int) -> str:
    """The program where a checkpoint takes so long, and may take so long; a collective may take 15 s."""
    file = folder / "slow_disk.py"
    file.write_text(SLOW_DISK.format(payload=str(PAYLOAD), seconds=seconds, limit=limit))
    return str(file)


@pytest.mark.slow
def test_ranks_wait_for_a_slow_disk_longer_than_for_each_other(tmp_path: Path) -> None:
    """A checkpoint is gigabytes; nothing of it is left."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    question = nodes(1, {"training": {"steps": 10}, "storage": {"scratch": str(scratch)}})
    file = slow_disk(tmp_path, seconds=20, limit=100)
    words = training_step.CHECK.arguments(question, question.nodes[0])
    found = ended(program(file, *words, "--ranks", "2"))  # the second waits for the first

    assert found.exit_status == 0
    assert list(scratch.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [1, 2])
def test_a_disk_that_takes_too_long_is_said(tmp_path: Path, ranks: int) -> None:
    """By the node whose disk it is, and nothing is left there; one rank alone is the program itself."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    question = nodes(1, {"training": {"steps": 10}, "storage": {"scratch": str(scratch)}})
    file = slow_disk(tmp_path, seconds=600, limit=5)
    words = training_step.CHECK.arguments(question, question.nodes[0])
    found = ended(program(file, *words, "--ranks", str(ranks), "--port", "0"))

    assert found.exit_status == Status.SCRATCH_SLOW
    assert found.stderr.text.splitlines()[-1] == f"writing the checkpoint to {scratch} took longer than 5 s"
    assert list(scratch.iterdir()) == []


def test_a_model_that_read_its_checkpoint_goes_on_with_the_same_losses(alone: ModuleType, tmp_path: Path) -> None:
    """Bit for bit."""
    found = resumed(alone, tmp_path / "checkpoint")

    assert found["went_on"] == found["resumed"]
    assert len(found["resumed"]) == alone.RESUMED_STEPS
    assert found["restored_checksum"] == found["saved"]


def test_a_checkpoint_without_the_optimizers_moments_is_seen(
    alone: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By far more than GPUs round: the first loss is the model's, those after it are not."""
    save = alone.torch.save

    def forgetful(saved: Any, file: str) -> None:  # noqa: ANN401 - as torch takes it
        save({**saved, "optimizer": {**saved["optimizer"], "state": {}}}, file)

    monkeypatch.setattr(alone.torch, "save", forgetful)
    found = resumed(alone, tmp_path / "checkpoint")

    assert found["went_on"][0] == found["resumed"][0]
    assert abs(found["went_on"][-1] / found["resumed"][-1] - 1) > 10 * resumption.GPU_TOLERANCE


def test_a_disk_without_room_is_said(
    alone: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is written."""
    monkeypatch.setattr(alone.shutil, "disk_usage", lambda _: Namespace(free=1 << 20))
    with pytest.raises(SystemExit) as ended:
        resumed(alone, tmp_path / "checkpoint")

    assert ended.value.code == Status.DISK_FULL
    assert f"{tmp_path} has 1 MiB free; the checkpoint needs 257 MiB" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_said(alone: ModuleType, tmp_path: Path) -> None:
    """As the user's own mistake."""
    with pytest.raises(SystemExit) as ended:
        resumed(alone, tmp_path / "none" / "checkpoint")

    assert ended.value.code == Status.SCRATCH_REFUSED


def test_a_checksum_sees_one_bit(module: Module) -> None:
    """And is the same for the same model."""
    program = module("training_step")
    device = program.torch.device("cpu")
    plain = program.transformer.model(program.transformer.CPU, device)
    before = program.checksum(plain)
    assert program.checksum(program.transformer.model(program.transformer.CPU, device)) == before

    bits = next(plain.parameters()).detach().view(program.torch.int32)
    bits[0, 0] ^= 1
    assert program.checksum(plain) != before


@pytest.mark.parametrize("steps", [10, 60, 61, 1000, 100_000])
def test_the_curve_has_the_first_and_the_last_loss_and_stays_short(module: Module, steps: int) -> None:
    """So that the answer stays one line of some kilobytes."""
    program = module("training_step")
    curve = program._curve([float(step) for step in range(steps)])

    assert curve[0] == [0, 0.0]
    assert curve[-1] == [steps - 1, float(steps - 1)]
    assert len(curve) <= 2 * program.CURVE_POINTS + 1
