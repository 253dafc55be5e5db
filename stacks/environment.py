"""The environments of a project: which there are, and what one says, read from its file or from the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stacks.mistakes import Mistake, Place, SettingsError, instead, nearest, shown
from stacks.mistakes import Path as SettingPath
from stacks.settings import PROJECT, PROVIDERS_OWN, Settings
from stacks.shape import holds_text
from stacks.validation import ENCRYPTED, check, encrypted_paths
from stacks.yaml_file import Document, parse

__all__ = [
    "PLATFORM",
    "PROJECT",
    "Environment",
    "SettingsError",
    "engine_form",
    "from_engine",
    "load",
    "names",
    "project_root",
]

PROJECT_FILE = "Pulumi.yaml"
CONFIG_FOLDER = Path("stacks/config")  # its stackConfigDir
PLATFORM = "-platform"  # how the name of the stack ends that holds what runs inside an environment's cluster
PULUMIS_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")  # workspace.ProjectStack


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment.

    Attributes:
        name: its name, which is the name of its Pulumi stack.
        path: its file.
        settings: what the file says, checked.
        config: the whole configuration as the engine hands it to a program, other namespaces included and what is
            encrypted left out: objects as JSON text, keys sorted.
    """

    name: str
    path: Path
    settings: Settings
    config: Mapping[str, str]


def project_root(start: Path | None = None) -> Path:
    """The folder with Pulumi.yaml: the current one, or the nearest above it.

    Raises:
        SettingsError: there is none.
    """
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    problem = f"there is no {PROJECT_FILE} in {here} or in a folder above it"
    raise SettingsError([Mistake((), problem, "Change to the folder of the project.")])


def names(project: Path) -> list[str]:
    """The environments that have a file, sorted; a platform stack's own file has no settings, only Pulumi's keys."""
    found = (each.name[7:-5] for each in (project / CONFIG_FOLDER).glob("Pulumi.?*.yaml"))
    return sorted(name for name in found if not name.endswith(PLATFORM))


def load(project: Path, environment: str) -> Environment:
    """What an environment's file says.

    Raises:
        SettingsError: there is no such environment, or its file has mistakes; with the line of each.
    """
    known = names(project)
    if environment not in known:
        remedy = instead(environment, known) if known else f"Write {CONFIG_FOLDER}/Pulumi.{environment}.yaml."
        raise SettingsError([Mistake((), f"there is no environment {shown(environment)}", remedy)])
    file = CONFIG_FOLDER / f"Pulumi.{environment}.yaml"
    document = parse(_text(project / file, str(file)), str(file))
    config = _config(document, str(file))
    settings = _settings(document, config, environment)
    return Environment(environment, project / file, settings, engine_form(config))


def _text(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        raise SettingsError([Mistake((), f"{file} can't be read: {error.strerror}", "Make it readable.")]) from None
    except UnicodeDecodeError as error:
        place = Place(file, content.count(b"\n", 0, error.start) + 1, 1)
        problem = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise SettingsError([Mistake((), problem, "Save the file as UTF-8.", place)]) from None


def _config(document: Document, file: str) -> Mapping[str, object]:
    """What stands under `config:`."""
    top = document.values
    config = top.get("config") if isinstance(top, Mapping) else None
    if isinstance(config, Mapping):
        return config
    remedy = f"Write `config:` and below it keys such as {PROJECT}:name (docs/settings.md has all of them)."
    place = document.keys.get(("config",), Place(file, 1, 1))
    raise SettingsError([*document.mistakes, Mistake((), "there are no settings", remedy, place)])


def _settings(document: Document, config: Mapping[str, object], environment: str) -> Settings:
    """The settings, if nothing is wrong with them, nor with what stands beside them."""
    found = [replace(each, path=_setting_path(each.path)) for each in document.mistakes]
    refused = {each.path for each in found}
    found += _unknown_keys(document, config)
    values = {_setting(key): value for key, value in config.items() if is_setting(key)}
    settings, mistakes = check(values, environment, refused)
    found += [replace(each, place=_place(document, each.path)) for each in mistakes]
    if found or settings is None:
        raise SettingsError(found)
    return settings


def is_setting(key: str) -> bool:
    """Whether a configuration key is one of ours; others are Pulumi's and its providers'."""
    return key in PROVIDERS_OWN or key.startswith(f"{PROJECT}:")


def _setting(key: str) -> str:
    return key.removeprefix(f"{PROJECT}:")


def _setting_path(path: SettingPath) -> SettingPath:
    """A path of the file as a path of the settings; one that leads elsewhere as it is."""
    if len(path) > 1 and path[0] == "config" and is_setting(str(path[1])):
        return (_setting(str(path[1])), *path[2:])
    return path


def _place(document: Document, path: SettingPath) -> Place:
    """Where a path of the settings stands, or what it is missing from; an unknown key is pointed at itself."""
    first = [step if step in PROVIDERS_OWN else f"{PROJECT}:{step}" for step in path[:1]]
    full = ("config", *first, *path[1:])
    while full not in document.places:
        full = full[:-1]
    return document.places[full]


def _unknown_keys(document: Document, config: Mapping[str, object]) -> list[Mistake]:
    """Keys that nobody reads: at the top of the file, and settings without our namespace or with one misspelt.

    The engine passes over both in silence.
    """
    top = document.values if isinstance(document.values, Mapping) else {}
    found = [
        Mistake((key,), "Pulumi knows no such key", instead(key, PULUMIS_KEYS), document.keys[key,])
        for key in top
        if key not in PULUMIS_KEYS
    ]
    for key in config:
        namespace, colon, name = key.rpartition(":")
        if not is_setting(key) and (not colon or nearest(namespace, [PROJECT])):
            place = document.keys["config", key]
            found.append(Mistake((key,), "not a setting", f"Write {PROJECT}:{name} if it is meant as one.", place))
    return found


def engine_form(config: Mapping[str, object]) -> dict[str, str]:
    """A configuration as the engine hands it to a program (`config.Plaintext.marshalText` of Pulumi's Go SDK)."""
    return {
        key: value
        if isinstance(value, str)
        else json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        for key, value in config.items()
        if not encrypted_paths(value, (key,))
    }


def from_engine() -> Settings:
    """The settings of the running Pulumi program's stack: the same models and rules as for the file, without lines.

    Both stacks of an environment have its settings.

    Raises:
        SettingsError: every mistake found.
    """
    import pulumi  # noqa: PLC0415 - takes longer to import than the command may take to start
    from pulumi.runtime.config import CONFIG, is_config_secret  # noqa: PLC0415 - the same

    ours: dict[str, str] = {_setting(key): text for key, text in CONFIG.get().items() if is_setting(key)}
    secret = {(_setting(key),) for key in CONFIG.get() if is_setting(key) and is_config_secret(key)}
    environment = pulumi.get_stack().removesuffix(PLATFORM)
    settings, mistakes = check({key: _parsed(key, text) for key, text in ours.items()}, environment, secret)
    found = [*(Mistake(path, *ENCRYPTED) for path in sorted(secret)), *mistakes]
    if found or settings is None:
        raise SettingsError(found)
    return settings


def _parsed(key: str, text: str) -> object:
    """Groups of keys come as JSON text; what is no JSON stays text, and the models say what belongs there."""
    try:
        return text if holds_text(key) else json.loads(text)
    except ValueError:
        return text
