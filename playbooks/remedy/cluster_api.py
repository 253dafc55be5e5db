"""The API server of an environment's cluster, spoken to over HTTPS with a token that EKS takes for 15 minutes."""

import json
import os
import ssl
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from http.client import BAD_REQUEST, CONFLICT, FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS, UNAUTHORIZED
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from playbooks.account import Client
from playbooks.engine import layers
from playbooks.engine.site import Site
from playbooks.errors import RemedyError
from playbooks.remedy.refusal import doing

Object = Mapping[str, Any]

# How `aws eks get-token` makes a token: a request to STS, signed for a minute, with the cluster's name in a header
# (aws-cli, awscli/customizations/eks/get_token.py).
CLUSTER_HEADER = "x-k8s-aws-id"
TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - not a token
SIGNED_SECONDS = 60
PATIENCE = Timeout(connect=10, read=60)
JSON, MERGE = "application/json", "application/merge-patch+json"
NOT_ALLOWED = (
    "nodes are cluster-wide, so the caller needs `policy: AmazonEKSClusterAdminPolicy` in `cluster.access`, or rights"
    " of its own to list and patch nodes, list pods and create evictions"
)


class ConflictError(RemedyError):
    """Somebody else has changed the object meanwhile."""


class ClusterApi:
    """An API server.

    Args:
        name: what a person knows the cluster by.
        cluster: of a kubeconfig: `server`, `certificate-authority-data`, and `tls-server-name` behind a tunnel.
        token: makes a bearer token.
        hint: what a person must know of the way to it.
    """

    def __init__(self, name: str, cluster: Object, token: Callable[[], str], hint: str = "") -> None:
        self._name, self._token, self._hint = name, token, hint
        # Not ssl.create_default_context, which is strict since Python 3.13 and refuses the authorities that EKS makes.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.load_verify_locations(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        server = parse_url(cluster["server"])
        self._pool = HTTPSConnectionPool(
            server.host or "",
            server.port,
            ssl_context=trust,
            server_hostname=cluster.get("tls-server-name"),
            timeout=PATIENCE,
        )

    def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - the JSON of an object
        """An object, or a list of them."""
        return self._asked("GET", path, fields=query).json()

    def patch(self, path: str, change: Object) -> None:
        """Merge a change into an object.

        Raises:
            ConflictError: the change names the `resourceVersion` that it was made for, and that is not the newest.
        """
        answer = self._asked("PATCH", path, also=(CONFLICT,), kind=MERGE, json=change)
        if answer.status == CONFLICT:
            raise ConflictError(f"{path} is being changed by somebody else all the time; run this again")

    def evict(self, namespace: str, pod: str) -> bool:
        """Ask a pod to go; whether it does: a disruption budget may not let it, yet."""
        what = {"name": pod, "namespace": namespace}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": what}
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
        answer = self._asked("POST", path, also=(TOO_MANY_REQUESTS, NOT_FOUND), json=eviction)
        return answer.status != TOO_MANY_REQUESTS

    def _asked(
        self, method: str, path: str, *, also: Collection[int] = (), kind: str = JSON, **content: Object
    ) -> BaseHTTPResponse:
        """The answer, if it is a good one or one of those that are expected `also`."""
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": kind}
        try:
            answer = self._pool.request(method, path, headers=headers, retries=False, **content)
        except HTTPError as error:
            raise RemedyError(f"the API server of {self._name} does not answer: {error}. {self._hint}") from error
        if answer.status < BAD_REQUEST or answer.status in also:
            return answer
        raise RemedyError(self._refused(method, path, answer))

    def _refused(self, method: str, path: str, answer: BaseHTTPResponse) -> str:
        said = answer.data.decode(errors="replace")
        try:
            said = json.loads(said)["message"]
        except (ValueError, KeyError, TypeError):
            said = said[:500]  # what stands between, such as a proxy, answers in HTML
        remedy = f"; {NOT_ALLOWED}" if answer.status in (UNAUTHORIZED, FORBIDDEN) else ""
        return f"the API server of {self._name} refuses {method} {path} ({answer.status}): {said}{remedy}"


def cluster_api(site: Site) -> ClusterApi:
    """The API server of the environment's cluster.

    Raises:
        RemedyError: EKS knows no such cluster.
    """
    from stacks.platform_layer import TUNNEL, kubeconfig  # noqa: PLC0415 - its SDK takes a second to import

    settings = site.environment.settings
    name, clients = f"{settings.name}-cluster", site.clients_of(settings.region)
    with doing(f"say where the cluster {name} is"):
        told = clients("eks").describe_cluster(name=name)["cluster"]
    known = kubeconfig(
        {
            "name": name,
            "endpoint": told["endpoint"],
            "certificateAuthority": told["certificateAuthority"]["data"],
            "region": settings.region,
        },
        os.environ.get(TUNNEL, ""),
    )
    _, platform = layers.stacks_of(site.environment.name)
    hint = layers.from_where(platform, settings)
    return ClusterApi(name, known["clusters"][0]["cluster"], lambda: eks_token(clients("sts"), name), hint)


def eks_token(sts: Client, cluster: str) -> str:
    """A token by which the cluster knows who calls."""

    def name_cluster(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's AWSRequest
        request.headers[CLUSTER_HEADER] = cluster

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", name_cluster)
    with doing("sign a token for the cluster"):
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=SIGNED_SECONDS, HttpMethod="GET")
    return TOKEN_PREFIX + urlsafe_b64encode(url.encode()).decode().rstrip("=")
