"""Ratios against the best peer, round by round, and what is typical of them."""
import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The middle one of several values, and the least and the greatest."""
    median: float
    least: float
    most: float


def spread(values):
    return Spread(statistics.median(values), min(values), max(values))


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


@dataclass(frozen=True)
class Comparison:
    """One figure of one workload over all settings."""
    workload: str
    group: str
    figure: str
    base: str  # the setting that ratios divide by
    values: dict  # setting name -> Spread, in the figure's unit
    ratios: dict  # setting name -> Spread, to the best peer of the same round


def compare(workload, figure, results, ours=(), base=None):
    """`results`: {setting name: [result of each round]}; None without a base.

    The base is the best peer when none is named: the one with the least median,
    ours not counting. The ratio of a round divides by what the base used in the
    same round, so that what slows the machine for a while slows both sides.
    """
    values = {name: [max(1, result[figure]) for result in rounds]
              for name, rounds in results.items() if rounds}
    peers = [name for name in values if name not in ours]
    if not peers or (base and base not in values):
        return None
    base = base or min(peers, key=lambda name: statistics.median(values[name]))
    ratios = {name: spread([one / other for one, other
                            in zip(rounds, values[base])])
              for name, rounds in values.items()}
    return Comparison(workload.name, workload.group, figure, base,
                      {name: spread(rounds) for name, rounds in values.items()},
                      ratios)


def means(comparisons, names):
    """Geometric means of the median ratios, for who took part in all."""
    result = {}
    for name in names:
        ratios = [c.ratios[name].median for c in comparisons
                  if name in c.ratios]
        if ratios and len(ratios) == len(comparisons):
            result[name] = geometric_mean(ratios)
    return result
