#!/usr/bin/env python3
"""Criterion starts Git in no process of a case, and yet shows how strings differ."""
import subprocess
import tempfile

from case import HANG, TOP, built, case, cases_for, main, needs_strace, output

PROGRAM = r'''
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(suite, a_passes) {
}

Test(suite, b_differs) {
    cr_assert(eq(str, "one\ntwo\n", "one\nthree\n"));
}
'''


def made(folder, *more):
    with open(f'{folder}/program.c', 'w') as file:
        file.write(PROGRAM)
    output('gcc', 'program.c', *more, '-o', 'program', '-lcriterion', cwd=folder)
    return f'{folder}/program'


PROGRAMS = ('release/tests/core/base/test_bits',
            'instrumented/tests/core/base/test_bits',
            'instrumented/tests/instrument/options/test_options',
            'tests/viewer/base/test_escape')


@cases_for(PROGRAMS)
def no_case_reads_certificates(name):
    needs_strace()
    with tempfile.TemporaryDirectory() as folder:
        output('strace', '-f', '-e', 'trace=openat', '-o', f'{folder}/calls',
               built(name), '-j1')
        with open(f'{folder}/calls') as file:
            opened = file.read()

    assert 'libgit2' in opened, opened[:1000]
    assert '/etc/ssl/' not in opened


@case
def strings_that_differ_are_shown_line_by_line():
    with tempfile.TemporaryDirectory() as folder:
        told = [subprocess.run([made(folder, *more), '-j1', '--color=never'],
                               timeout=HANG, capture_output=True,
                               text=True).stderr
                for more in ([f'{TOP}/tests/quick_start.c'], [])]

    assert '-"two\\n"' in told[0] and '+"three\\n"' in told[0], told[0]
    with_git = [text.split('b_differs: (')[0] for text in told]
    assert with_git[0] == with_git[1], told


main()
