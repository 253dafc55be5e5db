"""Reads the JSON that nccl-tests writes with `-J` (version 2.17 and later)."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.catalogue.collectives import Collective
from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.fabric.nccl_tests import Report, Row, Way, count_sizes, plausible, shown


class _Json(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False, strict=True)  # a number as text, such as "nan", is none


class _Way(_Json):
    time: float = Field(gt=0)
    alg_bw: float = Field(ge=0)
    bus_bw: float = Field(ge=0)
    nwrong: float | None

    def way(self) -> Way:
        return Way(self.time, self.alg_bw, self.bus_bw, None if self.nwrong is None else int(self.nwrong))


class _Result(_Json):
    size: int
    out_of_place: _Way
    in_place: _Way


class _Config(_Json):
    nthreads: int = Field(ge=1)
    ngpus: int = Field(ge=1)
    minimum_bytes: int
    maximum_bytes: int
    step_factor: int = 0
    step_bytes: int = 0
    devices: list[Mapping[str, int | str]] = Field(min_length=1)


class _OutOfBounds(_Json):
    count: int
    okay: str


class _Average(_Json):
    bandwidth: float


class _Written(_Json):
    config: _Config
    results: list[_Result] = Field(min_length=1)
    out_of_bounds: _OutOfBounds
    average_bus_bandwidth: _Average
    errors: list[str] = Field(default_factory=list)


def parse_json(text: str, collective: Collective) -> Report:
    """What `-J` wrote, without its `env`.

    Raises:
        UnreadableAnswerError: it is not whole, or not plausible.
    """
    try:
        written = _Written.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableAnswerError(
            f"the JSON of nccl-tests is not whole or not right: {where}: {first['msg']}"
        ) from None
    if said := "; ".join(filter(None, written.errors)):
        raise UnreadableAnswerError(f"nccl-tests tells an error: {shown(said)}")
    if (written.out_of_bounds.okay == "true") != (written.out_of_bounds.count == 0):
        raise UnreadableAnswerError("the JSON of nccl-tests contradicts itself on values out of bounds")
    config = written.config
    # Without MPI only the first rank is listed, with it one a process (writeDeviceReport in src/util.cu, 2.19.6).
    ranks = len(config.devices) * config.nthreads * config.ngpus
    rows = tuple(Row(each.size, each.out_of_place.way(), each.in_place.way()) for each in written.results)
    found = Report(ranks, rows, written.out_of_bounds.count, written.average_bus_bandwidth.bandwidth)
    step = (config.step_factor, "factor") if config.step_factor else (config.step_bytes, "bytes")
    plausible(found, collective, count_sizes(config.minimum_bytes, config.maximum_bytes, *step))
    return found
