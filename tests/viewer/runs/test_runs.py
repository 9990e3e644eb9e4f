#!/usr/bin/env python3
"""With three runs a side the planted regression is found, and runs of the same
program pass."""
import json
import os
import random
import subprocess
import tempfile

from case import HANG, built, case, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()

# How many blocks are kept differs from run to run by up to one half per cent.
PROGRAM = r'''
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static void *kept[2][2200], *gone[2][40000];
static int keeps;
__attribute__((noinline)) static void *keeper(void) { return malloc(120); }
__attribute__((noinline)) static void *worker(void) { return malloc(120); }
__attribute__((noinline)) static void *other(int i) { return malloc(1000 + i); }
static void *run(void *of) {
    int t = of != NULL;
    for (int i = 0; i < 20 * keeps; i++)
        if (i % 20 == 0)
            kept[t][i / 20] = keeper();
        else
            gone[t][i] = worker();
    for (int i = 0; i < 20 * keeps; i++)
        free(gone[t][i]);
    return other(t);
}
int main(int count, char **arguments) {
    unsigned char noise;
    pthread_t thread;
    if (count < 2 || getentropy(&noise, 1) != 0)
        return 1;
    keeps = atoi(arguments[1]) + noise % 6;
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, NULL, run, i ? &thread : NULL);
        pthread_join(thread, NULL);
    }
    _Exit(0);
}
'''
RULES = ['pins: share_bytes <= base + 1%', 'sites: live_bytes <= base + 1%',
         'used_bytes <= base + 1%', 'pins: sum share_bytes <= base + 1%',
         'sites: allocations <= base + 1%', 'findings[severity = error]: rows = 0']


def path(name):
    return os.path.join(folder.name, name)


def recorded(name, keeps):
    subprocess.run([RPSCOPE, 'record', '-q', '-o', path(name), '--',
                    path('program'), str(keeps)], check=True, timeout=HANG)
    return path(name)


def check(before, after, *words, status=0):
    return output(RPSCOPE, 'check', '--runs', str(len(after)), '--baseline',
                  ','.join(before), *after, *(words or RULES), status=status)


with open(path('program.c'), 'w') as source:
    source.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread', '-o',
       path('program'), path('program.c'))
CLEAN = [recorded(f'clean{i}.rptrace', 1000) for i in range(9)]
WORSE = [recorded(f'worse{i}.rptrace', 1050) for i in range(3)]


@case
def twenty_pairs_of_clean_runs_pass():
    chance = random.Random(1)
    for i in range(20):
        chosen = chance.sample(CLEAN, 6)
        # Names take ten times as long as all else.
        names = [] if i < 4 else ['--no-names']
        told = check(chosen[:3], chosen[3:], *names, *RULES)
        assert told.endswith('All rules hold.\n'), told


@case
def five_per_cent_pinned_by_one_site_are_found_and_named():
    told = check(CLEAN[:3], WORSE, status=1)
    lines = told.splitlines()
    for rule in RULES[:4]:
        line, = [line for line in lines if rule in line]
        assert line.startswith('FAIL  '), told
        assert ':' not in rule or 'sum' in rule or (
            ' at keeper (program.c:7)' in line), line
        assert ' in the runs), the limit is ' in line, line
    assert lines[5].startswith('PASS  '), told
    # And the other way round nothing is worse.
    assert 'All rules hold' in check(WORSE, CLEAN[:3])


@case
def the_middle_run_counts_and_the_spread_is_told():
    reports = [json.loads(output(RPSCOPE, 'report', '--json', trace))
               for trace in CLEAN[:3]]
    used = sorted(report['used_bytes'] for report in reports)
    rule = f'used_bytes <= {used[1]}'
    row, = json.loads(check(CLEAN[:1], CLEAN[:3], '--format', 'json',
                            rule))['rules']
    assert (row['least'], row['value'], row['most']) == tuple(used), row
    check(CLEAN[:1], CLEAN[:3], f'used_bytes < {used[1]}', status=1)
    rule = 'sites[function = keeper]: live_blocks <= 1'
    row, = json.loads(check(CLEAN[:1], CLEAN[:3], '--format', 'json', rule,
                            status=1))['rules']
    blocks = sorted(site['live_blocks'] for report in reports
                    for site in report['sites']
                    if site['function'] == 'keeper')
    assert (row['least'], row['value'], row['most']) == tuple(blocks), row


@case
def a_difference_is_told_beyond_the_spread_only():
    told = json.loads(output(RPSCOPE, 'diff', '--runs', '3', *CLEAN[:3], *WORSE,
                             '--format', 'json'))
    assert told['runs_before'] == CLEAN[:3] and told['runs_after'] == WORSE
    rows = {row['function']: row for row in told['pins']}
    assert rows['keeper']['share_bytes']['beyond_spread'] is True
    text = output(RPSCOPE, 'diff', '--runs', '3', *CLEAN[:3], *WORSE)
    assert all(len(line) <= 100 for line in text.splitlines()), text
    line = [line for line in text.splitlines() if 'keeper (program.c:7)' in line]
    assert len(line) == 2 and '+' in line[0], text  # as a site and as a pin
    same = output(RPSCOPE, 'diff', '--runs', '3', *CLEAN[:6])
    assert 'CALL SITES by live data: 0 differ' in same, same
    assert 'within the spread' in same, same
    head = [line for line in output(
        RPSCOPE, 'diff', '--runs', '3', '--format', 'markdown', *CLEAN[:3],
        *WORSE).splitlines() if line.startswith('|')]
    assert 'spread' in head[0] and all(len(line.split('|')) == 8
                                       for line in head), head


@case
def what_is_no_side_is_told():
    for words, why in (
            (['diff', '--runs', '2', *CLEAN[:3]], '2 runs a side are 4 files'),
            (['diff', *CLEAN[:3]], '1 run a side are 2 files'),
            (['check', '--runs', '3', CLEAN[0], 'used_bytes > 0'],
             '--runs 3 needs as many files'),
            (['check', '--runs', '17', CLEAN[0]], '--runs takes'),
            (['check', '--baseline', path('program.c'), CLEAN[0],
              'used_bytes <= base'], 'is no trace: it is to be a recording')):
        told = output(RPSCOPE, *words, status=2)
        assert why in told and told.endswith('.\n'), told
    with open(CLEAN[0], 'rb') as file:
        whole = bytearray(file.read())
    whole[8] += 40
    with open(path('other.rptrace'), 'wb') as file:
        file.write(whole)
    told = output(RPSCOPE, 'check', '--baseline', path('other.rptrace'),
                  CLEAN[0], 'used_bytes <= base', status=2)
    assert 'record it anew' in told, told


main()
