"""The resource types that take tags. `python -m policies.taggable` reads them from the provider's SDK."""

import inspect
import json
import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("taggable_types.json")
CONFIG = "pulumi_aws.config"  # the provider's own settings, which can't be imported by themselves
AUTO_SCALING_GROUP = "aws:autoscaling/group:Group"  # its tags are a list of keys and values, not a mapping


@cache
def taggable_types() -> tuple[str, ...]:
    """The types, as the file has them."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8")))


def types_of_sdk() -> list[str]:
    """The types that take tags, from the SDK itself: all its 1,700 modules are imported, which takes a while."""
    package = import_module("pulumi_aws")
    modules = [each.name for each in pkgutil.walk_packages(package.__path__, "pulumi_aws.") if _declares(each.name)]
    members: list[Any] = [each for name in modules for each in vars(import_module(name)).values()]
    return sorted({each.pulumi_type for each in members if _takes_tags(each)})


def _declares(module: str) -> bool:
    return not module.startswith(CONFIG) and not module.rpartition(".")[2].startswith(("_", "get_"))


def _takes_tags(declared: Any) -> bool:  # noqa: ANN401 - whatever stands in a module of the SDK
    """Whether it is a resource with tags by key; one type of AWS has a search for tags of that name."""
    if not hasattr(declared, "_internal_init") or not hasattr(declared, "pulumi_type"):
        return False
    tags = inspect.signature(declared._internal_init).parameters.get("tags")  # noqa: SLF001 - where its inputs are
    return tags is not None and ("Mapping" in str(tags.annotation) or "GroupTag" in str(tags.annotation))


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(types_of_sdk(), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
