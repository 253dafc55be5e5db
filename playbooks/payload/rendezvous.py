"""Where the nodes of a collective meet: a key-value store on the first, in which each says that it is here, and leaves.

A node that does not come, hangs on the way or leaves early is named by those that wait for it, by its address.
"""

import argparse
import os
import re
import resource
import socket
import sys
import threading
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, NamedTuple, NoReturn

from ending import Status, fail, require  # type: ignore[import-not-found]  # lies beside this file

dist = require("torch.distributed", Status.NO_TORCH)
Store = Any  # torch is imported by name, so its types are not read

PATIENCE = timedelta(seconds=120)  # with nodes that have come: to join, and to leave
TIDYING_SECONDS = 10  # a disk may hang
LEFT = ExitStack()  # what this process must take away before it ends, in whichever way


class Meeting(NamedTuple):
    """What the nodes have told each other: the first rank of this node, how many it has, and how many there are."""

    first: int
    local: int
    world: int


def open_many_files() -> None:
    """As many as may be: every rank keeps connections to the first node's store, and a login allows 1,024 files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def listen(options: argparse.Namespace) -> int:
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


def open_store(options: argparse.Namespace, listener: int) -> Store:
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
        fail(Status.PEER_MISSING, f"the first node does not answer on {where}: {first_line(error)}")


def meet(store: Store, options: argparse.Namespace, local: int, gpus: int) -> Meeting:
    """Tell the others how many ranks and GPUs this node has, and hear it of them: a node may have lost some."""
    keys = [f"ranks/{node}" for node in range(len(options.addresses))]
    try:
        store.set(keys[options.node], f"{local} {gpus}")
        if not _came(store, keys, options.meeting):
            fail(Status.PEER_MISSING, f"no sign within {options.meeting.seconds} s of {_absent(store, keys, options)}")
        told = [store.get(key).split() for key in keys]
    except dist.DistNetworkError as error:
        lost(f"the first node {options.addresses[0]} left: {first_line(error)}")
    counts = [int(ranks) for ranks, _ in told]
    bare = [options.addresses[node] for node, (_, theirs) in enumerate(told) if not int(theirs)]
    if len(bare) not in (0, len(told)):
        fail(
            Status.PEER_GONE if gpus else Status.NO_GPU, f"torch finds no GPU on {', '.join(bare)}, but on other nodes"
        )
    return Meeting(sum(counts[: options.node]), local, sum(counts))


def wait_for_all(world: int, options: argparse.Namespace, store: Store) -> None:
    """Until every rank is about to join, so that one that hangs before is named; a key a node, of any number of ranks.

    Torch itself only says that some key is missing, Gloo and NCCL each in words of its own.
    """
    try:
        store.add(f"joined/{options.node}", 1)
        if store.add("joined", 1) == world:
            store.set("all joined", "")
        if not _came(store, ["all joined"], PATIENCE):
            late = ", ".join(_not_joined(store, options))
            lost(f"no sign within {PATIENCE.seconds} s after the meeting of {late}", Status.PEER_MISSING)
    except dist.DistNetworkError as error:
        lost(f"the first node {options.addresses[0]} left: {first_line(error)}")


def _not_joined(store: Store, options: argparse.Namespace) -> list[str]:
    """The addresses of the nodes whose ranks have not all joined."""
    ranks = [int(store.get(f"ranks/{node}").split()[0]) for node in range(len(options.addresses))]
    return [options.addresses[node] for node, count in enumerate(ranks) if store.add(f"joined/{node}", 0) < count]


def leave(store: Store, options: argparse.Namespace) -> None:
    """The store ends with the first node's process, so that node waits for the others."""
    keys = [f"done/{node}" for node in range(len(options.addresses))]
    try:
        store.set(keys[options.node], "")
        if options.node == 0 and not _came(store, keys, PATIENCE):
            lost(f"did not finish: {_absent(store, keys, options)}")
    except dist.DistNetworkError as error:
        lost(f"the first node {options.addresses[0]} left: {first_line(error)}")


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


def lost(message: str, status: Status = Status.PEER_GONE) -> NoReturn:
    """End at once: the threads of a broken Gloo group abort Python's own way out (torch 2.15, status 134)."""
    print(message, file=sys.stderr, flush=True)
    tidying = threading.Thread(target=LEFT.close, daemon=True)
    tidying.start()
    tidying.join(TIDYING_SECONDS)
    os._exit(status)


def first_line(error: Exception) -> str:
    """An error of torch without the place in its sources before it, and the advice and C++ frames after it."""
    first = str(error).strip().split("\n", maxsplit=1)[0]
    return re.sub(r"^\[[^]]+:\d+\] ", "", first).split(". This is typically", maxsplit=1)[0]
