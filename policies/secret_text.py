"""Secrets in text, by what they look like."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Secret(NamedTuple):
    """A kind of secret.

    Attributes:
        what: what it is, with its article.
        pattern: what it looks like.
    """

    what: str
    pattern: re.Pattern[str]


PRIVATE_KEY = Secret("a private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"))
# What may stand behind `password=`: a value, not a variable, a command, a path, an address of a secret or a blank.
# The names stand inside ARNs too, behind a colon.
VALUE = r"""["']?\s*[=:]\s*["']?(?![$<{(/%]|arn:|true\b|false\b|null\b)[^\s"'$]{8,}"""
SECRETS = (
    PRIVATE_KEY,
    Secret("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    Secret(
        "an AWS secret key", re.compile(r"(?i)secret_?access_?key[\"']?\s*[=:]\s*[\"']?[a-z0-9/+]{40}(?![a-z0-9/+])")
    ),
    Secret("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})")),
    Secret("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    Secret("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    Secret("an NVIDIA API key", re.compile(r"\bnvapi-[A-Za-z0-9_-]{40,}")),
    Secret("a Slack token", re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}")),
    Secret("an API key", re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    Secret("a Pulumi token", re.compile(r"\bpul-[0-9a-f]{40}\b")),
    Secret("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.")),
    Secret("a password's hash", re.compile(r"\$(?:1|2[abxy]|5|6|y)\$[./A-Za-z0-9$=,]{20,}")),
    Secret("a password in an address", re.compile(r"://[^\s/:@$]+:[^\s/:@$]{3,}@")),
    Secret("a password or token", re.compile(rf"(?i)(?<!:)(?:password|passwd|secret|token|api_?key){VALUE}")),
)


def secrets_in(text: str) -> Iterator[str]:
    """What kinds of secrets a text holds."""
    return (secret.what for secret in SECRETS if secret.pattern.search(text))
