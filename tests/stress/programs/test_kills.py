#!/usr/bin/env python3
"""A thousand kills at random moments, half of them under rpscope record: no
published event is lost. The cases are those of test_death.py."""
import os
import subprocess
import sys

from case import TOP, case, main

DEATH = os.path.join(TOP, 'tests/instrument/programs/test_death.py')


def die(name, kills):
    done = subprocess.run(
        [sys.executable, DEATH, name], capture_output=True, text=True,
        env={**os.environ, 'RPSCOPE_KILLS': str(kills),
             'PYTHONPATH': os.path.join(TOP, 'tests')})
    assert done.returncode == 0 and done.stdout.startswith('ok'), done.stdout


@case
def five_hundred_programs_that_drain_themselves():
    die('a_killed_program_loses_nothing', 500)


@case
def five_hundred_programs_that_rpscope_drains():
    die('under_record_a_killed_program_loses_nothing_either', 500)


main()
