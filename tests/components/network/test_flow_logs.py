import json

import pytest

from components.network.flow_logs import FlowLogs, FlowLogsArgs
from playbooks.errors import EvaluationError
from tests.components.conftest import Declare, properties

ARGS: FlowLogsArgs = {"vpc_id": "vpc-0123456789abcdef0", "retention_days": 90, "tags": {"owner": "us"}}


def test_all_traffic_goes_to_an_encrypted_log_group_that_forgets(declare: Declare) -> None:
    """Accepted and refused, minute by minute."""
    graph = declare(lambda: FlowLogs("net-flow-logs", ARGS))
    (log,), (group,) = properties(graph, "FlowLog"), properties(graph, "LogGroup")

    assert (log["vpcId"], log["trafficType"], log["maxAggregationInterval"]) == ("vpc-0123456789abcdef0", "ALL", 60)
    assert log["logDestination"].endswith("net-flow-logs-group")
    assert (group["name"], group["retentionInDays"]) == ("/vpc/net-flow-logs", 90)
    assert group["kmsKeyId"].endswith(":key/net-flow-logs-key")


def test_what_was_logged_is_protected_with_its_key(declare: Declare) -> None:
    """Without the key it could not be read."""
    graph = declare(lambda: FlowLogs("net-flow-logs", ARGS))

    assert {each.name for each in graph if each.protect} == {"net-flow-logs-group", "net-flow-logs-key"}
    (key,) = properties(graph, "Key")
    assert key["enableKeyRotation"] is True


def test_cloudwatch_uses_the_key_for_that_log_group_only(declare: Declare) -> None:
    """And is allowed to before the group is made."""
    graph = declare(lambda: FlowLogs("net-flow-logs", ARGS))
    (policy,) = properties(graph, "KeyPolicy")
    _, logs = json.loads(policy["policy"])["Statement"]

    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/vpc/net-flow-logs"
    assert logs["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}}
    group = next(each for each in graph if each.name == "net-flow-logs-group")
    assert any(urn.endswith("::net-flow-logs-key-policy") for urn in group.dependencies)


def test_the_role_writes_to_that_log_group_and_nothing_else(declare: Declare) -> None:
    """And only flow logs of this account can be it."""
    graph = declare(lambda: FlowLogs("net-flow-logs", ARGS))
    (role,), (permission,) = properties(graph, "Role"), properties(graph, "RolePolicy")
    (trust,), (write,) = (json.loads(text)["Statement"] for text in (role["assumeRolePolicy"], permission["policy"]))

    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert write["Resource"].endswith("net-flow-logs-group:*")
    assert "logs:CreateLogGroup" not in write["Action"]


def test_a_time_that_cloudwatch_does_not_offer_is_refused(declare: Declare) -> None:
    """With the next longer one."""
    with pytest.raises(EvaluationError, match="CloudWatch Logs keeps nothing for 100 days; write 120"):
        declare(lambda: FlowLogs("net-flow-logs", {**ARGS, "retention_days": 100}))
