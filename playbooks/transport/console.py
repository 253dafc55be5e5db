"""Learns the host keys of new instances from their console output, over the EC2 API and never over SSH."""

import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from playbooks.nodes import Node
from playbooks.transport.fan_out import FanOut
from playbooks.transport.host_keys import HostKey, HostKeys, HostKeysError, parse_console
from playbooks.transport.outcome import HostKeyRefusedError

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client

AT_ONCE = 10  # as many connections as a boto3 client keeps; more are throttled anyway
THROTTLED = {"RequestLimitExceeded", "Throttling", "ThrottlingException"}
NO_LATEST = {"UnsupportedOperation", "InvalidParameterCombination", "InvalidParameterValue"}  # not on Nitro


def learn(
    ec2: "EC2Client", nodes: Iterable[Node], kept: HostKeys, *, wait_seconds: float, poll_seconds: float = 5.0
) -> dict[str, HostKeyRefusedError]:
    """Keep the host keys of every node that has none kept yet, waiting for nodes that are still booting.

    Args:
        ec2: a boto3 client of the environment's region.
        nodes: the nodes that will be reached.
        kept: where the keys are kept; only instances that it does not know are asked for.
        wait_seconds: how long to wait for the slowest node.
        poll_seconds: how long to wait between two looks at the consoles.

    Returns:
        Why there is no key, by node name, for the nodes that have none now.
    """
    deadline = time.monotonic() + wait_seconds
    asked = [node for node in nodes if not kept.of(node.instance_id)]
    refused: dict[str, HostKeyRefusedError] = {}
    while asked:
        fan = FanOut(partial(_look, ec2), asked, AT_ONCE)
        answers = dict(filter(None, (fan.take() for _ in asked)))
        refused |= {node.name: answer for node, answer in answers.items() if isinstance(answer, HostKeyRefusedError)}
        found = {node.instance_id: keys for node, keys in answers.items() if isinstance(keys, tuple) and keys}
        if found:
            kept.keep(found)
        asked = [node for node, answer in answers.items() if answer == ()]
        if time.monotonic() + poll_seconds > deadline:
            break
        if asked:
            time.sleep(poll_seconds)
    return refused | {node.name: _still_silent(node) for node in asked}


def _look(ec2: "EC2Client", node: Node) -> tuple[HostKey, ...] | HostKeyRefusedError:
    """The keys that the console shows now, none where it shows none yet, or why there will be none."""
    try:
        return parse_console(_console(ec2, node, latest=False)) or parse_console(_console(ec2, node, latest=True))
    except (BotoCoreError, ClientError, HostKeysError) as error:
        return HostKeyRefusedError(f"{node.name} ({node.instance_id}): no host key from its console: {error}")


def _console(ec2: "EC2Client", node: Node, *, latest: bool) -> str:
    """Without `latest`, what EC2 posted after the last start; with it, the present output, which only Nitro has."""
    try:
        if latest:
            return ec2.get_console_output(InstanceId=node.instance_id, Latest=True).get("Output", "")
        return ec2.get_console_output(InstanceId=node.instance_id).get("Output", "")
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code in THROTTLED or (latest and code in NO_LATEST):
            return ""
        raise


def _still_silent(node: Node) -> HostKeyRefusedError:
    return HostKeyRefusedError(
        f"{node.name} ({node.instance_id}): its console has not shown its host keys. It may still be booting, or its"
        " image does not print them (cloud-init's `ssh: {emit_keys_to_console: true}`); look at"
        f" `aws ec2 get-console-output --latest --instance-id {node.instance_id}`"
    )
