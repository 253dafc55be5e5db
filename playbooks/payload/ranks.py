"""Joins the ranks of a collective: every node of the fleet runs the same program, one rank a GPU or one a node without.

Where there is no GPU the ranks speak Gloo, bound to the node's own address. How many threads a rank computes with is
torch's own choice, or OMP_NUM_THREADS of the environment.
"""

import argparse
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import libraries  # type: ignore[import-not-found]  # lies beside this file
import nccl_log  # type: ignore[import-not-found]  # the same
import processes  # type: ignore[import-not-found]  # the same
import rendezvous  # type: ignore[import-not-found]  # the same
from ending import Status, require  # type: ignore[import-not-found]  # the same

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
    rendezvous.open_many_files()
    gpus = torch.cuda.device_count()
    added = libraries.add(libraries.NETWORK) if gpus else []
    local = options.ranks or gpus or 1
    listener = rendezvous.listen(options)
    store = rendezvous.open_store(options, listener)
    meeting = rendezvous.meet(store, options, local, gpus)
    if local == 1 and not gpus:
        answers, network = [_rank(0, work, options, meeting, store)], nccl_log.OVER_TCP
    else:
        with tempfile.TemporaryDirectory() as folder:
            nccl_log.record(folder)
            answers = processes.spawn(_child, (work, options, meeting), local)
            network = nccl_log.recorded(folder) if gpus else nccl_log.OVER_TCP
    rendezvous.leave(store, options)
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
    timer = threading.Timer(
        limit.total_seconds(), rendezvous.lost, (f"{what} took longer than {limit.seconds} s", status)
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _child(local: int, work: Work, options: argparse.Namespace, meeting: rendezvous.Meeting) -> dict[str, object]:
    store = dist.TCPStore(options.addresses[0], options.port, is_master=False, timeout=options.meeting)
    return _rank(local, work, options, meeting, store)


def _rank(
    local: int, work: Work, options: argparse.Namespace, meeting: rendezvous.Meeting, store: Store
) -> dict[str, object]:
    """Join the process group as one rank, do the work, and leave."""
    rank = Rank(meeting.first + local, meeting.world, _device(local), local)
    try:
        device = _device_name(rank.device)
        rendezvous.wait_for_all(rank.world, options, store)
        with within(HOST, "joining the other ranks"):
            _join(rank, options, store)
        facts = work(rank, options)
        dist.destroy_process_group()
    except RuntimeError as error:
        if processes.PEER_SIGNS.search(str(error)) and not processes.GPU_SIGNS.search(str(error)):
            rendezvous.lost(f"rank {rank.number} lost a peer: {rendezvous.first_line(error)}")
        raise
    return {"rank": rank.number, "device": device, **facts}


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
