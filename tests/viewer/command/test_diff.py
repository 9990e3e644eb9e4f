#!/usr/bin/env python3
"""rpscope diff tells what differs, as a comparison of two reports does."""
import collections
import json
import os
import subprocess
import tempfile

from case import HANG, built, case, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()

PROGRAM = r"""
#include <stdlib.h>
static void *kept[4000];
__attribute__((noinline)) static void *keeper(void) { return malloc(120); }
__attribute__((noinline)) static void *worker(void) { return malloc(120); }
__attribute__((noinline)) static void *OTHER(int i) { return malloc(1000 + i); }
int main(void) {
    for (int i = 0; i < 4000; i++)
        if (i % (4000 / KEEPS) == 0)
            kept[i] = keeper();
        else
            free(worker());
    for (int i = 0; i < 50; i++)
        kept[i] = OTHER(i);
    _Exit(0);
}
"""


def path(name):
    return os.path.join(folder.name, name)


def recorded(name, *flags, lines=0):
    """Of a program that is built anew, its lines further down."""
    with open(path(f'{name}.c'), 'w') as file:
        file.write('\n' * lines + PROGRAM)
    os.makedirs(path(name))
    output(os.environ.get('CC', 'gcc'), '-g', '-O1', *flags, '-o',
           path(f'{name}/program'), path(f'{name}.c'))
    trace = path(f'{name}.rptrace')
    subprocess.run([RPSCOPE, 'record', '-q', '-o', trace, '--',
                    path(f'{name}/program')], check=True, timeout=HANG)
    return trace


BEFORE = recorded('before', '-DKEEPS=200', '-DOTHER=older')
AFTER = recorded('after', '-DKEEPS=250', '-DOTHER=newer', lines=9)
AGAIN = recorded('again', '-DKEEPS=200', '-DOTHER=older', lines=5)


def diff(*words, status=0):
    return output(RPSCOPE, 'diff', *words, status=status)


def report(trace):
    return json.loads(output(RPSCOPE, 'report', '--json', trace))


def by_name(rows, key):
    """The sums of a column over the rows of one function and module."""
    sums = collections.Counter()
    for row in rows:
        sums[row['function'], os.path.basename(row['module'])] += row[key]
    return sums


@case
def the_same_program_built_anew_does_not_differ():
    told = json.loads(diff(BEFORE, AGAIN, '--format', 'json'))
    assert told['schema'] == 'rpscope.diff/1'
    assert told['sites'] == told['pins'] == told['classes'] == [], told
    text = diff(BEFORE, AGAIN)
    assert text.count(': 0 differ, 0 in other counts, ') == 3, text


@case
def what_differs_is_what_two_reports_differ_in():
    told = json.loads(diff(BEFORE, AFTER, '--format', 'json'))
    before, after = report(BEFORE), report(AFTER)
    for table, keys in (('sites', ('live_bytes', 'live_blocks', 'allocations')),
                        ('pins', ('share_bytes', 'alone_bytes'))):
        for key in keys:
            was, now = by_name(before[table], key), by_name(after[table], key)
            expected = {name: (was[name], now[name]) for name in {*was, *now}}
            found = {(row['function'], os.path.basename(row['module'])):
                     (row[key]['before'], row[key]['after'])
                     for row in told[table]}
            changed = {name for name, (a, b) in expected.items() if a != b}
            assert changed <= set(found), (table, key)
            assert all(expected[name] == found[name] for name in found), (
                table, key, expected, found)
    for key in 'used_bytes', 'held_bytes', 'allocations', 'pinned_bytes':
        assert told['totals'][key] == {'before': before[key],
                                       'after': after[key]}, key
    changes = [abs(row['live_bytes']['after'] - row['live_bytes']['before'])
               for row in told['sites']]
    assert changes == sorted(changes, reverse=True) and len(changes) >= 3


@case
def people_are_told_the_sites_by_the_largest_change():
    text = diff(BEFORE, AFTER)
    lines = text.splitlines()
    assert all(len(line) <= 100 and line == line.rstrip() for line in lines)
    assert any('newer (after.c:15)' in line and '(only after)' in line
               for line in lines), text
    assert any('older (before.c:6)' in line and '(only before)' in line
               for line in lines), text
    keeper, = [line for line in lines if 'keeper (after.c:13)' in line
               and '+5.86 KiB' in line]
    assert keeper.split()[:7] == ['23.4', 'KiB', '29.3', 'KiB', '+5.86', 'KiB',
                                  '+25.0'], keeper


@case
def markdown_is_a_table_for_a_pull_request():
    lines = diff(BEFORE, AFTER, '--format', 'markdown').splitlines()
    rows = [line for line in lines if line.startswith('|')]
    assert all(line.count(' | ') == 4 and line.endswith('|')
               for line in rows), rows
    assert any(line.startswith('| keeper (after.c:13) | 23.4 KiB | 29.3 KiB '
                               '| +5.86 KiB | +25.0 % |') for line in rows), rows


@case
def what_is_left_out_is_counted():
    text = diff(BEFORE, AFTER, '--top', '1')
    assert '  and 2 more' in text, text


@case
def what_cannot_be_compared_is_told():
    assert 'nowhere' in diff(BEFORE, path('nowhere'), status=3)
    assert 'needs BEFORE AFTER' in diff(BEFORE, status=2)
    with open(BEFORE, 'rb') as file:
        whole = file.read()
    with open(path('cut.rptrace'), 'wb') as file:
        file.write(whole[:len(whole) - 100])
    assert 'rpscope: ' in diff(path('cut.rptrace'), BEFORE, '--no-rescue',
                               status=4)


main()
