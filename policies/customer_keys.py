"""Whether data is encrypted with a key of one's own, which one can rotate, audit and take away."""

import re

from policies.stack import Resource, Stack

KEYS = ("aws:kms/key:Key", "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey", "aws:kms/alias:Alias")
OWN = re.compile(r"arn:[^:]+:kms:.*|alias/(?!aws/).+")
AWS_OWN = ":alias/aws/"


def has_customer_key(stack: Stack, resource: Resource, key: str) -> bool:
    """Whether a property is made from a key of the stack, or names one by ARN or alias; AWS's own don't count.

    The provider writes the id of AWS's own key there once a resource exists; only a key's ARN is taken for a choice.
    """
    return is_made_from_key(stack, resource, key) or is_customer_key(str(resource.get(key, "")))


def is_made_from_key(stack: Stack, resource: Resource, key: str) -> bool:
    """Whether a property is made from a key of the stack, whose ARN need not be known yet."""
    return bool(stack.behind(resource, key, *KEYS))


def is_customer_key(named: str) -> bool:
    """Whether an ARN or an alias names a key of one's own."""
    return OWN.fullmatch(named) is not None and AWS_OWN not in named
