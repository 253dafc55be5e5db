"""How the nodes are reached: one way in, with some key."""

from collections.abc import Mapping, Sequence

from stacks.rules.rule import Refusal, Rule
from stacks.settings.access import Through
from stacks.settings.network import Nat

SANDBOX_KEY = ".sandbox/id_ed25519"


ENDPOINT_PORT = 22  # Amazon EC2 user guide, "Connect using EC2 Instance Connect Endpoint", Limitations
ENDPOINT_CONNECTIONS = 20  # the same place: at once, and a VPC has one endpoint
SSM_ENDPOINTS = ("ssm", "ssmmessages")  # Systems Manager user guide, "Create VPC endpoints for Systems Manager"


def one_way_in(jump: object, command: str | None) -> Refusal | None:
    """A connection goes through a jump host or a proxy command, not both."""
    if jump is None or command is None:
        return None
    return Refusal("a jump host and a proxy command are given", "Remove access.jump or access.proxyCommand.")


def one_way_declared(through: str, jump: object) -> Refusal | None:
    """What is declared for the way in is also what is used."""
    if through == Through.DIRECT or jump is None:
        return None
    return Refusal(f"{through} is declared, and connections go by access.jump", "Remove access.jump, or this.")


def nothing_in_a_sandbox(through: str, sandbox: object) -> Refusal | None:
    """A sandbox's nodes are local hosts, and the AWS command would ask the real AWS for a way to them."""
    if through == Through.DIRECT or sandbox is None:
        return None
    return Refusal(f"the nodes of a sandbox are here, not behind a {through}", "Remove it.")


def jump_host_fits(jump_host: object, through: str) -> Refusal | None:
    """What the jump host is made from stands there exactly where one is declared."""
    if (jump_host is not None) == (through == Through.JUMP_HOST):
        return None
    if jump_host is None:
        return Refusal("through jump-host needs its image", "Add `jumpHost: {image: ami-…}`.")
    return Refusal(f"through {through} declares no jump host", "Remove it, or write `through: jump-host`.")


def endpoint_reaches_port(through: str, port: int) -> Refusal | None:
    """An EC2 Instance Connect Endpoint has its own idea of SSH's port."""
    if through != Through.CONNECT_ENDPOINT or port == ENDPOINT_PORT:
        return None
    problem = f"an EC2 Instance Connect Endpoint reaches port {ENDPOINT_PORT}, not {port}"
    return Refusal(problem, "Remove access.port, or write `through: jump-host`.")


def endpoint_carries(
    through: str, nodes: Mapping[str, int], most: Mapping[str, int | None], in_cluster: Mapping[str, bool]
) -> Refusal | None:
    """The smoke gate holds a connection to each node at once; a cluster's nodes are reached by Kubernetes."""
    total = sum(most[fleet] or count for fleet, count in nodes.items() if not in_cluster[fleet])
    if through != Through.CONNECT_ENDPOINT or total <= ENDPOINT_CONNECTIONS:
        return None
    limit = f"an EC2 Instance Connect Endpoint carries {ENDPOINT_CONNECTIONS} connections at once"
    return Refusal(f"{limit}, and there are {total} nodes", "Write `through: jump-host`.")


def ssm_is_reached(through: str, nat: str, endpoints: Sequence[str]) -> Refusal | None:
    """The jump host's agent asks Systems Manager for work, over the internet or inside the VPC."""
    missing = [each for each in SSM_ENDPOINTS if each not in endpoints]
    if through != Through.JUMP_HOST or nat != Nat.NONE or not missing:
        return None
    remedy = f"Add {', '.join(missing)} to network.endpoints, or write `network.nat: one`."
    return Refusal("without NAT, the jump host has no way to Systems Manager", remedy)


def sandbox_key(identity_file: str | None, sandbox: object) -> Refusal | None:
    """The sandbox's nodes let in one key, whose file must be named: `aidc up` makes it."""
    if sandbox is None or identity_file is not None:
        return None
    problem = "missing, and the nodes of a sandbox let in no other key than the one that `aidc up` makes there"
    return Refusal(problem, f"Add `identityFile: {SANDBOX_KEY}`.")


def some_key(identity_file: str | None, agent: bool, sandbox: object) -> Refusal | None:
    """Something must authenticate; in a sandbox `sandbox_key` asks for more."""
    if agent or identity_file is not None or sandbox is not None:
        return None
    remedy = "Add `identityFile: ~/.ssh/id_ed25519`, or remove `agent: false` (the default is true)."
    return Refusal("nothing to authenticate with: no SSH agent and no identityFile", remedy)


RULES = (
    Rule("access.proxyCommand", ("access.jump", "access.proxyCommand"), one_way_in),
    Rule("access.through", ("access.through", "access.jump"), one_way_declared),
    Rule("access.through", ("access.through", "sandbox"), nothing_in_a_sandbox),
    Rule("access.through", ("access.through", "access.port"), endpoint_reaches_port),
    Rule(
        "access.through",
        ("access.through", "fleets.**.nodes", "fleets.**.scaling.maximum", "fleets.**.cluster"),
        endpoint_carries,
    ),
    Rule("access.through", ("access.through", "network.nat", "network.endpoints"), ssm_is_reached),
    Rule("access.jumpHost", ("access.jumpHost", "access.through"), jump_host_fits),
    Rule("access.identityFile", ("access.identityFile", "sandbox"), sandbox_key),
    Rule("access.agent", ("access.identityFile", "access.agent", "sandbox"), some_key),
)
