"""Mistakes with what an environment owes those who pay and answer for it: tags, budgets, waivers, protection."""

from datetime import date

from benchmarks.mistakes.changes import Address, add, drop, put, say, take, unprotect
from benchmarks.mistakes.mistake import Mistake
from policies.compute import TEMPLATE
from policies.governance import BUDGET, LOG_GROUP
from policies.identity import KEY
from policies.network import VPC
from policies.storage import BUCKET
from stacks.settings import Settings, Waiver

KEY_MAKER = "tls:index/privateKey:PrivateKey"
PARAMETER = "aws:ssm/parameter:Parameter"
PRIVATE_KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{'b3BlbnNzaC1rZXktdjEA' * 4}\n-----END OPENSSH PRIVATE KEY-----\n"
_SCRATCH_WAIVER = Waiver.model_validate(
    {
        "rule": "fsx-backup-on",
        "resource": "prod-datasets-lustre-file-system",
        "reason": "it was a scratch file system once",
        "expires": "2027-03-31",
    }
)


def _expired(settings: Settings) -> dict[str, object]:
    return {"waivers": tuple(each.model_copy(update={"expires": date(2026, 11, 21)}) for each in settings.waivers)}


OF_GOVERNANCE = (
    Mistake(
        "nobody named who pays",
        "dev",
        "tags-required",
        "dev-checkpoints",
        take(Address(BUCKET, "dev-checkpoints"), "tags.cost-center"),
    ),
    Mistake(
        "an end that is no day",
        "staging",
        "tags-required",
        "staging-vpc",
        put(Address(VPC, "staging-vpc"), "tags.expires-on", "soon"),
    ),
    Mistake(
        "volumes without tags",
        "research",
        "tags-required",
        "research-training-template",
        put(Address(TEMPLATE, "research-training-template"), "tagSpecifications", []),
    ),
    Mistake(
        "a private key made by the program",
        "dev",
        "no-private-key-in-state",
        "dev-login",
        add(Address(KEY_MAKER, "dev-login"), {"algorithm": "ED25519"}),
    ),
    Mistake(
        "a private key in a parameter",
        "staging",
        "no-private-key-in-state",
        "staging-login",
        add(Address(PARAMETER, "staging-login"), {"type": "String", "value": PRIVATE_KEY}),
    ),
    Mistake(
        "no budget",
        "research",
        "budget-with-subscriber",
        "ai-datacenter-research",
        drop(Address(BUDGET, "research-budget-monthly")),
    ),
    Mistake(
        "a budget that tells nobody",
        "prod",
        "budget-with-subscriber",
        "prod-budget-monthly",
        put(Address(BUDGET, "prod-budget-monthly"), "notifications", []),
    ),
    Mistake(
        "checkpoints that one command deletes",
        "prod",
        "stateful-protected",
        "prod-checkpoints",
        unprotect(Address(BUCKET, "prod-checkpoints")),
    ),
    Mistake(
        "the data's key that one command deletes",
        "research",
        "stateful-protected",
        "research-datasets-key",
        unprotect(Address(KEY, "research-datasets-key")),
    ),
    Mistake(
        "logs for ever",
        "dev",
        "log-retention",
        "dev-flow-logs-group",
        take(Address(LOG_GROUP, "dev-flow-logs-group"), "retentionInDays"),
    ),
    Mistake(
        "a waiver that expired yesterday",
        "dev",
        "waiver-has-reason-and-expiry",
        "ai-datacenter-dev",
        say(_expired),
        also=("backup-covers-all-stateful",),
    ),
    Mistake(
        "a waiver of what is in order",
        "prod",
        "waiver-has-reason-and-expiry",
        "ai-datacenter-prod",
        say(lambda _: {"waivers": (_SCRATCH_WAIVER,)}),
    ),
)
