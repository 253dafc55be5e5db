"""Lets an evaluation load only those classes of pulumi-aws that its program names.

`pulumi_aws.ec2` alone imports some 300 modules when one class of it is named; a data centre uses 20. Importing them
takes a quarter of an evaluation (benchmarks/commands.py). A package whose classes can't be told by their names is
loaded as the SDK does it.
"""

import re
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

SDK = "pulumi_aws"
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # SecurityGroup is in security_group.py
SHARED = ("_inputs", "outputs", "_enums")  # the types of nested properties


def install() -> None:
    """Have packages of the SDK that are not loaded yet load their classes one by one."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the SDK's packages, such as `pulumi_aws.ec2`, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The package's own spec, with a loader that leaves its classes for later."""
        if fullname.rpartition(".")[0] != SDK:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None or spec.submodule_search_locations is None:
            return None
        spec.loader = _Package(spec.loader)
        return spec


class _Package(Loader):
    def __init__(self, whole: Loader) -> None:
        self._whole = whole

    def exec_module(self, module: ModuleType) -> None:
        """Give the package its classes when they are asked for (PEP 562)."""
        module.__dict__["__getattr__"] = partial(self._named, module)

    def _named(self, package: ModuleType, name: str) -> Any:  # noqa: ANN401 - a class, or a module
        if name.startswith("__"):
            raise AttributeError(name)
        for file in (_module_of(name), _module_of(name.removesuffix("Args")), *SHARED):
            found = _import(f"{package.__name__}.{file}")
            if found is not None and hasattr(found, name):
                package.__dict__[name] = getattr(found, name)
                return package.__dict__[name]
        if (module := _import(f"{package.__name__}.{name}")) is not None:  # the SDK's own `from . import outputs`
            return module
        if package.__dict__.pop("__getattr__", None) is not None:  # the SDK keeps copies of it in modules of its own
            self._whole.exec_module(package)
        try:
            return package.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}") from None


def _module_of(name: str) -> str:
    return WORDS.sub("_", name).lower()


def _import(module: str) -> ModuleType | None:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None
