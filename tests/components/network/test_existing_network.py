import pulumi
import pytest

from components.network.existing_network import ExistingNetwork
from playbooks.errors import EvaluationError
from tests.components.conftest import Declare


def test_it_stands_in_the_place_of_a_network_and_declares_nothing(declare: Declare) -> None:
    """The ids are handed on as they are."""
    seen: list[str] = []

    def program() -> None:
        network = ExistingNetwork.of("vpc-1", "10.0.0.0/16", {"use1-az4": "subnet-1"})
        pulumi.Output.all(network.vpc_id, network.private_subnet_ids["use1-az4"]).apply(seen.extend)

    assert list(declare(program)) == []
    assert seen == ["vpc-1", "subnet-1"]


def test_one_without_subnets_is_refused(declare: Declare) -> None:
    """Nodes need one to stand in."""
    with pytest.raises(EvaluationError, match="private_subnet_ids.*there must be one"):
        declare(lambda: ExistingNetwork.of("vpc-1", "10.0.0.0/16", {}))
