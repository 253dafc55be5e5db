from collections.abc import Callable
from types import ModuleType

import pytest

from playbooks.checks import training_step
from tests.playbooks.checks.asks import names, verdicts
from tests.playbooks.payload.fleet import all_ended, nodes, start

Module = Callable[[str], ModuleType]


@pytest.mark.slow
def test_four_nodes_train_and_end_alike() -> None:
    """Over Gloo; the loss of a run is the same every time."""
    question = nodes(4, {"training": {"steps": 40}})
    outcomes = all_ended(start(training_step.CHECK, question))
    found = training_step.CHECK.judge(question, outcomes)

    assert verdicts(found) == [("PASS", names(question))] * 3
    assert found[0].figure is not None
    assert found[0].figure.value == pytest.approx(0.11, abs=0.03)
    assert {figure.name for figure in found[0].measurements if figure.value > 0} == {
        "step time",
        "throughput",
        "compute reached",
    }


def test_flops_are_those_of_the_matrix_products(module: Module) -> None:
    """By hand: 2 b i o for each layer forward and for each of its two gradients; the first has none for its input."""
    program = module("training_step")
    width, batch = 32, 8
    plain = program.model(width)
    inputs, targets = program.torch.ones(batch, program.INPUTS), program.torch.ones(batch, program.OUTPUTS)
    shapes = [(program.INPUTS, width), (width, width), (width, width), (width, program.OUTPUTS)]
    forward = [2 * batch * inputs * outputs for inputs, outputs in shapes]

    assert program.flops(plain, inputs, targets) == 3 * sum(forward) - forward[0]
    assert all(parameter.grad is None for parameter in plain.parameters())


def test_a_checksum_sees_one_bit(module: Module) -> None:
    """And is the same for the same model."""
    program = module("training_step")
    plain = program.model(16)
    before = program.checksum(plain)
    assert program.checksum(program.model(16)) == before

    bits = next(plain.parameters()).detach().view(program.torch.int32)
    bits[0, 0] ^= 1
    assert program.checksum(plain) != before


def test_each_rank_draws_data_of_its_own_that_is_the_same_every_time(module: Module) -> None:
    """All of it answered by one teacher."""
    program = module("training_step")
    torch = program.torch
    ranks = [program.ranks.Rank(number, 2, torch.device("cpu")) for number in (0, 0, 1)]
    first, again, other = (program.Data(rank) for rank in ranks)
    drawn, drawn_again, drawn_other = first.draw(), again.draw(), other.draw()

    assert torch.equal(drawn[0], drawn_again[0])
    assert not torch.equal(drawn[0], drawn_other[0])
    assert not torch.equal(drawn[0], first.draw()[0])
    assert torch.equal(first.map, other.map)


@pytest.mark.parametrize("steps", [10, 60, 61, 1000, 100_000])
def test_the_curve_has_the_first_and_the_last_loss_and_stays_short(module: Module, steps: int) -> None:
    """So that the answer stays one line of some kilobytes."""
    program = module("training_step")
    curve = program._curve([float(step) for step in range(steps)])

    assert curve[0] == [0, 0.0]
    assert curve[-1] == [steps - 1, float(steps - 1)]
    assert len(curve) <= 2 * program.CURVE_POINTS + 1
