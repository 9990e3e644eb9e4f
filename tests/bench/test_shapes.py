#!/usr/bin/env python3
"""What shapes of load keep resident, by the programs that the bench runs.

Memory only: no time is looked at. The instrumented library, which places blocks
alike, has buffers of its own.
"""
import os
import subprocess

from case import HANG, built, case, main


def figures(*command):
    """{name: number} of what a program says under the release library."""
    run = subprocess.run(
        [built('tests/bench', command[0]), *map(str, command[1:])],
        env={**os.environ, 'LD_PRELOAD': os.path.abspath(
            built('release', 'librpscope-malloc.so'))},
        capture_output=True, text=True, check=True, timeout=HANG)
    return {name: float(value) for name, value in
            (line.split('\t') for line in run.stdout.splitlines())}


@case
def of_many_threads_that_worked_and_sleep_each_keeps_little():
    kept = figures('sleepers', 400, 4)['KiB resident a thread']

    assert kept <= 500, kept


@case
def of_many_threads_with_a_few_blocks_each_holds_little_more_than_these():
    kept = figures('many_threads', 300, 64)['KiB resident a thread']

    assert kept <= 110, kept


main()
