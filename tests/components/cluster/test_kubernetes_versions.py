from datetime import date

import pytest

from components.cluster.kubernetes_versions import NEWEST, SUPPORTED, support_warning, unsupported


def test_a_supported_version_has_no_reason_against_it() -> None:
    """And the newest is one of them."""
    assert {unsupported(version) for version in SUPPORTED} == {""}
    assert NEWEST == "1.36"


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.33", "AWS's standard support of Kubernetes 1.33 ended on 2026-07-29"),
        ("1.99", "no add-ons are pinned for Kubernetes 1.99"),
    ],
)
def test_another_version_is_refused_with_the_reason(version: str, reason: str) -> None:
    """With the date, where it is known."""
    assert reason == unsupported(version)


@pytest.mark.parametrize(
    ("today", "said"),
    [(date(2027, 6, 3), ""), (date(2027, 6, 4), "ends on 2027-08-02"), (date(2027, 8, 3), "ended on 2027-08-02")],
)
def test_the_end_of_support_is_told_sixty_days_ahead(today: date, said: str) -> None:
    """AWS upgrades the cluster by itself after it."""
    warning = support_warning("1.36", today)

    assert bool(said) == bool(warning)
    assert said in warning


def test_kube_proxy_is_of_the_version_that_it_stands_beside() -> None:
    """One minor version apart is as far as Kubernetes lets it be."""
    assert all(each.kube_proxy.startswith(f"v{version}.") for version, each in SUPPORTED.items())
