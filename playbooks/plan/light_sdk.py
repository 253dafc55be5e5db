"""Lets an evaluation load only those classes of pulumi-aws that its program names.

`pulumi_aws.ec2` alone imports some 300 modules when one class of it is named; a data centre uses 20. Importing them
takes a quarter of an evaluation (benchmarks/commands.py). A package whose classes can't be told by their names is
loaded as the SDK does it. Of the types of nested outputs, 525 in `pulumi_aws.ec2.outputs` alone, each is made when it
is named, which saves a fifth of the rest.
"""

import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pulumi

SDK = "pulumi_aws"
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # SecurityGroup is in security_group.py
SHARED = ("_inputs", "outputs", "_enums")  # the types of nested properties
NAMES = re.compile(rf"{SDK}\.\w+(\.outputs)?")
CLASS = re.compile(r"^class ", re.MULTILINE)
OUTPUT_TYPE = re.compile(r"^@pulumi\.output_type\nclass \w+\(dict\):$", re.MULTILINE)


def install() -> None:
    """Have packages of the SDK that are not loaded yet load their classes one by one."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the SDK's packages, such as `pulumi_aws.ec2`, their types of outputs, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec, with a loader that leaves its classes for later."""
        if not NAMES.fullmatch(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            return None
        if spec.submodule_search_locations is not None:
            spec.loader = _Package(spec.loader)
        elif isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Outputs(spec.loader)
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


class _Outputs(Loader):
    """Makes each class of a module of output types, which are all alike, when it is named."""

    def __init__(self, whole: SourceFileLoader) -> None:
        self._whole = whole

    def exec_module(self, module: ModuleType) -> None:
        """Run what stands before the classes, and keep their compiled bodies."""
        source, code = self._whole.get_source(module.__name__), self._whole.get_code(module.__name__)
        first = OUTPUT_TYPE.search(source or "")
        if source is None or code is None or first is None:
            self._whole.exec_module(module)
            return
        if len(CLASS.findall(source)) != len(OUTPUT_TYPE.findall(source)):  # one that is not like the others
            self._whole.exec_module(module)
            return
        exec(compile(source[: first.start()], self._whole.path, "exec"), module.__dict__)  # noqa: S102 - the SDK's own
        bodies = {each.co_name: each for each in code.co_consts if isinstance(each, CodeType)}
        module.__dict__["__getattr__"] = partial(_made, module, bodies)


def _made(module: ModuleType, bodies: Mapping[str, CodeType], name: str) -> type:
    """The class of this name, made as the module itself would."""
    if name not in bodies:
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
    body = FunctionType(bodies[name], module.__dict__, name)
    made: type = pulumi.output_type(builtins.__build_class__(body, name, dict))
    module.__dict__[name] = made
    return made


def _module_of(name: str) -> str:
    return WORDS.sub("_", name).lower()


def _import(module: str) -> ModuleType | None:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None
