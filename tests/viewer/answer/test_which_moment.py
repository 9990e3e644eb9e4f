#!/usr/bin/env python3
"""Which moment a report is of: the worst, where the program has torn down by
the end what it was; and what is said of moments that are not there."""
import json
import os
import tempfile

from case import built, case, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
TRACE = os.path.join(folder.name, 'level.rptrace')

# For most of its time it holds 30 MiB and uses 1; before main has returned from
# the destructors of what is static, it has freed all.
PROGRAM = r'''
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>
extern "C" void rpmalloc_mark(const char *) __attribute__((weak));
static void mark(const char *text) {
    if (rpmalloc_mark)
        rpmalloc_mark(text);
}
static std::vector<std::string> names; // destroyed behind main
__attribute__((noinline)) static void keep_name() {
    names.push_back(std::string(300, 'n'));
}
__attribute__((noinline)) static std::string *line() {
    return new std::string(300, 'l');
}
int main() {
    std::vector<std::string *> lines;
    mark("level 1");
    for (int i = 0; i < 92000; i++) {
        if (i % 40 == 0)
            keep_name();
        lines.push_back(line());
    }
    for (std::string *one : lines)
        delete one;
    lines = {};
    mark("level 2");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    mark("level 3");
}
'''


def record():
    source = os.path.join(folder.name, 'level.cc')
    program = os.path.join(folder.name, 'level')
    with open(source, 'w') as file:
        file.write(PROGRAM)
    output(os.environ.get('CXX', 'g++'), '-g', '-O1', '-pthread', '-o', program,
           source)
    output(RPSCOPE, 'record', '-q', '-o', TRACE, '--', program)


def report(*words):
    return json.loads(output(RPSCOPE, 'report', '--json', *words, TRACE))


record()


@case
def where_static_destructors_have_run_the_worst_is_shown():
    usual, worst, end = report(), report('--at', 'worst'), report('--at', 'end')

    for key in 'at_ns', 'held_bytes', 'verdict', 'causes', 'keepers', 'pins':
        assert usual[key] == worst[key], key
    assert usual['held_bytes'] - usual['used_bytes'] > 24 << 20
    assert end['used_bytes'] < 1 << 20
    assert 'keep_name' not in ' '.join(end['verdict']), end['verdict']
    first = usual['causes'][0]
    assert first['kind'] == 'pin', first
    assert 'keep_name' in first['who'], first
    assert 'At its worst' in usual['verdict'][0], usual['verdict']
    assert 'the worst' in output(RPSCOPE, 'report', TRACE)


@case
def tables_pins_and_verdict_are_of_one_moment():
    for words in (), ('--at', 'end'), ('--at', 'mark "level 2"'):
        told = report(*words)
        part, = [row['bytes'] for row in told['parts'] if row['part'] == 'used']
        pins = json.loads(output(RPSCOPE, 'query', 'pins', *words, '--format',
                                 'json', TRACE))['rows']
        assert part == told['used_bytes']
        assert [row['share_bytes'] for row in pins] == \
            [row['share_bytes'] for row in told['pins']]
        assert sum(row['bytes'] for row in told['keepers']) == \
            told['held_bytes'] - told['used_bytes']
        assert sum(row['share_bytes'] for row in pins) == told['pinned_bytes']


@case
def a_mark_and_an_event_are_moments():
    marks = {row['text']: row['at_ns'] for row in report()['marks']}
    for text in '"level 2"', 'level 2':
        at = report('--at', f'mark {text}')['at_ns']
        assert marks['level 1'] < at <= marks['level 2'], (at, marks)
    events = report()['events']
    assert report('--at', f'event:{events}') == report('--at', 'end')
    assert report('--at', 'event:1')['at_ns'] < marks['level 1']


@case
def a_moment_that_is_not_there_is_refused_and_the_nearest_is_named():
    for words, said in ((('--at', 'mark "levle 2"'), 'mean level 2?'),
                        (('--at', 'mark noon'), '"level 1", "level 2"'),
                        (('--at', '99min'), 'nearest moment is --at end'),
                        (('--at', 'event:999999999'), 'is --at end')):
        for command in ('report',), ('query', 'pins'), ('dump',), ('check',):
            rule = ('held_bytes < 1GiB',) * (command == ('check',))
            text = output(RPSCOPE, *command, *words, TRACE, *rule, status=2)
            assert said in text, (command, words, text)


@case
def the_key_p_goes_through_the_named_moments():
    for keys, said in (('', 'at its worst'), ('p', 'when most was held'),
                       ('p p', 'when most was used'), ('p p p', 'at the end'),
                       ('p p p p', 'at its worst'),
                       (':goto Space worst Enter', 'at its worst')):
        assert said in output(RPSCOPE, 'dump', '--keys', keys,
                              TRACE).splitlines()[0], keys


main()
