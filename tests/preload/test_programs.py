#!/usr/bin/env python3
"""Real programs make the same with either library as without."""
import functools
import tempfile

from case import VARIANTS, cases_for, main
from programs import ALL
from ways import Preloaded, Way, made_by

plainly = functools.lru_cache(maxsize=None)(lambda name: made_by(ALL[name], Way()))


@cases_for([f'{name} {variant}' for name in ALL for variant in VARIANTS])
def a_program_makes_the_same_as_without_the_library(which):
    name, variant = which.split()

    with tempfile.TemporaryDirectory() as traces:
        made = made_by(ALL[name], Preloaded(variant, traces))

    assert plainly(name), 'nothing made'
    assert made == plainly(name), (made[-500:], plainly(name)[-500:])


main()
