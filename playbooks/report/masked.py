"""What leaves the company, without what opens a door: the shapes of keys, tokens and signatures, made unreadable.

No check prints a secret by itself. A node's own words may hold one: a command line in a log, a signed address.
"""

import re

HIDDEN = "[left out: a secret]"

SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # IAM User Guide, "Understanding unique ID prefixes"
    re.compile(r"(?i)(?<=x-amz-signature=)[0-9a-f]+"),
    re.compile(r"(?i)(?<=x-amz-security-token=)[^&\s\"'\[]+"),
    re.compile(r"(?i)(?<=x-amz-credential=)[^&\s\"'\[]+"),
    re.compile(r"(?i)(?<=bearer )[a-z0-9._~+/=-]{8,}"),
    re.compile(
        r"(?ix) (?<![a-z]) (?P<name>[a-z_-]*(?:secret|password|passwd|token|api[_-]?key|access[_-]?key)[a-z_-]*"
        r"[\"']?\s*[:=]\s*) [\"']? (?!\[left) [^\s\"',;&]{6,} [\"']?"
    ),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)"),  # user and password in an address
)


def masked(text: str) -> str:
    """The text with every secret of a known shape left out."""
    for shape in SECRETS:
        text = shape.sub(lambda found: found.groupdict().get("name", "") + HIDDEN, text)
    return text
