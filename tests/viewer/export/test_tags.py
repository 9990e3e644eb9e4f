#!/usr/bin/env python3
"""What the program itself calls things, tags, heaps, frames, and who frees
whose blocks: in the report, in Markdown, CSV and for pprof."""
import csv
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

from case import HANG, built, case, cases_for, main, output
from protobuf import fields, packed

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
PROGRAM = r'''
#include <pthread.h>
#include <stdlib.h>
struct rpmalloc_heap;
void rpmalloc_tag_push(const char *name) __attribute__((weak));
void rpmalloc_tag_pop(void) __attribute__((weak));
void rpmalloc_mark(const char *text) __attribute__((weak));
struct rpmalloc_heap *rpmalloc_heap_acquire(void) __attribute__((weak));
void rpmalloc_heap_name(struct rpmalloc_heap *heap, const char *name)
    __attribute__((weak));
void *rpmalloc_heap_alloc(struct rpmalloc_heap *heap, size_t size)
    __attribute__((weak));
static void *volatile kept[4000];
static int count;
__attribute__((noinline)) static void maker(int blocks, size_t size) {
    while (blocks-- > 0)
        kept[count++] = malloc(size);
}
__attribute__((noinline)) static void closer(int from, int to) {
    for (; from < to; from++)
        free(kept[from]);
}
static void *work(void *nothing) {
    pthread_setname_np(pthread_self(), "loader");
    rpmalloc_tag_push("Text|<i>\033[31m");
    maker(300, 1003);
    rpmalloc_tag_pop();
    return nothing;
}
int main(void) {
    pthread_t thread;
    maker(100, 1001);
    rpmalloc_tag_push("Layout");
    maker(200, 1002);
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    rpmalloc_heap_name(heap, "strings");
    kept[count++] = rpmalloc_heap_alloc(heap, 4001);
    rpmalloc_tag_pop();
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    closer(0, 50);
    for (int i = 0; i < 5; i++) {
        rpmalloc_mark("frame");
        kept[3999] = malloc(10001);
        free(kept[3999]);
    }
    _Exit(0);
}
'''


def path(name):
    return os.path.join(folder.name, name)


with open(path('program.c'), 'w') as file:
    file.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread', '-o',
       path('program'), path('program.c'))
TRACE, PLAIN = path('x.rptrace'), path('plain.rptrace')
for trace, *command in ((TRACE, '--free-stacks', 'all', '--', path('program')),
                        (PLAIN, '--', sys.executable, '-c', 'pass')):
    subprocess.run([RPSCOPE, 'record', '-q', '-o', trace, *command], check=True,
                   timeout=HANG)
SHOWN = r'Text|<i>\x1b[31m'  # as a terminal may be given it
REPORT = json.loads(output(RPSCOPE, 'report', '--json', TRACE))
TAGS = {row['tag']: row for row in REPORT['tags']}


def section(text, heading):
    return text.partition(heading)[2].partition('\n\n')[0].splitlines()[1:]


@case
def the_json_has_them():
    assert TAGS['Layout']['live_bytes'] == 200 * 1002 + 4001, TAGS
    assert TAGS['Text|<i>\x1b[31m']['live_blocks'] == 300
    assert [row['name'] for row in REPORT['heaps'] if row['name']] == ['strings']
    frames, = REPORT['frames']
    assert frames['frames'] == 4 and frames['mean_bytes'] == 10001
    assert {'closer', 'main'} <= {row['function'] for row in REPORT['freed_by']}


@case
def the_report_shows_them():
    text = output(RPSCOPE, 'report', TRACE)
    assert '\x1b' not in text
    titles, *rows = section(text, '\nTAGS: ')
    assert titles.split() == ['live', 'data', 'blocks', 'most', 'allocated',
                              'allocations', 'tag'], titles
    assert [row.rsplit('  ', 1)[1] for row in rows] == [
        SHOWN, 'Layout', '(no tag)'], rows
    assert rows[0].split()[:3] == ['294', 'KiB', '300'], rows
    titles, row = section(text, '\nFRAMES: ')
    assert row.split()[0] == '4' and row.endswith('  frame'), row
    titles, *rows = section(text, '\nWHO FREES WHOSE BLOCKS')
    assert titles.split()[-4:] == ['freed', 'by', 'allocated', 'by'], titles
    assert any(re.match(r' +50 +48.9 KiB +0 +closer  program.c:\d+ +'
                        r'maker  program.c:\d+$', row) for row in rows), rows
    heaps = section(text, '\nHEAPS ')
    assert any(' strings, of program ' in row for row in heaps), heaps


@case
def without_them_there_is_no_heading():
    text = output(RPSCOPE, 'report', PLAIN)
    marks = output(RPSCOPE, 'report', '--format', 'markdown', PLAIN)
    for word in 'TAGS', 'FRAMES', 'WHO FREES', '### tags', '### frames':
        assert word not in text and word not in marks, word


@case
def markdown_shows_them():
    text = output(RPSCOPE, 'report', '--format', 'markdown', TRACE)
    assert '\x1b' not in text
    for heading in 'tags', 'frames', 'who frees whose blocks':
        assert f'\n### {heading}' in text, text
    for what in (r'\| 294 KiB \| 300 \|.*Text\\\|\\<i>.*', r'\| 4 \|.*\| frame \|',
                 r'\| 50 \|.*closer.*maker'):
        assert re.search(what, text), (what, text)


@cases_for(['tags', 'frames', 'freed_by'])
def csv_has_the_same_rows(table):
    rows = list(csv.DictReader(output(RPSCOPE, 'export', '--format', 'csv',
                                      '--table', table, TRACE).splitlines()))
    assert len(rows) == len(REPORT[table]) > 0
    assert set(rows[0]) >= set(REPORT[table][0]) - {'frames'}


@case
def a_live_block_has_its_tag():
    rows = json.loads(output(RPSCOPE, 'query', 'blocks', '--where',
                             'tag = Layout', '--top', '1000', '--format', 'json',
                             TRACE))['rows']
    assert sorted(row['bytes'] for row in rows) == [1002] * 200 + [4001]


def samples(trace):
    """[(values, {label: text})] of the profile."""
    with open(trace, 'rb') as file:
        profile = fields(gzip.decompress(file.read()))
    texts = [text.decode() for text in profile[6]]
    for sample in profile[2]:
        one = fields(sample)
        labels = [fields(label) for label in one.get(3, [])]
        yield packed(one[2][0]), {texts[label[1][0]]: texts[label[2][0]]
                                  for label in labels}


@case
def pprof_has_tag_heap_and_thread_as_labels():
    to = path('out.pb.gz')
    output(RPSCOPE, 'export', '--format', 'pprof', '-o', to, TRACE)
    found = list(samples(to))
    sums = [sum(column) for column in zip(*(values for values, _ in found))]
    ours = [sum(row[key] for row in REPORT['sites']) for key in (
        'allocations', 'allocated_bytes', 'live_blocks', 'live_bytes',
        'share_bytes', 'alone_bytes')]
    assert sums[:5] == ours[:5], (sums, ours)
    for tag, name in ('Layout', 'Layout'), ('Text|<i>\x1b[31m', SHOWN):
        live = [values[2:4] for values, labels in found
                if labels.get('tag') == name]
        assert [sum(column) for column in zip(*live)] == [
            TAGS[tag]['live_blocks'], TAGS[tag]['live_bytes']], (tag, found)
    # One call site, three tags: what is live of each is told apart.
    strings = [values for values, labels in found
               if labels.get('heap') == 'strings']
    assert sum(values[3] for values in strings) == 4001, found
    loaded = [values for values, labels in found
              if labels.get('thread') == 'loader']
    assert sum(values[2] for values in loaded) >= 300, found


main()
