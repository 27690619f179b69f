"""One measurement: what it is called, what it promises, and how its rounds become a row."""

import statistics
from dataclasses import dataclass

MOST_OTHERS = 0.10  # share of the processor above which a round is repeated
ROUNDS = 3
REPEATS = 3


@dataclass
class Sample:
    """What one round found: ours, what it is compared with, and the CPU of both, us per item."""

    ours: float
    other: float | None = None
    ours_cpu: float | None = None
    other_cpu: float | None = None
    note: str = ""


@dataclass
class Row:
    name: str
    what: str
    unit: str  # of both figures: /s, s, ms, us, MiB, or nothing
    goal: float
    at_least: bool = True
    absolute: bool = False  # the goal is about our figure, not about the ratio

    def is_met(self, value):
        return value >= self.goal if self.at_least else value <= self.goal


class Group:
    """Rows that are measured together, side by side."""

    rows = ()
    needs_peers = False
    rounds = ROUNDS

    def __init__(self, programs):
        self.programs = programs

    def prepare(self):
        """What all rounds share."""

    def round(self):
        """Gives a Sample per row, by its name."""
        raise NotImplementedError

    def close(self):
        """Ends what prepare() has begun, also if that failed halfway."""


@dataclass
class Found:
    """A row with the medians of its rounds."""

    row: Row
    ours: float
    other: float | None
    ratio: float | None
    ours_cpu: float | None
    other_cpu: float | None
    others: float
    note: str

    @property
    def met(self):
        return self.row.is_met(self.ours if self.row.absolute else self.ratio)

    @property
    def noisy(self):
        return self.others > MOST_OTHERS


def _median(values):
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def found(row, rounds):
    """`rounds` are pairs of the others' share and the samples by name."""
    samples = [each[row.name] for _, each in rounds]
    ratios = [each.ours / each.other for each in samples if each.other]
    return Found(
        row,
        _median([each.ours for each in samples]),
        _median([each.other for each in samples]),
        _median(ratios),
        _median([each.ours_cpu for each in samples]),
        _median([each.other_cpu for each in samples]),
        max(share for share, _ in rounds),
        samples[-1].note,
    )
