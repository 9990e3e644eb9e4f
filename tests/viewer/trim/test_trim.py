#!/usr/bin/env python3
"""A part of a recording gives the answers of the whole at the same moments, and
does not say what it is to hide."""
import functools
import json
import os
import random
import subprocess
import sys
import tempfile

from case import HANG, TOP, built, case, cases_for, main, output

sys.path.append(os.path.join(TOP, 'tests/instrument/format'))
from second_reader import Model, Trace, schema  # noqa: E402

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
PROGRAM = r'''
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
struct rpmalloc_heap;
void rpmalloc_tag_push(const char *name) __attribute__((weak));
void rpmalloc_tag_pop(void) __attribute__((weak));
void rpmalloc_mark(const char *text) __attribute__((weak));
struct rpmalloc_heap *rpmalloc_heap_acquire(void) __attribute__((weak));
void rpmalloc_heap_name(struct rpmalloc_heap *heap, const char *name)
    __attribute__((weak));
void *rpmalloc_heap_alloc(struct rpmalloc_heap *heap, size_t size)
    __attribute__((weak));
enum { ROUNDS = 60, PLACES = 3000 };
static void *volatile shared[PLACES];
static void *volatile kept;
__attribute__((noinline)) static void *small(int i) { return malloc(i % 900); }
__attribute__((noinline)) static void *large(int i) {
    return malloc(70000 + i * 1000 % 900000);
}
__attribute__((noinline)) static void *huge(void) { return malloc(80 << 20); }
static void *work(void *of) {
    unsigned seed = *(unsigned *)of;
    rpmalloc_tag_push("Layout");
    for (int round = 0; round < ROUNDS; round++) {
        if (round % 20 == 10)
            rpmalloc_tag_push("Text");
        for (int i = 0; i < 100; i++) {
            seed = seed * 1664525 + 1013904223;
            void *new = seed % 50 == 0 ? large(seed % 999) : small(seed % 999);
            void *old = __sync_lock_test_and_set(&shared[seed / 999 % PLACES],
                                                 new);
            if (seed % 7 == 0)
                old = realloc(old, 1 + seed % 2000);
            free(old);
        }
        if (round % 30 == 15)
            free(huge());
        if (round % 20 == 19)
            rpmalloc_tag_pop();
        nanosleep(&(struct timespec){0, 250000}, NULL);
    }
    if (seed % 3 > 0) // the others' tag is the next thread's in that ring
        rpmalloc_tag_pop();
    return NULL;
}
int main(void) {
    pthread_t threads[3];
    static unsigned seeds[3] = {1, 2, 3};
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    rpmalloc_heap_name(heap, "strings");
    kept = rpmalloc_heap_alloc(heap, 4001);
    for (int again = 0; again < 2; again++) {
        rpmalloc_mark("level loaded");
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, work, &seeds[i]);
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        for (int i = again; i < PLACES; i += 3) {
            free(shared[i]);
            shared[i] = NULL;
        }
    }
    return 0;
}
'''
STATE = {'sites': ['live_blocks', 'live_bytes', 'rounding_bytes', 'share_bytes',
                   'alone_bytes', 'moved_bytes', 'spans', 'alone_spans'],
         'classes': ['spans', 'part_spans', 'empty_spans', 'live_blocks',
                     'deferred_blocks', 'used_bytes', 'free_bytes'],
         'heaps': ['number', 'orphan', 'used_bytes', 'held_bytes', 'free_bytes',
                   'deferred_bytes', 'cache_bytes', 'spans'],
         'tags': ['tag', 'live_blocks', 'live_bytes']}


def path(name):
    return os.path.join(folder.name, name)


def recorded(name, *command, options=()):
    subprocess.run([RPSCOPE, 'record', '-q', '-o', path(name), *options, '--',
                    *command], check=True, timeout=HANG)
    return path(name)


with open(path('program.c'), 'w') as file:
    file.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread', '-o',
       path('program'), path('program.c'))
TRACE = recorded('x.rptrace', path('program'), 'one/argument', 'secret')
OTHERS = {
    'threads': TRACE,
    'python': recorded('python.rptrace', sys.executable, '-c',
                       'import json, threading\n'
                       'x = [json.loads("[%d]" % i) for i in range(1000)]\n'
                       't = threading.Thread(target=lambda: x[::2].clear())\n'
                       't.start(); t.join(); del x'),
    'who frees, pages': recorded('frees.rptrace', path('program'),
                                 options=['--free-stacks', 'all',
                                          '--residency', '5ms']),
    'last moments': recorded('last.rptrace', path('program'),
                             options=['--last', '100ms']),
}


def report(trace, *words, status=0):
    at = () if '--at' in words else ('--at', 'end')
    done = subprocess.run([RPSCOPE, 'report', '--json', '--no-rescue', *at,
                           *words, trace], capture_output=True, timeout=HANG)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def trim(*words, trace=None, to='part.rptrace', status=0):
    told = output(RPSCOPE, 'trim', *words, '-o', path(to), trace or TRACE,
                  status=status)
    return path(to) if status in (0, 4) else told


def state(told):
    """What is known of a moment, whatever was before the part."""
    now = dict(told['bytes']['now'])
    # The time is that of the last event before it, which may not be in the part.
    del now['event'], now['at_ns']
    found = {'now': now}
    for table, keys in STATE.items():
        rows = [row for row in told[table] if table not in ('sites', 'tags')
                or row['live_blocks'] and row.get('tag', 0) is not None]
        names = [key for key in ('function', 'line', 'module', 'name',
                                 'block_bytes') if rows and key in rows[0]]
        found[table] = sorted(str([row[key] for key in names + keys])
                              for row in rows)
        if table == 'classes':  # those that were used before are not in it
            found[table] = [row for row in found[table]
                            if row.count(' 0') < len(STATE[table])]
    return found


def same(one, other, where):
    for key in one:
        assert one[key] == other[key], (where, key, [
            (a, b) for a, b in zip(one[key], other[key]) if a != b][:3],
            one['now'], other['now'])


@functools.cache
def of_others(name):
    """A whole trace, read once."""
    return Trace(OTHERS[name])


def whole(trace_path, to_end):
    trace = Trace(trace_path)
    model = Model(trace)
    assert not trace.cut and not model.faults, model.faults[:5]
    assert trace.trailer['held_bytes'] == model.held
    assert trace.trailer['peak_held_bytes'] == model.peak_held
    assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
    return trace, model


FIELDS = dict(schema()[1].values())  # of each kind of event


def events(trace, start, end):
    """{ring: [(name, time, values)]} between two times, with frames and texts
    in the place of their numbers."""
    def plain(name, values):
        told = {'STACK': lambda node: tuple(trace.frames(node)),
                'TEXT': trace.texts.get}
        values = [told.get(field, int)(value)
                  for field, value in zip(FIELDS[name], values)]
        return values[1:] if name == 'SNAPSHOT' else values  # its number
    found = {ring: [(name, time, plain(name, values))
                    for name, time, values in all_of_it if start < time <= end]
             for ring, all_of_it in trace.rings.items()}
    return {ring: told for ring, told in found.items() if told}


def counts_itself(trace):
    """When the allocator did so last, as a part of the recording."""
    all_of_it = [event for ring in trace.rings.values() for event in ring]
    times = [time for _, time, _ in all_of_it]
    counted = max(time for name, time, _ in all_of_it if name == 'WALK_BEGIN')
    return (counted - min(times)) / (max(times) - min(times))


def freed(trace, *words):
    """{who frees whose: (frees, bytes, by others)}"""
    rows = json.loads(output(RPSCOPE, 'query', 'freed_by', '--no-rescue',
                             *words, '--top', '100000', '--format', 'json',
                             trace))['rows']
    counts = 'frees', 'bytes', 'deferred_frees'
    return {tuple(value for key, value in row.items() if key not in counts):
            [row[key] for key in counts] for row in rows}


def stacks(trace, at):
    """All exact stacks with live bytes, and how many."""
    return sorted(output(RPSCOPE, 'export', '--no-rescue', '--at', at,
                         trace).splitlines())


@cases_for(OTHERS)
def its_moments_are_those_of_the_whole(name):
    trace, chance = OTHERS[name], random.Random(1)
    all_of_it = report(trace)
    start, end = all_of_it['window_ns'], all_of_it['at_ns']
    for _ in range(2):
        low, high = sorted(chance.uniform(start, end) for _ in range(2))
        part = trim('--between', f'{low / 1e6:.6f}ms', f'{high / 1e6:.6f}ms',
                    trace=trace)
        _, model = whole(part, False)
        # The program may have begun late.
        held = report(trace, '--at', f'{low / 1e6:.6f}ms')['held_bytes']
        assert len(model.snapshots) == (held > 0), (low, held)
        for share in 0.01, 0.5, 0.99:
            at = f'{(low + (high - low) * share) / 1e6:.6f}ms'
            there = report(part, '--at', at)
            assert there['quality']['unresolved'] == 0
            assert there['quality']['identity_failures'] == 0
            assert there['residual_bytes'] == 0
            same(state(report(trace, '--at', at)), state(there), (low, high, at))
        assert stacks(trace, at) == stacks(part, at), (low, high, at)


@cases_for(OTHERS)
def its_events_are_those_of_the_whole(name):
    whole_trace = of_others(name)
    told = report(OTHERS[name])
    start, length = told['window_ns'], told['at_ns'] - told['window_ns']
    part = Trace(trim('--between', f'{(start + length * .3) / 1e6:.6f}ms',
                      f'{(start + length * .8) / 1e6:.6f}ms',
                      trace=OTHERS[name]))
    begin = Model(part).snapshots[0]['time']
    end = max(event[1] for ring in part.rings.values() for event in ring)
    assert events(part, begin, end) == events(whole_trace, begin, end)


@case
def the_traces_here_have_what_is_of_a_moment_and_what_is_not():
    seen = {event[0] for name in OTHERS
            for ring in of_others(name).rings.values() for event in ring}
    assert seen >= {'TAG', 'HEAP_NAME', 'FREED_BY', 'PAGES', 'RESIDENCY', 'MARK',
                    'HUGE_MAP', 'SPAN_DECOMMIT', 'SNAPSHOT', 'THREAD_END',
                    'BOOKKEEPING_MAP', 'WALK_CLASS', 'MODULE_LOAD'}, seen


@case
def who_frees_whose_is_that_of_the_part():
    trace = OTHERS['who frees, pages']
    end = report(trace)['at_ns']
    for low, high in (0.2, 0.5), (0.31, 0.9):
        part = trim('--between', f'{low * end / 1e6:.6f}ms',
                    f'{high * end / 1e6:.6f}ms', trace=trace)
        # Both are rounded down, and an event may stand there.
        ends = [report(part)[key] + 1 for key in ('window_ns', 'at_ns')]
        before, after = (freed(trace, '--at', f'{at}ns') for at in ends)
        wanted = {who: [b - a for a, b in zip(before.get(who, (0, 0, 0)),
                                              counts)]
                  for who, counts in after.items()}
        assert freed(part) == {who: counts for who, counts in wanted.items()
                               if any(counts)}


@case
def a_sample_of_the_part_says_what_it_says_in_the_whole():
    trace = OTHERS['who frees, pages']
    end = report(trace)['at_ns']
    part = trim('--between', f'{end / 3e6:.6f}ms', 'end', trace=trace)
    was, now = report(trace), report(part)
    assert was['residency'].pop('samples') > now['residency'].pop('samples') > 0
    assert was['residency'] == now['residency']
    untouched = [sorted((row['function'] or '', row['untouched_bytes'])
                        for row in told['sites'] if row['untouched_bytes'])
                 for told in (was, now)]
    assert untouched[0] == untouched[1], untouched


@cases_for(OTHERS)
def from_a_moment_to_the_end_the_end_is_the_same(name):
    trace = OTHERS[name]
    all_of_it = report(trace)
    # A process may be stopped for long once the allocator has counted itself.
    counted = counts_itself(of_others(name))
    middle = all_of_it['window_ns'] + (all_of_it['at_ns'] -
                                       all_of_it['window_ns']) * counted / 4
    part = trim('--between', f'{middle / 1e6:.6f}ms', 'end', trace=trace)
    _, model = whole(part, True)
    assert model.walked
    there = report(part)
    same(state(all_of_it), state(there), middle)
    assert there['ending'] == all_of_it['ending']
    shot, = there['snapshots']
    assert shot['classes_differ'] == 0 and shot['classes_checked'] > 0
    assert shot['has_state'] and shot['held_bytes'] > 0


@case
def all_of_it_is_all_of_it():
    part = trim()
    was, now = report(TRACE), report(part)
    for told in was, now:
        for key in 'trace', 'trace_bytes', 'quality':
            del told[key]
    assert was == now, [key for key in was if was[key] != now[key]]
    assert os.path.getsize(part) < 3 * os.path.getsize(TRACE)


@case
def a_part_of_a_part_is_the_part():
    end = report(TRACE)['at_ns']
    words = ['--between', f'{end * 0.4 / 1e6:.6f}ms', f'{end * 0.6 / 1e6:.6f}ms']
    inner = trim(*words)
    outer = trim('--between', f'{end * 0.2 / 1e6:.6f}ms',
                 f'{end * 0.8 / 1e6:.6f}ms', to='outer.rptrace')
    other = trim(*words, trace=outer, to='inner.rptrace')
    same(state(report(inner)), state(report(other)), words)


def bytes_of(part):
    """All that can be read in the file, decompressed."""
    from second_reader import HEADER, unzstd
    import struct
    with open(part, 'rb') as file:
        data = file.read()
    found, at = data[:48], 48
    while at < len(data):
        header = dict(zip(HEADER, struct.unpack_from('<8I3Q2I', data, at)))
        stored = data[at + 64:at + 64 + header['stored']]
        found += (unzstd(stored, header['raw']) if header['codec'] else stored)
        at += 64 + header['stored']
    return found


@case
def what_is_hidden_is_nowhere_in_the_file():
    plain = bytes_of(trim())
    own = [b'Layout', b'Text', b'strings', b'level loaded']
    for word in [b'small', b'program.c', b'secret', folder.name.encode(), *own]:
        assert word in plain, word
    words = {'names': [b'small', b'program.c', b'libc', b'secret', *own],
             'paths': [folder.name.encode(), b'one/argument', b'/lib'],
             'arguments': [b'secret', b'one/argument']}
    for what, gone in words.items():
        part = trim('--hide', what)
        found = bytes_of(part)
        for word in gone:
            assert word not in found, (what, word)
        whole(part, True)
        was, now = state(report(TRACE)), state(report(part))
        assert was['now'] == now['now'] and was['classes'] == now['classes']
        assert len(was['tags']) == len(now['tags']) > 0
    found = bytes_of(trim('--hide', 'arguments'))
    assert b'small' in found and folder.name.encode() in found
    shown = report(trim('--hide', 'paths'))
    assert any(row['function'] == 'small' and row['file'] == 'program.c'
               for row in shown['sites']), shown['sites'][0]
    assert shown['arguments'] == ['program', 'argument', 'secret']
    shown = report(trim('--hide', 'names,paths,arguments'))
    assert shown['arguments'] == ['program'], shown['arguments']
    assert {row['module'] for row in shown['sites']} <= {
        f'module {i}' for i in range(100)} | {None}


@case
def what_cannot_be_is_told():
    for words, why in (
            (['--between', '3s', '-o', path('n'), TRACE], 'takes two times'),
            (['--between', '3s', '2s', '-o', path('n'), TRACE], 'no time at all'),
            (['--between', 'x', '2s', '-o', path('n'), TRACE], '--between takes'),
            (['--between', '1000s', 'end', '-o', path('n'), TRACE],
             'begins behind its end'),
            (['--hide', 'name', '-o', path('n'), TRACE], '--hide takes'),
            ([TRACE], 'where to?'),
            (['-o', path('no/n'), TRACE], 'No such file')):
        told = output(RPSCOPE, 'trim', *words, status=2)
        assert why in told and not os.path.exists(path('n')), told
    assert 'nothing' in trim(trace=path('nothing'), status=3)
    with open(TRACE, 'rb') as file:
        data = file.read()
    with open(path('cut'), 'wb') as file:
        file.write(data[:len(data) // 2])
    with open(path('no events'), 'wb') as file:
        file.write(data[:48 + 64])  # a header, and a block that is cut
    assert 'no' in trim('--no-rescue', trace=path('no events'), status=3)
    assert not os.path.exists(path('n'))
    part = trim('--no-rescue', trace=path('cut'), status=4)
    assert report(path('cut'), status=4)['events'] == report(
        part, status=4)['events']


if __name__ == "__main__":
    main()
