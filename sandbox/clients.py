"""boto3 clients that talk to the sandbox's moto server and read nothing of the user's own AWS configuration."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from playbooks.account import PATIENCE, Clients

DUMMY_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}  # moto takes any
NOTHING_OF_THE_USERS = {  # where botocore would look: (key in the file, environment variable, default, conversion)
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def local_clients(region: str, endpoint: str) -> Clients:
    """A maker of clients by service name; no profile, no proxy and no credentials of the user's take part."""
    session: Any = boto3.Session(  # its stubs know services by literal names only
        botocore_session=botocore.session.Session(session_vars=NOTHING_OF_THE_USERS),
        region_name=region,
        aws_access_key_id=DUMMY_KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_KEYS["AWS_SECRET_ACCESS_KEY"],
    )
    # An endpoint on this machine is reached without a proxy only if every scheme is said to have none.
    no_proxy: Any = {"http": None, "https": None}
    config = Config(**PATIENCE, proxies=no_proxy)
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)
