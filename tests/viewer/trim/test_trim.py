#!/usr/bin/env python3
"""A part of a recording gives the answers of the whole at the same moments, and
does not say what it is to hide."""
import json
import os
import random
import subprocess
import sys
import tempfile

from case import HANG, TOP, built, case, cases_for, main, output

sys.path.append(os.path.join(TOP, 'tests/instrument/format'))
from second_reader import Model, Trace  # noqa: E402

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
PROGRAM = r'''
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
enum { ROUNDS = 400, PLACES = 3000 };
static void *volatile shared[PLACES];
__attribute__((noinline)) static void *small(int i) { return malloc(i % 900); }
__attribute__((noinline)) static void *large(int i) {
    return malloc(70000 + i * 1000 % 900000);
}
__attribute__((noinline)) static void *huge(void) { return malloc(80 << 20); }
static void *work(void *of) {
    unsigned seed = *(unsigned *)of;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 100; i++) {
            seed = seed * 1664525 + 1013904223;
            void *new = seed % 50 == 0 ? large(seed % 999) : small(seed % 999);
            void *old = __sync_lock_test_and_set(&shared[seed / 999 % PLACES],
                                                 new);
            if (seed % 7 == 0)
                old = realloc(old, 1 + seed % 2000);
            free(old);
        }
        if (round % 100 == 50)
            free(huge());
        nanosleep(&(struct timespec){0, 50000}, NULL);
    }
    return NULL;
}
int main(void) {
    pthread_t threads[3];
    static unsigned seeds[3] = {1, 2, 3};
    for (int again = 0; again < 2; again++) {
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
                   'deferred_bytes', 'cache_bytes', 'spans']}


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
                       'x = [json.loads("[%d]" % i) for i in range(3000)]\n'
                       't = threading.Thread(target=lambda: x[::2].clear())\n'
                       't.start(); t.join(); del x'),
    'last moments': recorded('last.rptrace', path('program'),
                             options=['--last', '100ms']),
}


def report(trace, *words, status=0):
    done = subprocess.run([RPSCOPE, 'report', '--json', '--no-rescue', *words,
                           trace], capture_output=True, timeout=HANG)
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
        names = [key for key in ('function', 'line', 'module', 'name',
                                 'block_bytes') if key in told[table][0]]
        found[table] = sorted(
            str([row[key] for key in names + keys]) for row in told[table]
            if table != 'sites' or row['live_blocks'])
        if table == 'classes':  # those that were used before are not in it
            found[table] = [row for row in found[table]
                            if row.count(' 0') < len(STATE[table])]
    return found


def same(one, other, where):
    for key in one:
        assert one[key] == other[key], (where, key, [
            (a, b) for a, b in zip(one[key], other[key]) if a != b][:3],
            one['now'], other['now'])


def whole(trace_path, to_end):
    trace = Trace(trace_path)
    model = Model(trace)
    assert not trace.cut and not model.faults, model.faults[:5]
    assert trace.trailer['held_bytes'] == model.held
    assert trace.trailer['peak_held_bytes'] == model.peak_held
    assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
    return trace, model


def stacks(trace, at):
    """All exact stacks with live bytes, and how many."""
    return sorted(output(RPSCOPE, 'export', '--no-rescue', '--at', at,
                         trace).splitlines())


@cases_for(OTHERS)
def its_moments_are_those_of_the_whole(name):
    trace, chance = OTHERS[name], random.Random(1)
    all_of_it = report(trace)
    start, end = all_of_it['window_ns'], all_of_it['at_ns']
    for _ in range(3):
        low, high = sorted(chance.uniform(start, end) for _ in range(2))
        part = trim('--between', f'{low / 1e6:.6f}ms', f'{high / 1e6:.6f}ms',
                    trace=trace)
        _, model = whole(part, False)
        assert len(model.snapshots) == 1
        for share in 0.01, 0.5, 0.99:
            at = f'{(low + (high - low) * share) / 1e6:.6f}ms'
            there = report(part, '--at', at)
            assert there['quality']['unresolved'] == 0
            assert there['quality']['identity_failures'] == 0
            assert there['residual_bytes'] == 0
            same(state(report(trace, '--at', at)), state(there), (low, high, at))
        assert stacks(trace, at) == stacks(part, at), (low, high, at)


@cases_for(OTHERS)
def from_a_moment_to_the_end_the_end_is_the_same(name):
    trace = OTHERS[name]
    all_of_it = report(trace)
    middle = all_of_it['window_ns'] + (all_of_it['at_ns'] -
                                       all_of_it['window_ns']) / 4
    part = trim('--between', f'{middle / 1e6:.6f}ms', 'end', trace=trace)
    _, model = whole(part, True)
    assert model.walked == Model(Trace(trace)).walked
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
    for word in b'small', b'program.c', b'secret', folder.name.encode():
        assert word in plain, word
    words = {'names': [b'small', b'program.c', b'libc', b'secret'],
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
