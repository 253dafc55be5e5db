import getpass
import os
import socket
import subprocess
import sys

import pytest

from playbooks.engine import lock

TOLD = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock"
    " file with `pulumi cancel`.\n  file:///state/.pulumi/locks/1.json: created by {user}@{host} (pid {pid}) at"
    " 2026-11-22T18:03:17Z"
)


def holder(pid: int, user: str = "", host: str = "") -> lock.Holder:
    """The one holder in the engine's words."""
    told = TOLD.format(user=user or getpass.getuser(), host=host or socket.gethostname(), pid=pid)
    (found,) = lock.holders(told)
    return found


def test_a_holder_is_read_from_the_engine_s_words() -> None:
    """Who, where and since when."""
    found = holder(4711, "ada", "build-7")

    assert found == ("ada", "build-7", 4711, "2026-11-22T18:03:17Z")
    assert str(found) == "ada@build-7, process 4711, since 2026-11-22T18:03:17Z"
    assert lock.holders("[409] Conflict: Another update is currently in progress.") == []


def test_a_process_that_ran_here_and_is_gone_is_gone() -> None:
    """Its lock is stale."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert holder(ended.pid).gone


@pytest.mark.parametrize(("user", "host"), [("", ""), ("somebody-else", ""), ("", "another-machine")])
def test_nobody_is_called_gone_who_may_be_alive(user: str, host: str) -> None:
    """Of another user's or another machine's process nothing is known here."""
    assert not holder(os.getpid() if not (user or host) else 2**22 - 1, user, host).gone
