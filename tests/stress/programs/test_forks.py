#!/usr/bin/env python3
"""Four hundred forks amid busy threads, with each library: the child can free
and allocate. The case is one of test_corners.py."""
import os
import subprocess
import sys

from case import TOP, VARIANTS, cases_for, main

CORNERS = os.path.join(TOP, 'tests/preload/test_corners.py')


@cases_for([f'{variant}, {number}' for variant in VARIANTS
            for number in range(1, 5)])
def a_hundred_forks(which):
    variant = which.split(',')[0]
    done = subprocess.run(
        [sys.executable, CORNERS, f'corners [{variant}]'],
        capture_output=True, text=True,
        env={**os.environ, 'RPSCOPE_FORKS': '100',
             'PYTHONPATH': os.path.join(TOP, 'tests')})
    assert done.returncode == 0 and done.stdout.startswith('ok'), done.stdout


main()
