"""The process of the sandbox's AWS: moto that shows the consoles of the nodes (`python -m sandbox.moto_host`)."""

import argparse
import os
import signal
from base64 import b64encode
from pathlib import Path

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.responses.general import General
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sandbox.console import shown
from sandbox.daemons import tell_ready
from sandbox.folder import SandboxFolder
from sandbox.managed_policies import know_managed_policies


def show_consoles(folder: SandboxFolder) -> None:
    """Let GetConsoleOutput answer with what the instance's node has printed; moto knows only one fixed sample."""

    def get_console_output(self: General) -> ActionResult:
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        output = shown(folder, instance.private_ip)
        return ActionResult(
            {"InstanceId": instance.id, "Timestamp": utcnow(), "Output": b64encode(output).decode("ascii")}
        )

    General.get_console_output = get_console_output


def main() -> None:
    """Serve until SIGTERM comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--ready-descriptor", type=int, required=True)
    options = parser.parse_args()
    show_consoles(SandboxFolder(options.folder))
    know_managed_policies()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(options.address, 0, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.server_port)  # moto names itself by it in some answers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing that it holds outlives it
    tell_ready(options.ready_descriptor, str(server.server_port))
    server.serve_forever()


if __name__ == "__main__":
    main()
