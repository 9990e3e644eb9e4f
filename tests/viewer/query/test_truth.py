#!/usr/bin/env python3
"""Whoever knows nothing but `query --list`, `query` and `report --json` finds
what is wrong with a program, whose it is, and what to do, in three calls."""
import json
import os
import re
import subprocess
import tempfile

from case import HANG, built, case, cases_for, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()

# Twenty programs: what is wrong with each is known, by its making.
PROGRAM = r'''
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#define OWN __attribute__((noinline)) static
static void *volatile kept[40000], *volatile gone[40000];
static pthread_barrier_t meeting;

OWN void *SITE(size_t size) { return malloc(size); }
OWN void *passing(size_t size) { return malloc(size); }

// Few blocks that stay among many that go.
OWN void pin(int n) {
    for (int i = 0; i < 40000; i++)
        if (i % (40 + 10 * n) == 0)
            kept[i] = SITE(100 + 40 * n);
        else
            gone[i] = passing(100 + 40 * n);
    for (int i = 0; i < 40000; i++)
        free(gone[i]);
}
// What comes and never goes.
OWN void grow(int n) {
    for (int i = 0; i < 20000; i++) {
        kept[i] = SITE(300 + 100 * n);
        gone[0] = passing(500);
        free(gone[0]);
        if (i % 500 == 0)
            nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
}
// A size that is a little more than there is a class for.
OWN void round_up(int n) {
    static const size_t sizes[] = {33000, 34000, 36000, 40000};
    for (int i = 0; i < 400; i++)
        kept[i] = SITE(sizes[n]);
}
// Another thread frees, and this one does not come again.
static void *consumer(void *count) {
    for (int i = 0; i < *(int *)count; i++)
        free(gone[i]);
    pthread_barrier_wait(&meeting);
    return NULL;
}
OWN void defer(int n) {
    pthread_t thread;
    static int count;
    count = 20000 + 5000 * n;
    for (int i = 0; i < count; i++)
        gone[i] = SITE(200 + 50 * n);
    pthread_create(&thread, NULL, consumer, &count);
    pthread_barrier_wait(&meeting);
}
// A thread that had much once, and sleeps.
static void *sleeper(void *n) {
    pthread_setname_np(pthread_self(), "sleeper");
    int count = 20000, of = *(int *)n;
    for (int i = 0; i < count; i++)
        gone[i] = SITE(200 + 60 * of);
    for (int i = 0; i < count; i++)
        free(gone[i]);
    pthread_barrier_wait(&meeting);
    pause();
    return NULL;
}
OWN void cache(int n) {
    pthread_t threads[4];
    static int of;
    of = n;
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, sleeper, &of);
        pthread_barrier_wait(&meeting);
    }
}
int main(int count, char **arguments) {
    static const struct { const char *name; void (*run)(int); } causes[] = {
        {"pin", pin}, {"grow", grow}, {"round", round_up},
                {"defer", defer}, {"cache", cache}};
    pthread_barrier_init(&meeting, NULL, 2);
    for (int i = 0; count > 2 && i < 5; i++)
        if (strcmp(arguments[1], causes[i].name) == 0)
            causes[i].run(atoi(arguments[2]));
    _Exit(0);
}
'''
# Cause -> the part of the held bytes, what a cure says, and whose it is.
TRUTH = {'pin': ('span_free', 'a heap of their own', 'site'),
         'grow': ('used', 'free what is not needed', 'site'),
         'round': ('slack', 'a little less than whole spans', 'site'),
         'defer': ('deferred', 'rpmalloc_thread_collect', 'truth'),
         'cache': ('thread_cache', 'rpmalloc_thread_collect', 'sleeper')}
SITES = ['session_new', 'parse_line', 'node_copy', 'texture_load']


def path(name):
    return os.path.join(folder.name, name)


class Calls:
    """A user who asks, at most three times."""

    def __init__(self, trace):
        self.trace, self.left = trace, 3

    def query(self, table, *words):
        self.left -= 1
        assert self.left >= 0, 'a fourth call'
        return json.loads(output(RPSCOPE, 'query', table, *words, '--format',
                                 'json', self.trace))['rows']


def diagnose(trace):
    """The part of the bytes, what to do, whose it is, and whose blocks. Of the
    program nothing is known; where to look next, the answers say."""
    calls = Calls(trace)
    parts = calls.query('parts', '--sort', 'bytes')
    used, = [row for row in parts if row['part'] == 'used']
    held = sum(row['bytes'] for row in parts)
    blamed = used if held < 1.25 * used['bytes'] else next(
        row for row in parts if row is not used)
    table, key = re.search(r'see (?:.*, )?(\w+) by (\w+)', blamed['cure']).groups()
    first, = calls.query(table, '--sort', key, '--top', '1')
    if 'function' in first:
        return blamed['part'], blamed['cure'], first['function'], first
    # Of a heap: whose blocks were most of what went.
    busiest, = calls.query('sites', '--sort', 'frees', '--top', '1')
    return blamed['part'], blamed['cure'], first['thread'], busiest


with open(path('truth.c'), 'w') as file:
    file.write(PROGRAM)


@cases_for([f'{cause} {i}' for cause in TRUTH for i in range(4)])
def three_calls_tell_site_cause_and_cure(which):
    cause, number = which.split()
    name = SITES[int(number)]
    program, trace = path('truth'), path('truth.rptrace')
    output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread',
           f'-DSITE={name}', '-o', program, path('truth.c'))
    subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o', trace, '--',
                    program, cause, number], check=True, timeout=HANG)
    part, cure, whose, site = diagnose(trace)
    expected, words, owner = TRUTH[cause]
    assert part == expected, (part, cure, whose)
    assert words in cure, cure
    assert whose == (name if owner == 'site' else owner), (whose, cure)
    assert site['function'] == name, site['function']
    line = next(i for i, text in enumerate(PROGRAM.splitlines(), 1)
                if 'SITE(size_t size)' in text)
    assert os.path.basename(site['file']) == 'truth.c' and site['line'] == line


@case
def the_list_tells_of_every_table_and_column_that_is_asked_for():
    told = json.loads(output(RPSCOPE, 'query', '--list', '--format', 'json'))
    tables = {table['key']: {column['key'] for column in table['columns']}
              for table in told['tables']}
    cures = {row['part']: row['cure'] for row in Calls(
        path('truth.rptrace')).query('parts')}
    assert len(cures) == 10
    for cure in cures.values():
        for table, key in re.findall(r'(\w+) by (\w+)', cure):
            assert key in tables[table], (table, key)
        assert 'none is needed' in cure or re.search(r' by \w+|classes', cure)


main()
