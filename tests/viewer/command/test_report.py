#!/usr/bin/env python3
"""Which files rpscope report opens."""
import os
import re
import shutil

from case import REPORT, built, in_folder, main, needs_strace, output


def opened(*command):
    """All that a command opens and gets."""
    return set(re.findall(r'openat\(AT_FDCWD, "([^"]*)".*= \d+$',
                          output('strace', '-qq', '-e', 'trace=openat',
                                 *command), re.M))


@in_folder
def without_names_only_the_trace_is_opened(folder):
    needs_strace()
    trace = f'{folder}/x.rptrace'
    output(built('rpscope'), 'record', '-q', '--no-names', '-o', trace, '--',
           'ls')
    nothing = opened(built('rpscope'), '--version')

    assert os.path.realpath(shutil.which('ls')) in opened(
        built('rpscope'), 'report', trace)
    assert opened(*REPORT, trace) - nothing == {trace}


@in_folder
def with_names_in_the_trace_only_that_is_opened(folder):
    needs_strace()
    trace = f'{folder}/x.rptrace'
    output(built('rpscope'), 'record', '-q', '-o', trace, '--', 'ls')
    nothing = opened(built('rpscope'), '--version')

    assert opened(built('rpscope'), 'report', trace) - nothing == {trace}


main()
