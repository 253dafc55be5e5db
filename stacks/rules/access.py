"""How the nodes are reached: one way in, with some key."""

from stacks.rules.rule import Refusal, Rule

SANDBOX_KEY = ".sandbox/id_ed25519"


def one_way_in(jump: object, command: str | None) -> Refusal | None:
    """A connection goes through a jump host or a proxy command, not both."""
    if jump is None or command is None:
        return None
    return Refusal("a jump host and a proxy command are given", "Remove access.jump or access.proxyCommand.")


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
    Rule("access.identityFile", ("access.identityFile", "sandbox"), sandbox_key),
    Rule("access.agent", ("access.identityFile", "access.agent", "sandbox"), some_key),
)
