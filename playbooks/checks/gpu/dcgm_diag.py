"""What `dcgmi diag -j` prints, in the shapes of DCGM 2 to 4: the tests, and how each ended on each GPU."""

import json
from typing import NamedTuple, NoReturn

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from playbooks.checks import answer

CONFIGURATION = 5  # dcgmErrorSeverity_enum of dcgm_errors.h: the node's settings, such as persistence mode
PASSED, FAILED, WARNED, NOT_RUN = ("pass",), ("fail",), ("warn",), ("skip", "skipped", "not run", "not_run")


class _Shape(BaseModel):
    """A part of dcgmi's answer; what is not named here is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Warned(_Shape):
    """What a test says of a GPU; DCGM before 3 gives no severity."""

    warning: str
    error_severity: int | None = None


class _Result(_Shape):
    status: str
    entity_group: str = "GPU"
    entity: int | str | None = Field(None, validation_alias=AliasChoices("entity_id", "gpu_id", "gpu_ids"))
    warnings: tuple[Warned | str, ...] | str | None = None


class _Test(_Shape):
    name: str
    results: tuple[_Result | None, ...] | None = None
    test_summary: _Result | None = None


class _Category(_Shape):
    category: str = ""
    tests: tuple[_Test | None, ...] | None = None


class _Diagnostic(_Shape):
    test_categories: tuple[_Category | None, ...] | None = None
    runtime_error: str | None = None


class _Document(_Shape):
    diagnostic: _Diagnostic = Field(validation_alias=AliasChoices("DCGM Diagnostic", "DCGM GPU Diagnostic"))


class Test(NamedTuple):
    """How one test ended on one GPU, or on those that the node's DCGM named together."""

    name: str
    on: str
    status: str
    warnings: tuple[Warned, ...]
    category: str = ""

    @property
    def is_configuration(self) -> bool:
        """Whether all that it says is about the node's settings."""
        return bool(self.warnings) and all(each.error_severity == CONFIGURATION for each in self.warnings)

    def __str__(self) -> str:
        """One sentence."""
        said = f": {'; '.join(each.warning for each in self.warnings)}" if self.warnings else ""
        return f"{self.name} on {self.on}: {self.status}{said}"


def tests(text: str) -> list[Test]:
    """The tests in what `dcgmi diag -j` printed; it may say something before.

    Raises:
        UnreadableAnswerError: it is no such document, or has no test in it; the message shows what it has.
    """
    begin = text.find("{")
    try:
        found, _ = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text[max(0, begin) :])
        diagnostic = _Document.model_validate(found).diagnostic
    except (ValueError, RecursionError) as error:  # pydantic's ValidationError is a ValueError
        raise answer.UnreadableAnswerError(f"dcgmi's answer cannot be read ({_short(error)}): {_shown(text)}") from None
    if diagnostic.runtime_error:
        raise answer.UnreadableAnswerError(f"dcgmi says {diagnostic.runtime_error}")
    categories = filter(None, diagnostic.test_categories or ())
    ended = [
        test._replace(category=each.category)
        for each in categories
        for one in filter(None, each.tests or ())
        for test in _ended(one)
    ]
    if not ended:
        raise answer.UnreadableAnswerError(f"dcgmi's answer has no test in it: {_shown(text)}")
    return ended


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error) or type(error).__name__


def _shown(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return repr((lines or ["nothing was printed"])[0][: answer.EXCERPT_CHARACTERS])


def _ended(test: _Test) -> list[Test]:
    """A test's results; where it has none its summary, and where it has neither it was not run."""
    results = [*filter(None, test.results or ())] or [*filter(None, (test.test_summary,))]
    if not results:
        return [Test(test.name, "the node", NOT_RUN[0], ())]
    return [Test(test.name, _on(each), each.status.lower(), _warnings(each)) for each in results]


def _on(result: _Result) -> str:
    return "the node" if result.entity is None else f"{result.entity_group} {result.entity}"


def _warnings(result: _Result) -> tuple[Warned, ...]:
    said = (result.warnings,) if isinstance(result.warnings, str) else result.warnings or ()
    return tuple(Warned(warning=each) if isinstance(each, str) else each for each in said)
