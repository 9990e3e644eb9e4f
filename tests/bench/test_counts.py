#!/usr/bin/env python3
"""Instructions of paths that are no fast paths, but should stay short, by
callgrind; the loop of the program is included."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import counts  # noqa: E402
import settings  # noqa: E402
from case import Skip, built, cases_for, main  # noqa: E402

MOST = {
    'realloc from 16 B to 1 KiB, a step': 105,
    "free of another's block, in order": 50,
    'the same, from span to span': 80,
    'the same in order, by a thread without a heap': 50,
}
LOOPS = {loop[0]: loop for loop in counts.LOOPS}


@cases_for(MOST)
def no_more_instructions_than(name):
    if counts.missing():
        raise Skip(counts.missing()[0])
    release = settings.Setting(
        'release', os.path.abspath(built('release/librpscope-malloc.so')))
    found = counts.for_a_pair(built('tests/bench'), LOOPS[name], release,
                              ['Ir'])

    assert found <= MOST[name], found


main()
