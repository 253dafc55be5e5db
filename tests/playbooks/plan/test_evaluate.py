import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from playbooks.errors import EvaluationError
from playbooks.plan.evaluate import evaluate, make_up, record
from playbooks.plan.graph import SECRET, Graph, Resource
from stacks.environment import load, names

PROJECT = Path(__file__).parents[3]


def recorded(program: Callable[[], object]) -> Graph:
    """What a program declares, without configuration."""
    return record(program, "test", {})


def named(graph: Graph, name: str) -> Resource:
    """The one resource of this name."""
    (found,) = (resource for resource in graph if resource.name == name)
    return found


class Pair(pulumi.ComponentResource):
    """A component in a component, with a queue in it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Pair", name, {}, opts)
        inner = pulumi.ComponentResource("test:index:Inner", f"{name}-inner", {}, pulumi.ResourceOptions(parent=self))
        aws.sqs.Queue(f"{name}-queue", opts=pulumi.ResourceOptions(parent=inner, protect=True))
        self.register_outputs({})


def test_properties_have_the_engines_camel_case_names() -> None:
    """So one set of rules serves a plan and the real engine."""
    graph = recorded(lambda: aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_support=True))

    assert named(graph, "vpc").properties == {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True}


def test_urns_parents_and_protection_are_the_engines() -> None:
    """The whole chain of parents stands in the URN, which the SDK's own mock cuts short."""
    graph = recorded(lambda: Pair("pair"))
    queue = named(graph, "pair-queue")

    assert queue.urn == (
        "urn:pulumi:test::ai-datacenter::test:index:Pair$test:index:Inner$aws:sqs/queue:Queue::pair-queue"
    )
    assert queue.parent == named(graph, "pair-inner").urn
    assert named(graph, "pair").parent == ""
    assert (queue.protect, queue.custom, named(graph, "pair").custom) == (True, True, False)


def test_a_reference_is_a_value_and_a_dependency() -> None:
    """What the cloud would answer is made up and followed to where it is used."""

    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", tags={"vpc": vpc.arn})

    graph = recorded(program)
    subnet, vpc = named(graph, "subnet"), named(graph, "vpc")

    assert subnet.properties["vpcId"] == "vpc-Vpc"
    assert subnet.properties["tags"] == {"vpc": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc"}
    assert subnet.property_dependencies == {"vpcId": (vpc.urn,), "tags": (vpc.urn,)}
    assert subnet.dependencies == (vpc.urn,)


def test_a_secret_is_masked_and_still_works() -> None:
    """The graph is printed, stored and judged; what it holds must be fit for that."""
    seen: list[str] = []

    def program() -> None:
        canary = pulumi.Output.secret("canary-2716")
        parameter = aws.ssm.Parameter("p", type="SecureString", value=canary, tags={"part": canary})
        parameter.value.apply(lambda value: seen.append(str(value)))

    graph = recorded(program)

    assert named(graph, "p").properties["value"] == SECRET
    assert "canary" not in repr(graph)
    assert seen == ["canary-2716"]


def test_two_resources_of_one_name_are_refused() -> None:
    """The engine would refuse them; the SDK's mock does not."""

    def program() -> None:
        aws.sqs.Queue("queue")
        aws.sqs.Queue("queue")

    with pytest.raises(EvaluationError, match="two resources are called queue"):
        recorded(program)


def test_one_name_for_two_types_is_fine() -> None:
    """As it is for the engine: the URN has the type in it."""

    def program() -> None:
        aws.sqs.Queue("same")
        aws.sns.Topic("same")

    assert len(recorded(program)) == 2


def test_a_question_to_the_cloud_is_refused() -> None:
    """A plan needs no account, so there is nobody to ask."""
    with pytest.raises(EvaluationError, match="getAvailabilityZones:getAvailabilityZones asks the cloud"):
        recorded(aws.get_availability_zones)


def test_what_the_stack_tells_others_is_kept() -> None:
    """Of this program only, a secret masked."""

    def program() -> None:
        pulumi.export("url", aws.sqs.Queue("queue").arn)
        pulumi.export("key", pulumi.Output.secret("canary-2716"))

    assert recorded(program).outputs == {"url": "arn:aws:sqs:us-east-1:123456789012:queue/queue", "key": SECRET}
    assert recorded(lambda: None).outputs == {}


def test_another_stack_of_the_project_is_answered_for() -> None:
    """With the outputs that are given; one that it lacks is None, as under the engine."""
    seen: list[object] = []

    def program() -> None:
        stack = pulumi.StackReference("organization/ai-datacenter/dev")
        for output in ("cluster", "nothing"):
            stack.get_output(output).apply(seen.append)

    record(program, "dev-platform", {}, stacks={"dev": {"cluster": {"name": "dev-cluster"}}})

    assert seen == [{"name": "dev-cluster"}, None]


def test_a_stack_that_nothing_is_known_of_is_refused() -> None:
    """It is not asked from a backend: a plan needs none."""
    with pytest.raises(EvaluationError, match="the stack organization/ai-datacenter/prod is referred to"):
        recorded(lambda: pulumi.StackReference("organization/ai-datacenter/prod"))


def test_a_resource_that_is_read_is_refused() -> None:
    """There is no cloud to read it from."""
    with pytest.raises(EvaluationError, match="aws:sqs/queue:Queue queue is read from the cloud"):
        recorded(lambda: aws.sqs.Queue.get("queue", "https://sqs.us-east-1.amazonaws.com/123456789012/queue"))


def test_a_maker_stands_in_for_the_cloud() -> None:
    """Later resources see the ids and outputs that it gives."""

    def make(resource: Resource) -> tuple[str, dict[str, str]]:
        return f"real-{resource.name}", {"arn": f"arn:real:{resource.name}"}

    def program() -> None:
        topic = aws.sns.Topic("topic")
        aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint=topic.id)

    mail = named(record(program, "test", {}, make), "mail")

    assert (mail.properties["topic"], mail.properties["endpoint"]) == ("arn:real:topic", "real-topic")


def test_the_programs_own_faults_are_not_hidden() -> None:
    """A bug in a component is a traceback, not a polite message."""

    def program() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recorded(program)
    assert gc.isenabled()


def test_an_asyncio_run_before_does_no_harm() -> None:
    """It leaves a process without a current event loop."""
    asyncio.run(asyncio.sleep(0))

    assert [each.name for each in recorded(lambda: aws.sqs.Queue("queue"))] == ["queue"]


@pytest.mark.parametrize("environment", names(PROJECT))
def test_every_environment_evaluates_the_same_twice(environment: str) -> None:
    """In one process too: the SDK's global state does not leak from one evaluation into the next."""
    loaded = load(PROJECT, environment)
    first, second = evaluate(loaded), evaluate(loaded)

    assert first == second
    assert sum("node" in resource.properties.get("tags", {}) for resource in first) == sum(
        fleet.nodes for fleet in loaded.settings.fleets.values() if not fleet.cluster
    )


@pytest.mark.parametrize("environment", names(PROJECT))
def test_no_two_resources_of_an_environment_share_an_id(environment: str) -> None:
    """A rule that follows an id must find one resource."""
    made: list[str] = []

    def make(resource: Resource) -> tuple[str, dict[str, object]]:
        identity, outputs = make_up(resource)
        made.append(identity)
        return identity, dict(outputs)

    evaluate(load(PROJECT, environment), make)

    assert len(made) == len(set(made)) > 0
