#!/usr/bin/env python3
"""Three hundred programs that drain themselves are killed at random moments:
no published event is lost. The case is one of test_death.py."""
import os
import subprocess
import sys

from case import TOP, case, main

DEATH = os.path.join(TOP, 'tests/instrument/programs/test_death.py')


@case
def three_hundred_programs_that_drain_themselves():
    done = subprocess.run(
        [sys.executable, DEATH, 'a_killed_program_loses_nothing'],
        capture_output=True, text=True,
        env={**os.environ, 'RPSCOPE_KILLS': '300',
             'PYTHONPATH': os.path.join(TOP, 'tests')})
    assert done.returncode == 0 and done.stdout.startswith('ok'), done.stdout


main()
