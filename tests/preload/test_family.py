#!/usr/bin/env python3
"""The malloc family and operator new keep their promises in every way of
running: plainly, as a check of the checks, and with each library in front."""
import os
import tempfile

from case import VARIANTS, built, cases_for, main
from ways import Preloaded, Way, check

PROGRAMS = ['family', 'cxx_family']


@cases_for(PROGRAMS)
def the_checks_hold_for_the_c_library(program):
    check(program, Way())


@cases_for([f'{program} {variant}' for program in PROGRAMS
            for variant in VARIANTS])
def the_family_keeps_its_promises(which):
    program, variant = which.split()

    with tempfile.TemporaryDirectory() as traces:
        check(program, Preloaded(variant, traces))


@cases_for(VARIANTS)
def a_preloaded_library_is_the_one_that_serves(variant):
    with tempfile.TemporaryDirectory() as traces:
        maps = Preloaded(variant, traces).run(
            traces, ['cat', '/proc/self/maps']).decode()

    assert os.path.realpath(built(variant, 'librpscope-malloc.so')) in maps


main()
