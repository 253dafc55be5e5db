from argparse import Namespace
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from playbooks.checks.gpu import fixed_computation
from tests.playbooks.checks.asks import names, verdicts
from tests.playbooks.payload.fleet import all_ended, nodes, start

Module = Callable[[str], ModuleType]


@pytest.fixture
def program(module: Module) -> Iterator[ModuleType]:
    """The program, on small matrices; torch is left as it was."""
    found = module("fixed_computation")
    threads = found.torch.get_num_threads()
    found.SIDE["cpu"] = 32
    yield found
    found.torch.set_num_threads(threads)
    found.torch.use_deterministic_algorithms(False)


def computed(program: ModuleType) -> Any:  # noqa: ANN401 - JSON
    """What the CPU answers."""
    return program.main(program.devices.Device(0, 1, program.torch.device("cpu"), None), Namespace())


@pytest.mark.slow
def test_nodes_of_one_host_give_the_same_bits() -> None:
    """In processes of their own."""
    question = nodes(2)
    found = fixed_computation.CHECK.judge(question, all_ended(start(fixed_computation.CHECK, question)))

    assert verdicts(found) == [("PASS", names(question))]


def test_inputs_are_the_same_everywhere(program: ModuleType) -> None:
    """Integers of torch's Mersenne twister, which are the same on every machine, as fractions that are exact."""
    left, right = program.inputs(4, program.torch.device("cpu"))

    assert (left[0] * program.LEVELS).tolist() == [-252, -65, 67, 107]
    assert not program.torch.equal(left, right)


def test_a_computation_that_always_gives_the_same_agrees_with_itself(program: ModuleType) -> None:
    """And with the next run of it."""
    first, second = computed(program), computed(program)

    assert first == second
    assert set(first["unlike_first"].values()) == {0}
    assert first["sha256"].keys() == {"bfloat16 product", "float32 product", "softmax", "sums"}


def test_one_bit_that_flips_once_is_seen(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the third of five repetitions, in the lowest bit of one number."""
    whole, calls = program.steps, []

    def broken(left: object, right: object) -> Any:  # noqa: ANN401 - tensors
        found = whole(left, right)
        calls.append(found)
        if len(calls) == 3:
            program.bits(found["float32 product"])[7, 7] ^= 1
        return found

    monkeypatch.setattr(program, "steps", broken)
    found = computed(program)

    assert found["unlike_first"] == {"bfloat16 product": 0, "float32 product": 1, "softmax": 0, "sums": 0}


def test_bits_tell_what_numbers_hide(program: ModuleType) -> None:
    """NaN is equal to itself there, and zero is not minus zero."""
    torch = program.torch
    nan, zeros = torch.tensor([float("nan")]), torch.tensor([0.0, -0.0])

    assert torch.equal(program.bits(nan), program.bits(nan.clone()))
    assert program.bits(zeros)[0] != program.bits(zeros)[1]
