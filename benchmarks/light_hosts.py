"""Hosts for benchmarks/hosts.py that cost as little as a Python SSH server can: asyncssh, with the answer at hand."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncssh

PLAN = json.loads(Path(sys.argv[1]).read_text())
FOLDER = Path(PLAN["folder"])
ANSWER = subprocess.run(["sh", "-c", PLAN["command"]], check=True, capture_output=True, text=True).stdout


async def main() -> None:
    """Listen on every address of the plan until the process is ended."""
    key = asyncssh.read_private_key(FOLDER / "host_key")
    users = asyncssh.read_authorized_keys(str(FOLDER / "user_key.pub"))
    for address in PLAN["addresses"]:
        await asyncssh.listen(
            address, PLAN["port"], server_host_keys=[key], authorized_client_keys=users, process_factory=_respond
        )
    await asyncio.Event().wait()


def _respond(process: asyncssh.SSHServerProcess[str]) -> None:
    process.stdout.write(ANSWER)
    process.exit(0)


asyncio.run(main())
