#!/usr/bin/env python3
"""tests/run stops what hangs, and says where; what is only slow it lets be."""
import os
import re
import subprocess
import sys
import tempfile

from case import TOP, case, main, output

SHELL = '#!/bin/sh\n'
SILENT = 5  # seconds: ten times as long as what moves is silent
CRITERION = r'''
#include <criterion/criterion.h>
#include <unistd.h>

Test(suite, a_passes) {
}

Test(suite, b_hangs) {
    sleep(1000);
}
'''


def run(programs, *options):
    """(exit status, last line, what tests/run tells of each by its name), where
    programs are scripts of the shell, or in C with Criterion."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in programs.items():
            path = f'{folder}/{name}'
            with open(path if text.startswith(SHELL) else f'{path}.c',
                      'w') as file:
                file.write(text)
            if text.startswith(SHELL):
                os.chmod(path, 0o755)
            else:
                output('gcc', f'{path}.c', '-o', path, '-lcriterion')
        done = subprocess.run(
            [sys.executable, os.path.join(TOP, 'tests/run'), '--build', folder,
             '--jobs', str(len(programs)), *options,
             *[f'{folder}/{name}' for name in programs]],
            capture_output=True, text=True)
    assert done.stderr == '', done.stderr
    told = {line.split()[0]: line for line in done.stdout.splitlines()
            if re.match(r'\S+ +[\d.]+ s ', line)}
    return done.returncode, done.stdout.splitlines()[-1], told


@case
def a_hang_is_stopped_and_named_and_what_moves_is_not():
    status, total, told = run({
        'hangs': SHELL + 'echo "ok - one"; echo "ok - two"; sleep 1000',
        'mute': SHELL + 'sleep 1000',
        'moves': SHELL + 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do\n'
                         '    sleep 0.5; echo "ok - $i"; done',
        'criterion': CRITERION}, '--timeout', str(SILENT))

    assert status == 1
    assert f'stopped: nothing for {SILENT} s after "ok - two"' in told['hangs']
    assert f'{SILENT} s before its first word' in told['mute'], told['mute']
    assert 'suite::b_hangs"' in told['criterion'], told['criterion']
    assert ' 12 ok' in told['moves'] and 'NOT' not in told['moves']
    assert total == '14 passed, 3 failed', total


@case
def what_tells_cases_for_ever_is_stopped_too():
    status, total, told = run({
        'endless': SHELL + 'while :; do echo "ok - again"; sleep 0.1; done'},
        '--longest', '1')

    assert status == 1 and total.endswith(' passed, 1 failed'), total
    assert 'stopped: no end after 1 s, after "ok - again"' in told['endless']


@case
def what_took_longest_starts_first_the_next_time():
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in ('a', 0), ('b', 1), ('c', 2):
            with open(f'{folder}/{name}', 'w') as file:
                file.write(f'{SHELL}echo {name} >> {folder}/order; '
                           f'sleep {seconds}')
            os.chmod(f'{folder}/{name}', 0o755)
        for _ in range(2):
            output(sys.executable, f'{TOP}/tests/run', '--build', folder,
                   '--jobs', '1', *[f'{folder}/{name}' for name in 'abc'])
        with open(f'{folder}/order') as file:
            assert file.read().split() == list('abccba')


@case
def an_output_of_many_cases_is_whole():
    status, total, told = run({
        'many': SHELL + 'seq -f "ok - %g" 100000; sleep 1; seq -f "ok - %g" 9'})

    assert status == 0 and total == '100009 passed, 0 failed', total


main()
