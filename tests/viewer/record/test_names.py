#!/usr/bin/env python3
"""A trace has the names of its functions, whatever becomes of the program."""
import contextlib
import glob
import json
import os
import platform
import shutil
import socket
import subprocess
import sys

from case import (HANG, TOP, Skip, built, case, in_folder, is_gone, main,
                  output, small_disk)

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/format'))
from second_reader import NAMES, Trace  # noqa: E402

RPSCOPE = built('rpscope')
PROGRAM = r'''
#include <stdlib.h>
void *volatile kept[8];
static inline __attribute__((always_inline)) void into_caller(int i) {
    kept[i] = malloc(1000 + (size_t)i);
}
__attribute__((noinline)) void first(void) { into_caller(0); }
__attribute__((noinline)) void second(void) {
    kept[1] = malloc(2000);
    kept[2] = malloc(3000);
}
int main(void) { first(); second(); return 0; }
'''


def build(folder, mark, *options, lines=0):
    """The program, with a build id, and everything so many lines further on."""
    with open(f'{folder}/game.c', 'w') as file:
        file.write('\n' * lines + PROGRAM)
    output('cc', '-g', '-O1', '-fno-inline-small-functions', *options,
           f'-Wl,--build-id=0x{mark * 20}', '-o', f'{folder}/game',
           f'{folder}/game.c')


def record(folder, *options, command=None):
    trace = f'{folder}/x.rptrace'
    output(RPSCOPE, 'record', '--force', *options, '-o', trace, '--',
           *(command or [f'{folder}/game']), cwd=folder)
    return trace


def report(trace, *options):
    told = json.loads(output(RPSCOPE, 'report', '--json', *options, trace))
    told.pop('trace_bytes')
    told['quality'].pop('blocks')
    return told


def named_blocks(trace):
    return [block for block in Trace(trace).blocks if block['kind'] == NAMES]


@in_folder
def a_rebuilt_program_does_not_silence_the_old_trace(folder):
    build(folder, 'ab')
    trace = record(folder)
    before = report(trace)
    text = json.dumps(before)
    assert '"first"' in text and '"into_caller"' in text and 'game.c' in text, text

    build(folder, 'cd', '-DOTHER', lines=50)
    assert report(trace) == before
    os.unlink(f'{folder}/game')
    assert report(trace) == before


@in_folder
def without_names_the_program_is_asked_and_is_another_one(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    assert not named_blocks(trace)
    before = report(trace)
    assert '"into_caller"' in json.dumps(before)

    build(folder, 'cd')
    after = json.dumps(report(trace))
    assert '"into_caller"' not in after and '"first"' not in after


@in_folder
def symbolize_adds_what_was_missing_from_a_folder(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    before = report(trace)
    os.mkdir(f'{folder}/symbols')
    shutil.move(f'{folder}/game', f'{folder}/symbols/game')

    output(RPSCOPE, 'symbolize', trace)
    assert '"first"' not in json.dumps(report(trace))
    output(RPSCOPE, 'symbolize', '--debug-dir', f'{folder}/symbols', trace)
    assert report(trace) == before
    said = output(RPSCOPE, 'symbolize', '--debug-dir', f'{folder}/symbols',
                  trace)
    assert 'added to 0' in said, said


@in_folder
def symbolize_takes_nothing_of_another_build(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    os.mkdir(f'{folder}/symbols')
    build(folder, 'cd')
    shutil.copy(f'{folder}/game', f'{folder}/symbols/game')

    output(RPSCOPE, 'symbolize', '--debug-dir', f'{folder}/symbols', trace)
    assert '"first"' not in json.dumps(report(trace))


@in_folder
def a_debug_file_is_found_by_its_build_id(folder):
    build(folder, 'ab')
    id = f'{folder}/symbols/.build-id/ab'
    os.makedirs(id)
    output('objcopy', '--only-keep-debug', f'{folder}/game',
           f'{id}/{"ab" * 19}.debug')
    whole = report(record(folder))
    output('strip', f'{folder}/game')
    trace = record(folder)
    assert '"first"' not in json.dumps(report(trace))

    output(RPSCOPE, 'symbolize', '--debug-dir', f'{folder}/symbols', trace)
    assert report(trace)['sites'][0]['file'] == whole['sites'][0]['file']
    assert '"into_caller"' in json.dumps(report(trace))


@in_folder
def a_function_of_a_stripped_file_is_one_site(folder):
    build(folder, 'ab')
    with open(f'{folder}/symbols', 'w') as file:
        file.write(output('nm', f'{folder}/game'))
    output('strip', f'{folder}/game')
    trace = record(folder)
    with open(f'{folder}/symbols') as file:
        starts = {line.split()[2]: int(line.split()[0], 16)
                  for line in file if ' T ' in line}

    rows = {row['frames'][0]['offset']: row for row in report(trace)['sites']}
    second = rows[hex(starts['second'])]
    assert (second['live_blocks'], second['live_bytes']) == (2, 5000), rows
    assert hex(starts['first']) in rows, rows
    assert f'game+{hex(starts["second"])}' in output(RPSCOPE, 'report', trace)


@in_folder
def the_second_reader_finds_the_same_names(folder):
    build(folder, 'ab')
    names = Trace(record(folder)).names

    chains = [[(function, os.path.basename(file or ''), line)
               for function, file, line in functions]
              for _, functions in names.values()]
    calls = PROGRAM.split('\n')
    line = calls.index('    kept[i] = malloc(1000 + (size_t)i);') + 1
    assert [('into_caller', 'game.c', line),
            ('first', 'game.c', line + 2)] in chains, chains
    assert all(start is None or start < address
               for address, (start, _) in names.items())


# ---- code that is in no file ----

def jit(folder, text):
    """What the report says of the functions in stacks."""
    if platform.machine() != 'x86_64':
        raise Skip('its code is of x86-64')
    trace = record(folder, command=[built('tests/instrument/programs/jit'), text])
    for left in glob.glob('/tmp/perf-*.map'):
        if f'-{Trace(trace).process_id}.' in left:
            os.unlink(left)
    told = report(trace)
    told.pop('arguments')
    return json.dumps(told, ensure_ascii=False), trace


@in_folder
def what_a_run_time_compiler_tells_names_its_code(folder):
    told, trace = jit(folder, 'START SIZE py::game.tick:/game.py\n')

    assert '"py::game.tick:/game.py"' in told
    assert ['py::game.tick:/game.py'] in [
        [function for function, _, _ in functions]
        for _, functions in Trace(trace).names.values()]


@in_folder
def of_two_at_one_place_the_later_counts(folder):
    told, _ = jit(folder, 'START SIZE earlier\n0 10 other\nSTART SIZE later\n')

    assert '"later"' in told and '"earlier"' not in told


@in_folder
def lines_that_cannot_be_are_left_out(folder):
    told, _ = jit(folder, 'nonsense\nSTART 0 nothing\nSTART ffffffffffffffff '
                  'everything\nSTART\n-1 -1 minus\n\nSTART SIZE right\n'
                  'START SIZE cut off')

    assert '"right"' in told and 'everything' not in told
    assert 'cut off' not in told


@in_folder
def a_name_may_be_long_and_have_control_characters(folder):
    long = 'x' * (100 << 10)
    told, trace = jit(folder, f'START SIZE ESC[31m{long}\n')

    assert '\x1b' not in told
    names = [name for _, functions in Trace(trace).names.values()
             for name, _, _ in functions if name]
    assert max(map(len, names)) == 4096
    screen = output(RPSCOPE, 'dump', '--screen', 'calls', '--size', '100x30',
                    trace)
    assert '\x1b[31m' not in screen


# ---- bad days ----

@in_folder
def a_server_that_never_answers_is_not_waited_for(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    os.unlink(f'{folder}/game')
    os.mkdir(f'{folder}/bin')
    with open(f'{folder}/bin/debuginfod-find', 'w') as file:
        file.write(f'#!/bin/sh\necho $$ >> {folder}/asked\nexec sleep 1000\n')
    os.chmod(f'{folder}/bin/debuginfod-find', 0o755)

    said = output(RPSCOPE, 'symbolize', '--debuginfod', trace, env={
        **os.environ, 'PATH': f'{folder}/bin:' + os.environ['PATH'],
        'DEBUGINFOD_URLS': 'http://localhost:1', 'DEBUGINFOD_TIMEOUT': '1'})

    assert 'no answer within 1 s' in said, said
    with open(f'{folder}/asked') as file:
        asked = file.read().split()
    assert len(asked) == 1 and is_gone(asked[0]), asked


@in_folder
def a_server_that_accepts_and_says_nothing_stops_nobody(folder):
    build(folder, 'ab')
    os.mkdir(f'{folder}/bin')
    with socket.create_server(('localhost', 0)) as server:
        port = server.getsockname()[1]
        with open(f'{folder}/bin/debuginfod-find', 'w') as file:
            file.write('#!/bin/bash\n'
                       f'exec 3<>/dev/tcp/localhost/{port} && read line <&3\n')
        os.chmod(f'{folder}/bin/debuginfod-find', 0o755)
        environment = {**os.environ, 'DEBUGINFOD_TIMEOUT': '1',
                       'PATH': f'{folder}/bin:' + os.environ['PATH'],
                       'DEBUGINFOD_URLS': f'http://localhost:{port}'}

        # Who records asks no server, though the program's files have no lines.
        output('strip', f'{folder}/game')
        output(RPSCOPE, 'record', '-o', f'{folder}/x.rptrace', '--',
               f'{folder}/game', cwd=folder, env=environment)
        server.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            server.accept()
            assert False, 'a server was asked'
        server.setblocking(True)
        said = output(RPSCOPE, 'symbolize', '--debuginfod',
                      f'{folder}/x.rptrace', env=environment)
        server.accept()[0].close()

    assert 'no answer within 1 s; nothing more was asked for' in said, said


HOST = r'''
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
int main(int count, char **words) {
    void *plugin = dlopen(words[1], RTLD_NOW);
    void (*work)(void);
    *(void **)&work = dlsym(plugin, "work");
    work();
    if (count > 2)
        return rename(words[2], words[1]);
    return unlink(words[1]);
}
'''
PLUGIN = r'''
#include <stdlib.h>
void *volatile kept;
__attribute__((noinline)) static void FUNCTION(void) { kept = malloc(7777); }
void work(void) { FUNCTION(); kept = malloc(10); }
'''


@in_folder
def a_module_that_is_gone_or_another_one_at_the_end_is_no_name(folder):
    for name, text in (('host', HOST), ('plugin', PLUGIN)):
        with open(f'{folder}/{name}.c', 'w') as file:
            file.write(text)
    output('cc', '-g', '-o', f'{folder}/host', f'{folder}/host.c', '-ldl')
    for mark, name in (('ab', 'plugin'), ('cd', 'other')):
        output('cc', '-g', '-O1', '-shared', '-fPIC', f'-DFUNCTION={name}',
               f'-Wl,--build-id=0x{mark * 20}', '-o', f'{folder}/{name}.so',
               f'{folder}/plugin.c')
    shutil.copy(f'{folder}/plugin.so', f'{folder}/kept.so')
    for words in ([f'{folder}/plugin.so', f'{folder}/other.so'],
                  [f'{folder}/plugin.so']):
        shutil.copy(f'{folder}/kept.so', f'{folder}/plugin.so')
        trace = record(folder, command=[f'{folder}/host', *words])
        told = report(trace)
        site, = [row for row in told['sites'] if row['live_bytes'] == 7777]
        assert site['function'] is None, site
        assert site['module'].endswith('plugin.so'), site
        finding, = [row['text'] for row in told['findings']
                    if row['kind'] == 'no names']
        assert 'plugin.so' in finding, finding
        # Its own file names it, wherever that is now.
        os.makedirs(f'{folder}/debug', exist_ok=True)
        shutil.copy(f'{folder}/kept.so', f'{folder}/debug/plugin.so')
        output(RPSCOPE, 'symbolize', '--debug-dir', f'{folder}/debug', trace)
        site, = [row for row in report(trace)['sites']
                 if row['live_bytes'] == 7777]
        assert site['function'] == 'plugin', site


@in_folder
def without_servers_it_says_so(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    environment = {key: value for key, value in os.environ.items()
                   if key != 'DEBUGINFOD_URLS'}
    os.unlink(f'{folder}/game')

    said = output(RPSCOPE, 'symbolize', '--debuginfod', trace, env=environment)

    assert 'DEBUGINFOD_URLS is not set' in said, said


@in_folder
def what_a_server_has_is_taken(folder):
    build(folder, 'ab')
    trace = record(folder, '--no-names')
    before = report(trace)
    os.mkdir(f'{folder}/bin')
    shutil.move(f'{folder}/game', f'{folder}/kept')
    with open(f'{folder}/bin/debuginfod-find', 'w') as file:
        file.write(f'#!/bin/sh\n[ "$1 $2" = "debuginfo {"ab" * 20}" ] && '
                   f'echo {folder}/kept\n')
    os.chmod(f'{folder}/bin/debuginfod-find', 0o755)

    output(RPSCOPE, 'symbolize', '--debuginfod', trace, env={
        **os.environ, 'PATH': f'{folder}/bin:' + os.environ['PATH'],
        'DEBUGINFOD_URLS': 'http://localhost:1'})

    assert report(trace) == before


@case
def a_full_disk_leaves_the_trace_as_it_was():
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(small_disk('4m'))
        build(folder, 'ab')
        trace = record(folder, '--no-names')
        before, size = report(trace), os.path.getsize(trace)
        with contextlib.suppress(OSError), open(f'{folder}/full', 'wb',
                                                buffering=0) as file:
            while True:
                file.write(b'x' * 4096)

        said = output(RPSCOPE, 'symbolize', trace, status=3)

        assert 'No space left on device' in said, said
        assert os.path.getsize(trace) == size
        assert report(trace) == before


@in_folder
def a_trace_that_is_being_written_is_left_alone(folder):
    trace = f'{folder}/x.rptrace'
    with subprocess.Popen([RPSCOPE, 'record', '-o', trace, '--', 'cat'],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as recorder:
        recorder.stdin.write(b'x\n')
        recorder.stdin.flush()
        assert recorder.stdout.read(2) == b'x\n'
        said = output(RPSCOPE, 'symbolize', trace, status=3)
        recorder.stdin.close()
        assert recorder.wait(HANG) == 0

    assert said.startswith('rpscope: ') and len(said.splitlines()) == 1, said
    assert named_blocks(trace)


main()
