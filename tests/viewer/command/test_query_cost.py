#!/usr/bin/env python3
"""What a question costs on a trace that has its index: counted in instructions,
of which a machine does a thousand million in less than 300 ms."""
import json
import os
import re
import shutil
import subprocess
import tempfile

from case import HANG, Skip, built, case, cases_for, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
PROGRAM = r'''
#include <stdlib.h>
enum { MOST = 40000 };
static void *volatile kept[MOST];
__attribute__((noinline)) static void *some(int i) { return malloc(i); }
int main(int count, char **words) {
    long rounds = count > 1 ? atol(words[1]) : 0;
    int many = MOST;
    for (long i = 0; i < rounds; i++) {
        if (i == rounds / 2) // what stays is a part, and lies anywhere
            for (many = 5000; many < MOST; many++)
                if (many % 16) {
                    free(kept[many]);
                    kept[many] = NULL;
                }
        many = i < rounds / 2 ? MOST : 5000;
        void *volatile *place = &kept[i * 7919 % many];
        free(*place);
        *place = some(16 + (int)(i % 500));
    }
    for (int i = 0; i < MOST; i++)
        free(kept[i]);
    return 0;
}
'''
FEW, MANY = 1000000, 4000000  # pairs
MOST = 1000 * 1000 * 1000


def path(name):
    return os.path.join(folder.name, name)


with open(path('program.c'), 'w') as file:
    file.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-o', path('program'),
       path('program.c'))
for rounds in FEW, MANY:
    subprocess.run([RPSCOPE, 'record', '-q', '-o', path(f'{rounds}.rptrace'),
                    '--', path('program'), str(rounds)], check=True,
                   timeout=HANG)
    output(RPSCOPE, 'query', 'totals', path(f'{rounds}.rptrace'))
    assert os.path.exists(path(f'{rounds}.rptrace.index'))


def instructions(*words):
    if not shutil.which('valgrind'):
        raise Skip('valgrind is not there')
    done = subprocess.run(
        ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
         RPSCOPE, 'query', *words], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr[-500:]
    return int(re.search(r'Collected : (\d+)', done.stderr)[1])


@cases_for(['totals', 'pins', 'classes', 'blocks --top 10',
            'sites --at peak', 'totals --at 1ms', 'totals --at end'])
def a_question_costs_little_however_many_events_there_were(question):
    few, many = (instructions(*question.split(), path(f'{rounds}.rptrace'))
                 for rounds in (FEW, MANY))
    assert many < MOST and many < 2 * few, (few, many)


@case
def an_index_has_nothing_of_the_process_that_made_it():
    made = []
    for _ in range(2):
        os.remove(path(f'{FEW}.rptrace.index'))
        output(RPSCOPE, 'query', 'totals', path(f'{FEW}.rptrace'))
        with open(path(f'{FEW}.rptrace.index'), 'rb') as file:
            made.append(file.read())
    before, again = made
    assert again == before, [at for at, (a, b) in enumerate(zip(again, before))
                             if a != b][:20]


@case
def the_moment_that_is_asked_for_most_is_the_worst_and_not_the_end():
    row, = json.loads(output(RPSCOPE, 'query', 'totals', '--format', 'json',
                             path(f'{MANY}.rptrace')))['rows']
    assert row['at_ns'] < row['duration_ns'] * .999, row
    assert row['held_bytes'] > 2 * row['used_bytes'], row


main()
