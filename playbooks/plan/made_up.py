"""What the cloud would answer, made up from the types that the SDK declares, so that references can be followed."""

import typing
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pulumi.runtime.config import get_config
from pulumi.runtime.rpc import get_resource_module

KUBERNETES = ("kubernetes:", "pulumi:providers:kubernetes")
ACCOUNT = "123456789012"  # AWS's own example account
PULUMI_NAME = "_pulumi_name"  # where the SDK keeps the camelCase name of an output, on its getter
SCALARS: Mapping[type, Callable[[str, str], Any]] = {
    str: lambda name, output: f"{name}-{output}",
    int: lambda _name, _output: 1,
    bool: lambda _name, _output: False,
}


def identity(token: str, name: str) -> str:
    """An id that no resource of another type has, `<name>-<Type>`."""
    return f"{name}-{token.rpartition(':')[2]}"


def outputs(token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Every plain output (text, number, truth) that the type promises and the inputs do not give.

    A Kubernetes object is what it was declared as, and nothing refers to what the API server adds.

    Raises:
        LookupError: the SDK has no resource of that type.
    """
    if token.startswith(KUBERNETES):
        return {}
    made = {
        output: SCALARS[kind](name, output) for output, kind in promised(token).items() if inputs.get(output) is None
    }
    if "arn" in made:
        made["arn"] = _arn(token, name, {**made, **inputs})
    return made | BLOCKS.get(token, _no_blocks)(name, inputs)


def _no_blocks(_name: str, _inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _cluster_blocks(name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "certificateAuthority": {"data": b64encode(f"{name}-certificateAuthority".encode()).decode()},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.amazonaws.com/id/{name}"}]}],
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": f"{name}-clusterSecurityGroupId"},
    }


# Outputs that stand in blocks, of which the SDK promises nothing and which our components follow all the same.
BLOCKS: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {"aws:eks/cluster:Cluster": _cluster_blocks}


def _arn(token: str, name: str, properties: Mapping[str, Any]) -> str:
    service, kind = token.split(":")[1].split("/")
    if service == "s3":
        return f"arn:aws:s3:::{properties['bucket']}"
    return f"arn:aws:{service}:{get_config('aws:region') or 'us-east-1'}:{ACCOUNT}:{kind}/{name}"


@cache
def promised(token: str) -> Mapping[str, type]:
    """The plain outputs of a resource type that are never absent, by their camelCase names."""
    properties = [each for each in vars(_resource_class(token)).values() if isinstance(each, property)]
    getters: list[Any] = [each.fget for each in properties if hasattr(each.fget, PULUMI_NAME)]
    declared = {getattr(getter, PULUMI_NAME): _promise(getter) for getter in getters}
    return {output: kind for output, kind in declared.items() if kind in SCALARS}


def _promise(getter: Callable[..., Any]) -> type:
    """The type inside `Output[...]`; of `Output[Optional[...]]`, the union, which is no plain type."""
    (inner,) = typing.get_args(getter.__annotations__["return"])
    return typing.cast("type", inner)


def _resource_class(token: str) -> type:
    package, module, _ = token.split(":")
    found = get_resource_module(package, module, "")
    if found is None:
        raise LookupError(f"the SDK has no resource type {token}")
    info = found.mod_info  # type: ignore[attr-defined]  # every generated SDK's module has it
    return typing.cast("type", getattr(import_module(info["fqn"]), info["classes"][token]))
