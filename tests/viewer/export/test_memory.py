#!/usr/bin/env python3
"""What an export takes of memory follows from what lives, and not from how much
came and went."""
import os
import subprocess
import tempfile

from case import HANG, built, cases_for, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
# Blocks that come and go among 5,000 places.
PROGRAM = r'''
#include <stdlib.h>
static void *volatile kept[5000];
__attribute__((noinline)) static void *some(int i) { return malloc(i); }
int main(int count, char **words) {
    long rounds = count > 1 ? atol(words[1]) : 0;
    for (long i = 0; i < rounds; i++) {
        void *volatile *place = &kept[i * 7919 % 5000];
        free(*place);
        *place = some(16 + (int)(i % 500));
    }
    _Exit(0);
}
'''
FEW, MANY = 1500000, 6000000  # pairs; beyond what a sample has room for
MOST, MORE = 256 << 10, 16 << 10  # KiB


def path(name):
    return os.path.join(folder.name, name)


def recorded(rounds):
    subprocess.run([RPSCOPE, 'record', '-q', '-o', path(f'{rounds}.rptrace'),
                    '--', path('program'), str(rounds)], check=True,
                   timeout=HANG)
    return path(f'{rounds}.rptrace')


with open(path('program.c'), 'w') as file:
    file.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-o', path('program'),
       path('program.c'))
TRACES = recorded(FEW), recorded(MANY)


def peak(trace, *words):
    """Of the process, in KiB."""
    with subprocess.Popen([RPSCOPE, 'export', *words, '-o', path('out'), trace],
                          stderr=subprocess.PIPE, text=True) as process:
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    return usage.ru_maxrss


@cases_for(['folded', 'pprof', 'speedscope', 'firefox', 'perfetto', 'html',
            'csv --table sites'])
def four_times_the_events_take_no_more_memory(how):
    few, many = (peak(trace, '--format', *how.split()) for trace in TRACES)
    assert many < few + MORE and many < MOST, (few, many)


main()
