from base64 import urlsafe_b64decode
from urllib.parse import parse_qs, urlsplit

from playbooks.account import Clients
from playbooks.remedy.cluster_api import TOKEN_PREFIX, eks_token


def test_a_token_is_a_signed_question_to_sts_with_the_clusters_name_among_what_is_signed(client: Clients) -> None:
    """As `aws eks get-token` makes it (aws-cli, awscli/customizations/eks/get_token.py); good for a minute."""
    token = eks_token(client("sts"), "dev-cluster")
    padded = token.removeprefix(TOKEN_PREFIX) + "=" * (-len(token.removeprefix(TOKEN_PREFIX)) % 4)
    url = urlsplit(urlsafe_b64decode(padded).decode())
    asked = {key: values[0] for key, values in parse_qs(url.query).items()}

    assert token.startswith("k8s-aws-v1.")
    assert "=" not in token
    assert url.hostname == "sts.us-east-1.amazonaws.com"
    assert (asked["Action"], asked["X-Amz-Expires"]) == ("GetCallerIdentity", "60")
    assert asked["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"


def test_tokens_of_two_clusters_differ(client: Clients) -> None:
    """The name is signed, not only sent."""
    sts = client("sts"), client("sts")

    assert eks_token(sts[0], "dev-cluster") != eks_token(sts[1], "prod-cluster")
