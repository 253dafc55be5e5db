"""What every environment owes those who pay and answer for it: tags, a budget, data that one command can't delete."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from policies.data_stores import STATEFUL
from policies.rule import Level, Rule, Severity, Subject, example
from policies.secret_text import PRIVATE_KEY
from policies.stack import EVERY, STACK, Resource
from policies.taggable import AUTO_SCALING_GROUP, taggable_types
from policies.user_data import readable

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BUDGET = "aws:budgets/budget:Budget"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
BILLED_BY_THE_HOUR = ("aws:ec2/instance:Instance", AUTO_SCALING_GROUP, "aws:eks/nodeGroup:NodeGroup")

REQUIRED_TAGS = ("owner", "environment", "cost-center")
EXPIRY = "expires-on"  # outside production: what nobody takes down costs for ever
PRODUCTION = ("prod", "production")
ONLY_THE_TEMPLATE_TAGS = "volume"  # whatever starts an instance, its volumes have the tags that the template gives them
SHORTEST_KEY = 64  # characters; a private key of any kind is longer
# What makes a key whose private half stays in the state: by type, what keeps it out.
KEY_MAKERS: Mapping[str, Sequence[str]] = {
    "aws:iam/accessKey:AccessKey": ("pgpKey",),
    "aws:lightsail/keyPair:KeyPair": ("pgpKey", "publicKey"),
    "tls:index/privateKey:PrivateKey": (),
}


def tags_required(subject: Subject) -> str | None:
    """Judge whatever takes tags: it says who answers for it, who pays, what it is part of, and until when it is needed.

    A launch template says so of what it starts as well.
    """
    resource = subject.resource
    wrong = list(_wrong_tags(_tags(resource), subject))
    if resource.type == TEMPLATE:
        wrong += _wrong_specifications(subject)
    return "; ".join(wrong) or None


def _tags(resource: Resource) -> Mapping[str, str]:
    if resource.type == AUTO_SCALING_GROUP:
        return {str(each["key"]): each["value"] for each in resource.get("tags", ())}
    return dict(resource.get("tags", {}))


def _wrong_tags(tags: Mapping[str, str], subject: Subject) -> Iterator[str]:
    production = subject.settings.name in PRODUCTION
    required = REQUIRED_TAGS if production else (*REQUIRED_TAGS, EXPIRY)
    missing = [key for key in required if not tags.get(key)]
    if missing:
        yield f"no tag {', '.join(missing)}"
    elif not production and not _is_day(tags[EXPIRY]):
        yield f"its tag {EXPIRY} is no day: {tags[EXPIRY]}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(str(text))
    except ValueError:
        return False
    return True


def _wrong_specifications(subject: Subject) -> Iterator[str]:
    given = {each.get("resourceType"): each.get("tags") or {} for each in subject.resource.get("tagSpecifications", ())}
    for kind in dict.fromkeys((ONLY_THE_TEMPLATE_TAGS, *given)):
        yield from (f"of each {kind} that it starts: {wrong}" for wrong in _wrong_tags(given.get(kind, {}), subject))


def no_private_key_in_state(subject: Subject) -> str | None:
    """Judge a resource: it makes no private key, and none of its properties holds one; both would lie in the state.

    What the cloud computes (ids, addresses) is looked at once it is known.
    """
    resource = subject.resource
    keeps_out = KEY_MAKERS.get(resource.type)
    if keeps_out is not None and not any(resource.get(key) for key in keeps_out):
        return "it makes a private key, which stays in the state"
    holders = [key for key, value in resource.properties.items() if any(map(_holds_key, _texts(value)))]
    return f"a private key stands in {', '.join(holders)}, and so in the state" if holders else None


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a property may be anything that JSON can say
    """Every text in a property that is known."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)


def _holds_key(text: str) -> bool:
    return len(text) >= SHORTEST_KEY and any(PRIVATE_KEY.pattern.search(each) for each in readable(text))


def budget_with_subscriber(subject: Subject) -> str | None:
    """Judge an environment that pays by the hour: it has a budget. Judge a budget: somebody is told."""
    resource, stack = subject.resource, subject.stack
    if resource.type == STACK:
        paid = stack.of(*BILLED_BY_THE_HOUR) and subject.settings.sandbox is None
        return "it has machines and no budget" if paid and not stack.of(BUDGET) else None
    for each in resource.get("notifications", ()):
        if each.get("subscriberEmailAddresses") or each.get("subscriberSnsTopicArns"):
            return None
    return "nobody is told when it is spent"


def stateful_protected(subject: Subject) -> str | None:
    """Judge what holds data or the keys to it: Pulumi refuses to delete it."""
    return (
        None if subject.resource.protect else "one `pulumi destroy`, or one replacement, deletes it and what it holds"
    )


def log_retention(subject: Subject) -> str | None:
    """Judge a log group: what is in it goes after a time."""
    return None if subject.resource.get("retentionInDays") else "it keeps everything for ever, and for ever is paid for"


_INSTANCE = example(BILLED_BY_THE_HOUR[0], {"instanceType": "p5.48xlarge"})

TAGS_REQUIRED = Rule(
    name="tags-required",
    description=f"Everything that takes tags has {', '.join(REQUIRED_TAGS)}; outside production, {EXPIRY} (a day) too.",
    types=taggable_types(),
    judge=tags_required,
    level=Level.MANDATORY,
    severity=Severity.MEDIUM,
    remediation="Give it the environment's tags, and a launch template tag_specifications with them.",
    reference="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
    example=(_INSTANCE,),
)

NO_PRIVATE_KEY_IN_STATE = Rule(
    name="no-private-key-in-state",
    description="No private key is made or written where Pulumi keeps it in the state.",
    types=(EVERY,),
    judge=no_private_key_in_state,
    level=Level.MANDATORY,
    severity=Severity.CRITICAL,
    remediation="Make the key outside of Pulumi, name only its public half, and change the one that has been written.",
    reference="https://www.pulumi.com/docs/iac/concepts/secrets/",
    example=(example("tls:index/privateKey:PrivateKey", {"algorithm": "ED25519"}),),
)

BUDGET_WITH_SUBSCRIBER = Rule(
    name="budget-with-subscriber",
    description="Every environment with machines has a budget, and somebody is told when it is spent.",
    types=(STACK, BUDGET),
    judge=budget_with_subscriber,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Write `budget` into the settings, with `emails` or a `topic`.",
    reference="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
    example=(example(STACK, {}), _INSTANCE),
)

STATEFUL_PROTECTED = Rule(
    name="stateful-protected",
    description="Everything that holds data, or the key to it, is protected.",
    types=STATEFUL,
    judge=stateful_protected,
    level=Level.MANDATORY,
    severity=Severity.HIGH,
    remediation="Declare it with protect=True; `pulumi state unprotect` takes the protection off by name.",
    reference="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    example=(example(STATEFUL[0], {}),),
)

LOG_RETENTION = Rule(
    name="log-retention",
    description="Every log group says for how long it keeps what it has.",
    types=(LOG_GROUP,),
    judge=log_retention,
    level=Level.ADVISORY,
    severity=Severity.LOW,
    remediation="Set retention_in_days.",
    reference="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
    example=(example(LOG_GROUP, {}),),
    checkov=("CKV_AWS_66",),
)

RULES = (TAGS_REQUIRED, NO_PRIVATE_KEY_IN_STATE, BUDGET_WITH_SUBSCRIBER, STATEFUL_PROTECTED, LOG_RETENTION)
