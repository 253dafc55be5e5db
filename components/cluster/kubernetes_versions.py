"""What EKS supports: versions of Kubernetes, until when, with the add-ons of one version only; how many zones."""

from datetime import date, timedelta
from typing import NamedTuple

FEWEST_ZONES = 2  # a control plane stands in two zones at least (EKS user guide, "Amazon EKS networking requirements")
WARNED_AHEAD = timedelta(days=60)


class KubernetesVersion(NamedTuple):
    """One minor version on EKS.

    Attributes:
        standard_support_ends: the last day without extra charge; a cluster whose upgrade policy is STANDARD is upgraded
            by AWS soon after it.
        coredns: version of the add-on, which follows the minor version.
        kube_proxy: likewise.
    """

    standard_support_ends: date
    coredns: str
    kube_proxy: str


# Support: EKS user guide, "Amazon EKS Kubernetes release calendar", 2026-11-22. Add-ons: the versions that EKS itself
# chose for a cluster upgraded from version to version, published log of 2026-09-24;
# `aws eks describe-addon-versions --addon-name coredns --kubernetes-version 1.36` shows newer ones.
SUPPORTED = {
    "1.34": KubernetesVersion(date(2026, 12, 2), coredns="v1.12.4-eksbuild.38", kube_proxy="v1.34.6-eksbuild.29"),
    "1.35": KubernetesVersion(date(2027, 3, 27), coredns="v1.13.2-eksbuild.31", kube_proxy="v1.35.3-eksbuild.29"),
    "1.36": KubernetesVersion(date(2027, 8, 2), coredns="v1.14.3-eksbuild.23", kube_proxy="v1.36.0-eksbuild.25"),
}
ENDED = {"1.33": date(2026, 7, 29)}  # the one that a cluster is most likely still at
NEWEST = max(SUPPORTED, key=lambda version: tuple(map(int, version.split("."))))


def unsupported(version: str) -> str:
    """Why a version can't be had; empty where it can."""
    if version in SUPPORTED:
        return ""
    if version in ENDED:
        return f"AWS's standard support of Kubernetes {version} ended on {ENDED[version]}"
    return f"no add-ons are pinned for Kubernetes {version}"


def support_warning(version: str, today: date) -> str:
    """What to know of a version whose standard support ends within 60 days, or has ended; else empty."""
    ends = SUPPORTED[version].standard_support_ends
    if today <= ends - WARNED_AHEAD:
        return ""
    tense = "ends" if today <= ends else "ended"
    return (
        f"AWS's standard support of Kubernetes {version} {tense} on {ends}, and AWS then upgrades the cluster by"
        f" itself: write a newer version, one minor version at a time (the newest known here is {NEWEST})"
    )
