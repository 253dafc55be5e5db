"""The planted mistakes, one for each rule at least: what the policies must find, and a scanner may."""

from benchmarks.mistakes.access import OF_ACCESS
from benchmarks.mistakes.data import OF_DATA
from benchmarks.mistakes.fleets import OF_FLEETS
from benchmarks.mistakes.general import GENERAL
from benchmarks.mistakes.governance import OF_GOVERNANCE
from benchmarks.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (*GENERAL, *OF_ACCESS, *OF_DATA, *OF_GOVERNANCE, *OF_FLEETS)
