import io

import pulumi_aws as aws
from rich.console import Console

from components.bucket import Bucket
from playbooks.plan.evaluate import record
from playbooks.plan.render import short_type, show


def test_resources_stand_below_their_components_and_are_counted() -> None:
    """What a person reads before anything is created."""

    def program() -> None:
        Bucket("data", {"noncurrent_days": 30, "tags": {}})
        aws.sqs.Queue("queue")

    written = io.StringIO()
    show(record(program, "test", {}), "test", Console(file=written, width=80))
    lines = written.getvalue().splitlines()

    assert lines[0] == "test"
    assert "data  Bucket" in lines[1]
    assert any("1 s3 BucketPolicy" in line for line in lines)
    assert lines[-1] == "9 resources in 1 component(s). Nothing was created."


def test_types_are_told_without_what_repeats() -> None:
    """The module and the class, which is how people speak of them."""
    assert short_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == "vpc SecurityGroupIngressRule"
    assert short_type("ai-datacenter:components:Network") == "Network"
