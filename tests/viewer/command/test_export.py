#!/usr/bin/env python3
"""rpscope export writes what readers of folded stacks read, and the sums are
those of the report."""
import collections
import json
import os
import re
import subprocess
import tempfile

from case import HANG, built, case, cases_for, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


TRACE = path('x.rptrace')
PROGRAM = r"""
#include <cstdlib>
struct odd { template <class A, class B> static void *make(A a, B); };
template <class A, class B> void *odd::make(A a, B) { return malloc(a); }
extern "C" void *hostile(void);
void *volatile kept[300];
int main() {
    for (int i = 0; i < 100; i++) {
        kept[i] = odd::make(100 + i, 1.5);
        kept[100 + i] = hostile();
        kept[200 + i] = malloc(70); // beside it: neither is alone
        free(malloc(50));
    }
    _Exit(0);
}
"""
HOSTILE = """
#include <stdlib.h>
void *hostile(void) { return malloc(77); }
"""
for name, text in (('p.cc', PROGRAM), ('hostile.c', HOSTILE)):
    with open(path(name), 'w') as source:
        source.write(text)
output('gcc', '-O0', '-c', '-o', path('hostile.o'), path('hostile.c'))
output('g++', '-g', '-O0', '-c', '-o', path('p.o'), path('p.cc'))
output('objcopy', '--redefine-sym', 'hostile=a;b\tc 12', path('hostile.o'))
output('objcopy', '--redefine-sym', 'hostile=a;b\tc 12', path('p.o'))
output('g++', '-o', path('p'), path('p.o'), path('hostile.o'))
subprocess.run([RPSCOPE, 'record', '-q', '-o', TRACE, '--', path('p')],
               check=True, timeout=HANG)


def export(*words, status=0):
    return output(RPSCOPE, 'export', *words, status=status)


def read(text):
    """As speedscope and flamegraph.pl do."""
    stacks = collections.Counter()
    for line in text.splitlines():
        match = re.match(r'^(.*) (\d+)$', line)
        assert match, line
        # flamegraph.pl: a second number makes a difference of it.
        assert not re.match(r'^(.*)\s+?(\d+(?:\.\d*)?)$', match[1]), line
        stacks[tuple(match[1].split(';'))] += int(match[2])
    return stacks


REPORT = json.loads(output(RPSCOPE, 'report', '--json', TRACE))


@cases_for(['live_bytes', 'live_blocks', 'allocated_bytes', 'allocations',
            'at_peak_used_bytes', 'share_bytes', 'alone_bytes', 'temporary',
            'rounding_bytes'])
def the_sum_is_that_of_all_sites(metric):
    stacks = read(export('--metric', metric, TRACE))
    assert sum(stacks.values()) == sum(row[metric] for row in REPORT['sites'])
    assert all(value > 0 for value in stacks.values())


@case
def metrics_are_told_apart():
    sums = {key: sum(row[key] for row in REPORT['sites'])
            for key in ('share_bytes', 'alone_bytes', 'live_bytes')}
    assert len(set(sums.values())) == 3, sums


@case
def a_function_has_what_its_site_has():
    stacks = read(export(TRACE))
    ours = sum(value for names, value in stacks.items()
               if 'odd::make' in names[-2] or 'odd::make' in names[-1])
    site, = [row for row in REPORT['sites'] if 'odd::make' in
             (row['function'] or '')]
    assert ours == site['live_bytes'] == sum(range(100, 200)), ours
    assert all(names[0] in ('_start', 'clone3', '__clone3') or 'start' in
               names[0] for names in stacks), list(stacks)[:3]


@case
def no_name_is_read_as_something_else():
    # Its ;, its tab, and the number at its end.
    stacks = {names: value for names, value in read(export(TRACE)).items()
              if any('a:b' in name for name in names)}
    assert sum(stacks.values()) == 7700, stacks
    assert all('a:b\\tc_12' in names for names in stacks), stacks


@case
def it_is_written_to_a_file_or_told_why_not():
    told = export('-o', path('out'), TRACE)
    with open(path('out')) as file:
        assert file.read() == export(TRACE)
    total = sum(row['live_bytes'] for row in REPORT['sites'])
    assert f'{total} bytes of live_bytes; ' in told, told
    assert 'No such file' in export('-o', path('nowhere/out'), TRACE, status=2)
    assert 'No space left' in export('-o', '/dev/full', TRACE, status=2)


@case
def without_stacks_there_is_nothing_to_export():
    trace = path('without.rptrace')
    subprocess.run([RPSCOPE, 'record', '-q', '--stacks', 'none', '-o', trace,
                    '--', path('p')], check=True, timeout=HANG)
    assert 'recorded without stacks' in export(trace, status=2)
    assert 'nowhere' in export(path('nowhere'), status=3)
    assert '--metric takes' in export('--metric', 'x', TRACE, status=2)


main()
