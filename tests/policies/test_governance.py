from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from policies.data_stores import STATEFUL
from policies.governance import (
    BILLED_BY_THE_HOUR,
    BUDGET,
    BUDGET_WITH_SUBSCRIBER,
    KEY_MAKERS,
    LOG_GROUP,
    LOG_RETENTION,
    NO_PRIVATE_KEY_IN_STATE,
    STATEFUL_PROTECTED,
    TAGS_REQUIRED,
    TEMPLATE,
)
from policies.rule import example, subjects
from policies.stack import Resource, Stack
from policies.taggable import AUTO_SCALING_GROUP
from policies.unknown import NotEvaluatedError, Unknown
from tests.policies.documents import ROOT, TODAY, settings, word
from tests.stacks.documents import changed, settings_of

VPC = "aws:ec2/vpc:Vpc"
INSTANCE = BILLED_BY_THE_HOUR[0]
FOR_EVER = {"owner": "team@example.com", "environment": "prod", "cost-center": "training"}
TAGS = {**FOR_EVER, "environment": "dev", "expires-on": "2027-01-31"}
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n" * 3
MAIL = {"notificationType": "ACTUAL", "subscriberEmailAddresses": ["team@example.com"]}


def tagged(tags: dict[str, Any], kind: str = VPC) -> str | None:
    """What is said of a resource with these tags."""
    return word(TAGS_REQUIRED, example(kind, {"tags": tags}))


def test_what_takes_tags_has_them() -> None:
    """What is missing is told, an empty one too."""
    assert tagged(TAGS) is None
    assert tagged({**TAGS, "owner": "", "cost-center": None}) == "no tag owner, cost-center"
    assert word(TAGS_REQUIRED, example(VPC, {})) == "no tag owner, environment, cost-center, expires-on"


@pytest.mark.parametrize("text", ["soon", "2027-02-30", "31.01.2027"])
def test_an_expiry_is_a_day(text: str) -> None:
    """Or nobody can act on it."""
    assert tagged({**TAGS, "expires-on": text}) == f"its tag expires-on is no day: {text}"


def test_production_does_not_expire() -> None:
    """Everything else does."""
    prod = settings_of(changed(name="prod"), "prod")
    network = example(VPC, {"tags": FOR_EVER})

    assert word(TAGS_REQUIRED, network, of=prod) is None
    assert word(TAGS_REQUIRED, network) == "no tag expires-on"


def test_an_auto_scaling_groups_tags_are_a_list() -> None:
    """Each with a word on whether instances get it too."""
    tags = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()]

    assert word(TAGS_REQUIRED, example(AUTO_SCALING_GROUP, {"tags": tags})) is None
    assert word(TAGS_REQUIRED, example(AUTO_SCALING_GROUP, {"tags": tags[1:]})) == "no tag owner"


def test_a_launch_template_tags_what_it_starts() -> None:
    """Its own tags don't reach it; volumes get them from nowhere else."""
    volumes = {"resourceType": "volume", "tags": TAGS}
    cards = {"resourceType": "network-interface", "tags": {**TAGS, "owner": None}}

    def of(*specifications: dict[str, Any]) -> str | None:
        return word(TAGS_REQUIRED, example(TEMPLATE, {"tags": TAGS, "tagSpecifications": list(specifications)}))

    assert of(volumes) is None
    assert of(volumes, cards) == "of each network-interface that it starts: no tag owner"
    assert str(of()).startswith("of each volume that it starts: no tag owner")


def test_what_takes_no_tags_is_not_asked_for_them() -> None:
    """A route, a policy's attachment."""
    route = example("aws:ec2/route:Route", {})

    assert list(subjects(TAGS_REQUIRED, Stack([route]), settings(), TODAY)) == []


def test_a_tag_that_is_not_known_yet_is_not_judged() -> None:
    """It may be empty."""
    with pytest.raises(NotEvaluatedError, match="tags.owner"):
        tagged({**TAGS, "owner": Unknown("tags.owner")})


@pytest.mark.parametrize("kind", KEY_MAKERS)
def test_no_resource_makes_a_private_key(kind: str) -> None:
    """Unless it is handed out encrypted, or its public half is given."""
    kept_out = [example(kind, {key: "given"}) for key in KEY_MAKERS[kind]]

    assert word(NO_PRIVATE_KEY_IN_STATE, example(kind, {})) == "it makes a private key, which stays in the state"
    assert [word(NO_PRIVATE_KEY_IN_STATE, each) for each in kept_out] == [None] * len(kept_out)


@pytest.mark.parametrize(
    "properties",
    [
        {"value": PEM},
        {"stringData": {"id_ed25519": PEM}},
        {"userData": b64encode(f"#!/bin/sh\ncat > /root/.ssh/id <<END\n{PEM}END\n".encode()).decode()},
        {"containers": [{"environment": [{"name": "KEY", "value": PEM}]}]},
    ],
)
def test_no_property_holds_a_private_key(properties: dict[str, Any]) -> None:
    """However deep, of whatever type; the property is told, the key is not."""
    said = word(NO_PRIVATE_KEY_IN_STATE, example("aws:ssm/parameter:Parameter", properties))

    assert said == f"a private key stands in {next(iter(properties))}, and so in the state"


def test_a_public_key_may_stand_anywhere() -> None:
    """So may what is not known yet: it is looked at when it is."""
    public = {
        "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        "ports": [22],
    }

    assert word(NO_PRIVATE_KEY_IN_STATE, example("aws:ec2/keyPair:KeyPair", public)) is None
    assert (
        word(NO_PRIVATE_KEY_IN_STATE, example(VPC, {"arn": Unknown("arn"), "tags": {"a": Unknown("tags.a")}})) is None
    )


def test_private_keys_are_looked_for_in_every_type_but_the_engines_own() -> None:
    """Which the plan does not see."""
    provider = Resource("pulumi:providers:aws", "default", "urn:provider", {})
    given = Stack([ROOT, provider, example(VPC, {}), example("kubernetes:core/v1:Secret", {})])

    assert [each.resource.type for each in subjects(NO_PRIVATE_KEY_IN_STATE, given, settings(), TODAY)] == [
        VPC,
        "kubernetes:core/v1:Secret",
    ]


def test_an_environment_with_machines_has_a_budget() -> None:
    """One without pays little; the sandbox pays nothing."""
    machine, budget = example(INSTANCE, {}), example(BUDGET, {"notifications": [MAIL]})
    local = {"sandbox": {}, "network__cidr": "127.42.0.0/16", "access__identityFile": ".sandbox/id_ed25519"}
    sandbox = settings(**local)

    assert word(BUDGET_WITH_SUBSCRIBER, ROOT, machine) == "it has machines and no budget"
    assert word(BUDGET_WITH_SUBSCRIBER, ROOT, machine, budget) is None
    assert word(BUDGET_WITH_SUBSCRIBER, ROOT) is None
    assert word(BUDGET_WITH_SUBSCRIBER, ROOT, machine, of=sandbox) is None


def test_somebody_is_told_of_a_budget() -> None:
    """By e-mail or by a topic."""
    topic = {"subscriberSnsTopicArns": ["arn:aws:sns:us-east-1:111111111111:costs"]}

    assert word(BUDGET_WITH_SUBSCRIBER, example(BUDGET, {"notifications": [{}, MAIL]})) is None
    assert word(BUDGET_WITH_SUBSCRIBER, example(BUDGET, {"notifications": [topic]})) is None
    assert (
        word(BUDGET_WITH_SUBSCRIBER, example(BUDGET, {"notifications": [{"subscriberEmailAddresses": []}]})) is not None
    )
    assert word(BUDGET_WITH_SUBSCRIBER, example(BUDGET, {})) == "nobody is told when it is spent"


@pytest.mark.parametrize("kind", STATEFUL)
def test_what_holds_data_is_protected(kind: str) -> None:
    """And so is the key to it."""
    assert word(STATEFUL_PROTECTED, replace(example(kind, {}), protect=True)) is None
    assert word(STATEFUL_PROTECTED, example(kind, {})) is not None


def test_a_log_group_forgets() -> None:
    """Zero days is for ever."""
    assert word(LOG_RETENTION, example(LOG_GROUP, {"retentionInDays": 90})) is None
    assert word(LOG_RETENTION, example(LOG_GROUP, {"retentionInDays": 0})) is not None
