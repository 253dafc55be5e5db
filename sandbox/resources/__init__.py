"""How each type of resource is created in the sandbox's moto server, an area a file."""

from collections.abc import Mapping

from sandbox.resources import compute, network, storage
from sandbox.resources.row import NotHeld, Row

__all__ = ("ROWS", "NotHeld", "Row")

ROWS: Mapping[str, Row | NotHeld] = {**network.ROWS, **compute.ROWS, **storage.ROWS}
