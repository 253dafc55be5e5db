"""Runs an environment's Pulumi program in this process, with no engine and no account, and records what it declares."""

import asyncio
import contextlib
import contextvars
import gc
import runpy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NoReturn, cast

import pulumi
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import mocks
from pulumi.runtime.proto.resource_pb2 import (
    ReadResourceRequest,
    ReadResourceResponse,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    RegisterResourceResponse,
)
from pulumi.runtime.settings import get_root_resource

from playbooks.errors import EvaluationError
from playbooks.plan import light_sdk, made_up
from playbooks.plan.graph import SECRET, Graph, Resource
from stacks.environment import PLATFORM, PROJECT, Environment

STACK = "pulumi:pulumi:Stack"
REFERENCE = "pulumi:pulumi:StackReference"
SIGNATURE = "4dabf18193072939515e22adb298388d"  # marks a special value in a property (pulumi sdk/go/common/resource)
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark's value for a secret

Answer = tuple[str, Mapping[str, Any]]
Maker = Callable[[Resource], Answer]
Stacks = Mapping[str, Mapping[str, Any]]  # the outputs of stacks, by name


def make_up(resource: Resource) -> Answer:
    """An id and outputs that look like the cloud's, where there is no cloud to ask."""
    return made_up.identity(resource.type, resource.name), made_up.outputs(
        resource.type, resource.name, resource.properties
    )


def evaluate(environment: Environment, make: Maker = make_up) -> Graph:
    """Everything that the environment's program declares.

    The SDK's runtime is global to the process: one evaluation at a time.

    Args:
        environment: whose settings the program reads.
        make: what stands in for the cloud; it answers each resource with an id and its outputs, and later
            resources see both.

    Raises:
        EvaluationError: two resources share a name, or an argument of a component is refused.
    """
    return record(_program, environment.name, environment.config, make)


def evaluate_platform(environment: Environment, datacenter: Graph, make: Maker = make_up) -> Graph:
    """Everything that the environment's platform stack declares: what runs inside the cluster.

    Args:
        environment: whose settings the program reads.
        datacenter: what `evaluate` made of it; the program asks for its outputs.
        make: as for `evaluate`.

    Raises:
        EvaluationError: as `evaluate`, and where the environment has no cluster.
    """
    stacks = {environment.name: datacenter.outputs}
    return record(_program, f"{environment.name}{PLATFORM}", environment.config, make, stacks)


def _program() -> object:
    light_sdk.install()
    return runpy.run_module("stacks", run_name="__main__")


def record(
    program: Callable[[], object],
    stack: str,
    config: Mapping[str, str],
    make: Maker = make_up,
    stacks: Stacks | None = None,
) -> Graph:
    """Everything that a Pulumi program declares, run with this configuration; otherwise as `evaluate`.

    `stacks` are those of this project that the program may refer to.
    """
    return contextvars.copy_context().run(_record, program, config, Recorder(stack, make, stacks or {}))


def _record(program: Callable[[], object], config: Mapping[str, str], recorder: "Recorder") -> Graph:
    try:
        with _garbage_kept(), _a_loop_of_its_own():
            mocks.set_mocks(_NoMocks(), project=PROJECT, stack=recorder.stack, preview=False, monitor=recorder)
            pulumi.runtime.set_all_config(dict(config))
            _run(program)
    except (pulumi.InputPropertyError, pulumi.RunError) as error:
        raise EvaluationError(str(error)) from None
    return Graph(tuple(recorder.recorded.values()), recorder.outputs)


def _run(program: Callable[[], object]) -> None:
    """Run the program to the end of all that it has set off; the SDK's own decorator for tests knows when that is."""

    def run() -> None:
        asyncio.get_running_loop().set_default_executor(_Inline())
        program()
        stack = get_root_resource()
        if stack is not None:  # under mocks the SDK registers a stack's outputs before the program has told them
            stack.register_outputs(stack.outputs)  # type: ignore[attr-defined]  # the root is a Stack

    mocks.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated


@contextlib.contextmanager
def _a_loop_of_its_own() -> Iterator[None]:
    """The SDK makes its futures on the current event loop, of which an `asyncio.run` before this has left none.

    An error that ends the program stands in every output that hangs on the one it came from; it is raised once, and
    not written to standard error once more by each of them when it is collected.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        asyncio.set_event_loop(loop)
        try:
            yield
        except BaseException:
            loop.set_exception_handler(lambda _loop, _context: None)
            raise


@contextlib.contextmanager
def _garbage_kept() -> Iterator[None]:
    """Without the cyclic collector an evaluation takes half the time: every output of a resource is four futures."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Inline(ThreadPoolExecutor):
    """Calls the monitor in place: the SDK would use a pool of threads, and handing over costs more than the answer."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised where the future is awaited
            future.set_exception(error)
        return future


class _NoMocks(mocks.Mocks):
    """The recorder answers everything itself; a call to the cloud has no answer."""

    def new_resource(self, args: mocks.MockResourceArgs) -> NoReturn:
        """Refuse to read a resource that is in no program."""
        raise EvaluationError(f"{args.typ} {args.name} is read from the cloud; a plan has none to read from")

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        """Refuse to ask the cloud."""
        raise EvaluationError(f"{args.token} asks the cloud; write what it would answer into the settings")


class Recorder(mocks.MockMonitor):
    """The SDK's mock monitor, which records each registration and hands back what the maker makes of it."""

    def __init__(self, stack: str, make: Maker, stacks: Stacks) -> None:
        super().__init__(_NoMocks())
        self.recorded: dict[str, Resource] = {}
        self.outputs: Mapping[str, Any] = {}
        self.stack, self._make, self._stacks = stack, make, stacks

    def RegisterResource(self, request: RegisterResourceRequest) -> RegisterResourceResponse:  # noqa: N802
        """Record a resource and answer for the cloud.

        Raises:
            EvaluationError: the program has declared a resource of this type, name and parents before.
        """
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            return RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise EvaluationError(f"two resources are called {request.name} ({request.type}); names must differ")
        resource = self.recorded[urn] = _resource(request, urn)
        response = RegisterResourceResponse(urn=urn, object=request.object)
        if resource.custom:
            response.id, outputs = self._make(resource)
            response.object.update(outputs)
        return response

    def RegisterResourceOutputs(self, request: RegisterResourceOutputsRequest) -> Empty:  # noqa: N802
        """Keep what the stack tells others; those of components stand in their resources."""
        if f"::{STACK}::" in request.urn:
            self.outputs = _plain_struct(request.outputs)
        return Empty()

    def ReadResource(self, request: ReadResourceRequest) -> ReadResourceResponse:  # noqa: N802
        """Answer for another stack of this project; a resource can't be read.

        Raises:
            EvaluationError: the program refers to a stack that is not given, or reads a resource.
        """
        if request.type != REFERENCE:
            return cast("ReadResourceResponse", super().ReadResource(request))  # type: ignore[no-untyped-call]
        name = request.id.rpartition("/")[2]
        if name not in self._stacks:
            raise EvaluationError(f"the stack {request.id} is referred to; nothing is known here of what it tells")
        response = ReadResourceResponse(urn=self.make_urn(request.parent, request.type, request.name))
        response.properties.update({"name": request.id, "outputs": self._stacks[name], "secretOutputNames": []})
        return response

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The URN that the real engine gives; the SDK's own mock forgets grandparents."""
        parents = parent.split("::")[2] if parent else ""
        qualified = f"{parents}${type_}" if parents not in ("", STACK) else type_
        return f"urn:pulumi:{self.stack}::{PROJECT}::{qualified}::{name}"


def _resource(request: RegisterResourceRequest, urn: str) -> Resource:
    return Resource(
        type=request.type,
        name=request.name,
        urn=urn,
        properties=_plain_struct(request.object),
        parent="" if f"::{STACK}::" in request.parent else request.parent,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(each.urns)) for key, each in request.propertyDependencies.items() if each.urns
        },
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        custom=request.custom,
    )


def _plain_struct(struct: Struct) -> dict[str, Any]:
    return {key: _plain(value) for key, value in struct.fields.items()}


def _plain(value: Value) -> Any:  # noqa: ANN401 - a property may be anything that JSON can say
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET_SIGNATURE:
            return SECRET
        return _plain_struct(value.struct_value)
    if kind == "list_value":
        return [_plain(each) for each in value.list_value.values]
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    return getattr(value, kind) if kind in ("string_value", "bool_value") else None
