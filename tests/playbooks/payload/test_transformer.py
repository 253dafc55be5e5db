from collections.abc import Callable
from types import ModuleType

import pytest

Module = Callable[[str], ModuleType]


def test_flops_are_those_of_the_matrix_products_three_times(module: Module) -> None:
    """By hand, forward: 2 a parameter and token for each product, and both of attention's over all pairs of tokens."""
    program = module("transformer")
    size = program.Size(width=32, depth=2, head=16, sequence=8, batch=4)
    plain = program.model(size, program.torch.device("cpu"))
    inputs = program.torch.ones(size.batch, size.sequence, program.INPUTS)
    tokens, blocks = 4 * 8, 2 * (4 + 8) * 32**2
    products = 2 * tokens * (program.INPUTS * 32 + blocks + 32 * program.OUTPUTS)
    attention = 2 * (2 * 2 * 4 * 8 * 8 * 32)

    assert program.flops(plain, inputs) == 3 * (products + attention)
    assert all(parameter.grad is None for parameter in plain.parameters())


def test_a_model_is_the_same_every_time(module: Module) -> None:
    """On every rank."""
    program = module("transformer")
    first, second = (program.model(program.CPU, program.torch.device("cpu")) for _ in range(2))

    assert all(program.torch.equal(*pair) for pair in zip(first.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize(
    ("memory_gb", "width", "batch"), [(15.8, 2048, 8), (24, 2048, 8), (42.9, 4096, 8), (85, 4096, 16), (151, 4096, 32)]
)
def test_a_gpu_is_filled_and_not_overfilled(module: Module, memory_gb: float, width: int, batch: int) -> None:
    """By the state of AdamW and by what blocks keep; the model stays a power of two."""
    program = module("transformer")
    size = program.gpu_size(int(memory_gb * 1e9))
    parameters = size.depth * 12 * size.width**2
    kept = size.depth * size.batch * size.sequence * size.width * program.ACTIVATION_BYTES_PER_VALUE

    assert (size.width, size.batch) == (width, batch)
    assert program.STATE_BYTES_PER_PARAMETER * parameters + kept < 0.9 * memory_gb * 1e9


def test_each_rank_draws_data_of_its_own_that_is_the_same_every_time(module: Module) -> None:
    """All of it answered by one teacher."""
    program = module("transformer")
    torch = program.torch
    ranks = [program.ranks.Rank(number, 2, torch.device("cpu")) for number in (0, 0, 1)]
    first, again, other = (program.Data(rank, program.CPU) for rank in ranks)
    drawn, drawn_again, drawn_other = first.draw(), again.draw(), other.draw()

    assert torch.equal(drawn[0], drawn_again[0])
    assert not torch.equal(drawn[0], drawn_other[0])
    assert not torch.equal(drawn[0], first.draw()[0])
    assert torch.equal(first.map, other.map)
