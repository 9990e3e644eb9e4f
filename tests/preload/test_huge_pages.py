#!/usr/bin/env python3
"""Which programs have huge pages, and what the environment makes of that."""
import os
import resource
import subprocess

from case import Skip, built, case, cases_for, main

PAGES = 20 << 20 >> 12
LIBRARY = built('release', 'librpscope-malloc.so')


def run(command, wish=None):
    """What it says, and its minor faults."""
    environment = {**os.environ, 'LD_PRELOAD': LIBRARY}
    if wish:
        environment['RPSCOPE_HUGE_PAGES'] = wish
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    done = subprocess.run(command, env=environment, capture_output=True,
                          text=True, check=True)
    return (done.stdout,
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before)


def grown(wish=None):
    """Faults and KiB of huge pages of a program that grows to 20 MiB."""
    told, _ = run([built('tests/preload/grown')], wish)
    return map(int, told.split())


@case
def a_program_that_grows_faults_seldom():
    faults, huge = grown()
    if huge <= 0:
        raise Skip('the system gives no huge pages')
    assert faults < PAGES / 10 and huge >= 16 << 10, (faults, huge)


@cases_for(['never', 'always', 'sometimes'])
def the_environment_decides(wish):
    faults, huge = grown(wish)
    _, usual = grown()
    if usual <= 0:
        raise Skip('the system gives no huge pages')
    if wish == 'never':
        assert faults > PAGES - 200 and huge == 0, (faults, huge)
    elif wish == 'always':
        assert faults < 100 and huge >= 20 << 10, (faults, huge)
    else:  # what it does not know changes nothing
        assert huge == usual, (huge, usual)


@case
def a_small_program_faults_as_without():
    def least(wish):
        return min(run(['/bin/true'], wish)[1] for _ in range(5))

    assert least(None) <= least('never') + 2


main()
