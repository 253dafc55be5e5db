import pytest

from policies.secret_text import secrets_in

HEX = "0123456789abcdef" * 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("key=AKIA" + "ABCDEFGH12345678", "an AWS access key"),
        ("aws_secret_access_key = " + "a/B+" * 10, "an AWS secret key"),
        ("AWS_SECRET_ACCESS_KEY='" + "a/B+" * 10 + "'", "an AWS secret key"),
        ("git clone https://ghp_" + "a1B2" * 9 + "@example.com", "a GitHub token"),
        ("github_pat_" + "a1B2_" * 12, "a GitHub token"),
        ("glpat-" + "a1B2" * 5, "a GitLab token"),
        ("huggingface-cli login --token hf_" + "a1B2" * 8, "a Hugging Face token"),
        ("nvapi-" + "a1-B2_" * 8, "an NVIDIA API key"),
        ("xoxb-" + "1234567890-abc", "a Slack token"),
        ("sk-" + "a1B2" * 6, "an API key"),
        ("pul-" + HEX[:40], "a Pulumi token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.x", "a signed token"),
        ("passwd: $6$rounds=4096$abcdefgh$" + "x" * 30, "a password's hash"),
        ("postgres://root:hunter2@db.example.com", "a password in an address"),
        ("WANDB_API_KEY=" + HEX[:40], "a password or token"),
        ("DB_PASSWORD: 'correct-horse'", "a password or token"),
        ('"token": "abcdefgh12345"', "a password or token"),
    ],
)
def test_a_secret_is_known_by_what_it_looks_like(text: str, what: str) -> None:
    """Those of clouds, of code hosts, and of what GPU clusters fetch models and write figures with."""
    assert what in list(secrets_in(f"#!/bin/sh\n{text}\n"))


@pytest.mark.parametrize(
    "text",
    [
        'TOKEN=$(curl -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)',
        'curl -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/',
        "password: ${DB_PASSWORD}",
        "SECRET=arn:aws:secretsmanager:us-east-1:111111111111:secret:hf-token",
        "secret=$(aws secretsmanager get-secret-value --secret-id hf-token)",
        "token_file: /run/secrets/token",
        "TOKEN=/run/secrets/token",
        "lock_passwd: true",
        "ssh_pwauth: false",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ubuntu",
        "-----BEGIN CERTIFICATE-----",
        "git+https://github.com/example/project.git@v1.2.3",
        "user@host:/path",
    ],
)
def test_what_only_speaks_of_a_secret_is_none(text: str) -> None:
    """Where it is fetched from, a variable, a public key."""
    assert list(secrets_in(text)) == []
