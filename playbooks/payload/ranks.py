"""Joins the ranks of a collective: every node of the fleet runs the same program, one rank a GPU or one a node without.

Where there is no GPU the ranks speak Gloo, bound to the node's own address. How many threads a rank computes with is
torch's own choice, or OMP_NUM_THREADS of the environment.
"""

import argparse
import os
import re
import resource
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple, NoReturn

import libraries  # type: ignore[import-not-found]  # lies beside this file
import nccl_log  # type: ignore[import-not-found]  # the same
import processes  # type: ignore[import-not-found]  # the same
from ending import Status, fail, require  # type: ignore[import-not-found]  # the same

torch = require("torch", Status.NO_TORCH)
dist = require("torch.distributed", Status.NO_TORCH)

# torch is imported by name, so its types are not read.
Backend = Any
Device = Any
Store = Any

MEETING_SECONDS = 300  # the first import of torch from a volume made of a snapshot takes minutes
COLLECTIVE = timedelta(seconds=120)  # unless the program sets `patience` otherwise
HOST = timedelta(seconds=180)  # of what COLLECTIVE does not bound: longer, so that a cause that is known is told first
GLOO = "gloo-of-node"
NO_FABRIC = "^lo,docker,veth,pod-id-link0"  # interfaces that reach no other node


class Rank(NamedTuple):
    """One process of the collective: its number, how many there are, its device, and its number on its own node."""

    number: int
    world: int
    device: Device
    local: int = 0


class Meeting(NamedTuple):
    """What the nodes have told each other: the first rank of this node, how many it has, and how many there are."""

    first: int
    local: int
    world: int


Work = Callable[[Rank, argparse.Namespace], dict[str, object]]


def parser(description: str) -> argparse.ArgumentParser:
    """The arguments that every collective takes."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--addresses", required=True, type=lambda text: text.split(","), help="of all nodes, A,B,C")
    arguments.add_argument("--node", required=True, type=int, help="this node's place among the addresses, from 0")
    arguments.add_argument("--port", required=True, type=int, help="where the ranks meet, on the first address; 0: any")
    arguments.add_argument("--ranks", type=int, default=0, help="on this node; 0: one a GPU, one where there is none")
    arguments.add_argument("--meeting", type=_seconds, default=_seconds(str(MEETING_SECONDS)), metavar="SECONDS")
    arguments.set_defaults(patience=COLLECTIVE)
    return arguments


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=float(text))


def run(work: Work, options: argparse.Namespace) -> dict[str, object]:
    """This node's part of the answer: the facts that all its ranks share, and `ranks`, what `work` says of each."""
    _open_many_files()
    gpus = torch.cuda.device_count()
    added = libraries.add(libraries.NETWORK) if gpus else []
    local = options.ranks or gpus or 1
    listener = _listen(options)
    store = _store(options, listener)
    meeting = _meet(store, options, local, gpus)
    if local == 1 and not gpus:
        answers, network = [_rank(0, work, options, meeting, store)], nccl_log.OVER_TCP
    else:
        with tempfile.TemporaryDirectory() as folder:
            nccl_log.record(folder)
            answers = processes.spawn(_child, (work, options, meeting), local)
            network = nccl_log.recorded(folder) if gpus else nccl_log.OVER_TCP
    _leave(store, options)
    return {
        "hostname": socket.gethostname(),
        "torch": torch.__version__,
        "nccl": ".".join(map(str, torch.cuda.nccl.version())) if gpus else None,
        "backend": "nccl" if gpus else "gloo",
        "world": meeting.world,
        "ranks": answers,
        "libraries_added": added,
        **network,
    }


@contextmanager
def within(limit: timedelta, what: str, status: Status = Status.PEER_GONE) -> Iterator[None]:
    """End the program where this takes longer.

    In its calls on the host NCCL waits without end for a peer that it cannot reach, when it joins and when a collective
    runs for the first time: it connects no sooner.
    """
    timer = threading.Timer(limit.total_seconds(), _lost, (f"{what} took longer than {limit.seconds} s", status))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _open_many_files() -> None:
    """As many as may be: every rank keeps connections to the first node's store, and a login allows 1,024 files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(options: argparse.Namespace) -> int:
    """Take the node's own address: the first node the meeting's port, the others any, to see that it is theirs."""
    address = options.addresses[options.node]
    port = 0 if options.node else options.port
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(socket.SOMAXCONN)
        if options.node == 0:
            options.port = listener.getsockname()[1]  # of 0 the kernel makes a free one: for a node that meets itself
    except OSError as error:
        fail(Status.ADDRESS_REFUSED, f"cannot listen on {address}:{port}: {error.strerror}")
    return listener.detach()


def _store(options: argparse.Namespace, listener: int) -> Store:
    """The key-value store on the first node; the other nodes connect to it."""
    first = options.node == 0
    if not first:
        os.close(listener)
    try:
        return dist.TCPStore(
            options.addresses[0],
            options.port,
            is_master=first,
            timeout=options.meeting,
            wait_for_workers=False,
            master_listen_fd=listener if first else None,
        )
    except dist.DistError as error:
        where = f"{options.addresses[0]}:{options.port}"
        fail(Status.PEER_MISSING, f"the first node does not answer on {where}: {_line(error)}")


def _meet(store: Store, options: argparse.Namespace, local: int, gpus: int) -> Meeting:
    """Tell the others how many ranks and GPUs this node has, and hear it of them: a node may have lost some."""
    keys = [f"ranks/{node}" for node in range(len(options.addresses))]
    try:
        store.set(keys[options.node], f"{local} {gpus}")
        if not _came(store, keys, options.meeting):
            fail(Status.PEER_MISSING, f"no sign within {options.meeting.seconds} s of {_absent(store, keys, options)}")
        told = [store.get(key).split() for key in keys]
    except dist.DistNetworkError as error:
        _lost(f"the first node {options.addresses[0]} left: {_line(error)}")
    counts = [int(ranks) for ranks, _ in told]
    bare = [options.addresses[node] for node, (_, theirs) in enumerate(told) if not int(theirs)]
    if len(bare) not in (0, len(told)):
        fail(
            Status.PEER_GONE if gpus else Status.NO_GPU, f"torch finds no GPU on {', '.join(bare)}, but on other nodes"
        )
    return Meeting(sum(counts[: options.node]), local, sum(counts))


def _leave(store: Store, options: argparse.Namespace) -> None:
    """The store ends with the first node's process, so that node waits for the others."""
    keys = [f"done/{node}" for node in range(len(options.addresses))]
    try:
        store.set(keys[options.node], "")
        if options.node == 0 and not _came(store, keys, COLLECTIVE):
            _lost(f"did not finish: {_absent(store, keys, options)}")
    except dist.DistNetworkError as error:
        _lost(f"the first node {options.addresses[0]} left: {_line(error)}")


def _came(store: Store, keys: list[str], patience: timedelta) -> bool:
    """Whether all keys are set in time."""
    try:
        store.wait(keys, patience)
    except dist.DistStoreError:
        return False
    return True


def _absent(store: Store, keys: list[str], options: argparse.Namespace) -> str:
    """The addresses of the nodes that have not set their keys."""
    return ", ".join(options.addresses[node] for node, key in enumerate(keys) if not store.check([key]))


def _child(local: int, work: Work, options: argparse.Namespace, meeting: Meeting) -> dict[str, object]:
    store = dist.TCPStore(options.addresses[0], options.port, is_master=False, timeout=options.meeting)
    return _rank(local, work, options, meeting, store)


def _rank(local: int, work: Work, options: argparse.Namespace, meeting: Meeting, store: Store) -> dict[str, object]:
    """Join the process group as one rank, do the work, and leave."""
    rank = Rank(meeting.first + local, meeting.world, _device(local), local)
    try:
        device = _device_name(rank.device)
        _wait_for_all(rank, options, store)
        with within(HOST, "joining the other ranks"):
            _join(rank, options, store)
        facts = work(rank, options)
        dist.destroy_process_group()
    except RuntimeError as error:
        if processes.PEER_SIGNS.search(str(error)) and not processes.GPU_SIGNS.search(str(error)):
            _lost(f"rank {rank.number} lost a peer: {_line(error)}")
        raise
    return {"rank": rank.number, "device": device, **facts}


def _wait_for_all(rank: Rank, options: argparse.Namespace, store: Store) -> None:
    """Until every rank is about to join, so that one that hangs before is named; a key a node, of any number of ranks.

    Torch itself only says that some key is missing, Gloo and NCCL each in words of its own.
    """
    try:
        store.add(f"joined/{options.node}", 1)
        if store.add("joined", 1) == rank.world:
            store.set("all joined", "")
        if not _came(store, ["all joined"], COLLECTIVE):
            late = ", ".join(_not_joined(store, options))
            _lost(f"no sign within {COLLECTIVE.seconds} s after the meeting of {late}", Status.PEER_MISSING)
    except dist.DistNetworkError as error:
        _lost(f"the first node {options.addresses[0]} left: {_line(error)}")


def _not_joined(store: Store, options: argparse.Namespace) -> list[str]:
    """The addresses of the nodes whose ranks have not all joined."""
    ranks = [int(store.get(f"ranks/{node}").split()[0]) for node in range(len(options.addresses))]
    return [options.addresses[node] for node, count in enumerate(ranks) if store.add(f"joined/{node}", 0) < count]


def _join(rank: Rank, options: argparse.Namespace, store: Store) -> None:
    def gloo(store: Store, number: int, world: int, timeout: timedelta) -> Backend:
        """Gloo by itself takes the address that the host's name resolves to, which may reach no other node."""
        own = dist.ProcessGroupGloo._Options()  # noqa: SLF001 - how torch's own tests choose the device
        own._devices = [dist.ProcessGroupGloo.create_device(hostname=options.addresses[options.node])]  # noqa: SLF001
        own._timeout = timeout  # noqa: SLF001
        return dist.ProcessGroupGloo(store, number, world, own)

    group = {"store": store, "rank": rank.number, "world_size": rank.world, "timeout": options.patience}
    if rank.device.type == "cuda":
        os.environ.setdefault("NCCL_SOCKET_IFNAME", NO_FABRIC)
        torch.cuda.set_device(rank.device)
        dist.init_process_group("nccl", device_id=rank.device, **group)
    else:
        dist.Backend.register_backend(GLOO, gloo, devices=["cpu"])
        dist.init_process_group(GLOO, **group)


def _device(local: int) -> Device:
    return torch.device("cuda", local) if torch.cuda.device_count() else torch.device("cpu")


def _device_name(device: Device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _lost(message: str, status: Status = Status.PEER_GONE) -> NoReturn:
    """End at once: the threads of a broken Gloo group abort Python's own way out (torch 2.15, status 134)."""
    print(message, file=sys.stderr, flush=True)
    os._exit(status)


def _line(error: Exception) -> str:
    """An error of torch without the place in its sources before it, and the advice and C++ frames after it."""
    first = str(error).strip().split("\n", maxsplit=1)[0]
    return re.sub(r"^\[[^]]+:\d+\] ", "", first).split(". This is typically", maxsplit=1)[0]
