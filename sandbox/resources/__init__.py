"""How each type of resource is created in the sandbox's moto server, an area a file."""

from collections.abc import Mapping

from sandbox.resources import backup, budget, cluster, compute, identity, network, operations, storage
from sandbox.resources.row import NotHeld, Row

__all__ = ("ROWS", "NotHeld", "Row")

ROWS: Mapping[str, Row | NotHeld] = {
    **backup.ROWS,
    **budget.ROWS,
    **network.ROWS,
    **operations.ROWS,
    **cluster.ROWS,
    **compute.ROWS,
    **identity.ROWS,
    **storage.ROWS,
}
