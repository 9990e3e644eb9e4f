#!/usr/bin/env python3
"""Recording does not move a block: the same program puts every block at the
same place of the same span in both variants, whatever is recorded."""
import tempfile

from case import built, case, cases_for, main
from ways import Preloaded, Recorded

PROGRAM = [built('tests/preload/placements')]
RELEASE = []


def release_placements():
    if not RELEASE:
        with tempfile.TemporaryDirectory() as work:
            RELEASE.append(Preloaded('release', work).run(work, PROGRAM))
    return RELEASE[0]


def compare(told):
    expected = release_placements().splitlines()
    for step, (one, other) in enumerate(zip(expected, told.splitlines())):
        assert one == other, (f'allocation {step}: span and block {other} '
                              f'instead of {one}')
    assert len(expected) == len(told.splitlines()) == 8000


@case
def the_placements_are_of_many_spans():
    spans = {line.split()[0] for line in release_placements().splitlines()}

    assert len(spans) > 300, len(spans)


@case
def a_second_run_places_every_block_alike():
    with tempfile.TemporaryDirectory() as work:
        compare(Preloaded('release', work).run(work, PROGRAM))


@case
def the_instrumented_library_places_every_block_alike():
    with tempfile.TemporaryDirectory() as work:
        compare(Preloaded('instrumented', work).run(work, PROGRAM))


@cases_for(['none', '1', 'full'])
def stacks_of_any_depth_move_no_block(depth):
    with tempfile.TemporaryDirectory() as work:
        compare(Preloaded('instrumented', work).run(work, PROGRAM,
                                                    RPSCOPE_STACKS=depth))


@case
def rpscope_record_moves_no_block():
    with tempfile.TemporaryDirectory() as work:
        compare(Recorded(work).run(work, PROGRAM))


main()
