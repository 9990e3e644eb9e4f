#!/usr/bin/env python3
"""Call sites have names that people can use."""
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from case import (HANG, TOP, Skip, await_that, built, case, in_folder, main,
                  output)

RPSCOPE = built('rpscope')
POOLS = r'''
#include <stdlib.h>
void *volatile kept[64];
__attribute__((noinline)) void *pool_get(size_t size) {
    void *block = malloc(size);
    __asm__ volatile("" ::: "memory");
    return block;
}
__attribute__((noinline)) void *_sdsnewlen(size_t size) {
    void *block = malloc(size);
    __asm__ volatile("" ::: "memory");
    return block;
}
__attribute__((noinline)) void load_level(void) {
    kept[0] = pool_get(1000);
    kept[1] = _sdsnewlen(5000);
}
__attribute__((noinline)) void load_sound(void) { kept[2] = pool_get(3000); }
int main(void) { load_level(); load_sound(); return 0; }
'''
TEMPLATES = r'''
#include <cstdlib>
void *volatile kept[8];
template <typename T> struct list {
    __attribute__((noinline)) static void grow(int i) {
        kept[i] = malloc(sizeof(T) * 100);
        __asm__ volatile("");
    }
};
__attribute__((noinline)) void load_level() { list<int>::grow(0); asm(""); }
__attribute__((noinline)) void load_sound() { list<long>::grow(1); asm(""); }
int main() { load_level(); load_sound(); }
'''


def build(folder, source, *options, compiler='cc', name='game'):
    path = f'{folder}/{name}.{"cc" if compiler == "c++" else "c"}'
    with open(path, 'w') as file:
        file.write(source)
    output(compiler, '-O1', *options, '-o', f'{folder}/{name}', path)
    return f'{folder}/{name}'


def record(folder, *command, options=()):
    trace = f'{folder}/x.rptrace'
    output(RPSCOPE, 'record', '-q', '--force', *options, '-o', trace, '--',
           *command, cwd=folder)
    return trace


def query(table, trace, *words, status=0):
    return json.loads(output(RPSCOPE, 'query', table, '--format', 'json',
                             *words, trace, status=status))['rows']


def sites(trace, *words):
    """Live bytes by function."""
    sums = {}
    for row in query('sites', trace, *words):
        sums[row['function']] = sums.get(row['function'], 0) + row['live_bytes']
    return sums


def refused(trace, *words):
    said = output(RPSCOPE, 'report', *words, trace, status=2)
    assert len(said.splitlines()) == 1, said
    return said


# ---- what names no call site ----

@in_folder
def wrappers_are_skipped_by_default_and_shown_by_choice(folder):
    trace = record(folder, build(folder, POOLS, '-g'))

    assert sites(trace)['load_level'] == 5000, sites(trace)
    assert '_sdsnewlen' not in sites(trace)
    assert sites(trace, '--wrappers')['_sdsnewlen'] == 5000
    screen = (RPSCOPE, 'dump', '--screen', 'calls', '--size', '100x30')
    assert '▸ _sdsnewlen' not in output(*screen, trace)
    assert '▸ _sdsnewlen' in output(*screen, '--keys', 'W', trace)
    assert '▸ _sdsnewlen' not in output(*screen, '--keys', 'W W', trace)


@in_folder
def functions_are_skipped_by_patterns(folder):
    trace = record(folder, build(folder, POOLS, '-g'))

    assert sites(trace)['pool_get'] == 4000
    found = sites(trace, '--skip', 'pool_*')
    assert 'pool_get' not in found and found['load_sound'] == 3000, found
    found = sites(trace, '--skip', 'pool_?et,load_l*')
    assert found['load_sound'] == 3000 and found['main'] == 6000, found


@in_folder
def what_a_file_of_rules_says_comes_first(folder):
    trace = record(folder, build(folder, POOLS, '-g'))
    with open(f'{folder}/my.rules', 'w') as file:
        file.write('# ours\nown function _sds*\nwrapper function pool_*\n')

    found = sites(trace, '--skip-rules', f'{folder}/my.rules')

    assert found['_sdsnewlen'] == 5000 and 'pool_get' not in found, found


@in_folder
def rules_without_sense_are_refused(folder):
    trace = record(folder, build(folder, POOLS, '-g'))
    rules = f'{folder}/my.rules'

    def of_file(text):
        with open(rules, 'w') as file:
            file.write(text)
        return refused(trace, '--skip-rules', rules)

    assert 'my.rules:2: "wraper" is no kind of frame (did you mean ' \
        'wrapper?)' in of_file('own function a\nwraper function b\n')
    assert 'my.rules:1: the pattern "a[" has a [' in of_file('own module a[')
    assert 'has no rule' in of_file('# nothing\n')
    assert 'none of its 2 rules fits' in of_file(
        'own function nobody\nlibrary module nothing.so\n')
    assert 'no frame is left' in of_file('library function *\n')
    assert 'cannot be opened' in refused(trace, '--skip-rules', f'{folder}/none')
    assert 'no plain file' in refused(trace, '--skip-rules', folder)
    said = refused(trace, '--skip', 'pool_gat')
    assert '"pool_gat" fits no function' in said and 'pool_get' in said, said
    assert 'no frame is left' in refused(trace, '--skip', '*')
    assert '"" is empty' in refused(trace, '--skip', 'pool_*,')


@in_folder
def sites_of_one_name_are_told_apart_by_their_callers(folder):
    trace = record(folder, build(folder, TEMPLATES, compiler='c++'))

    callers = {row['live_bytes']: row['caller']
               for row in query('sites', trace)
               if 'grow' in (row['function'] or '')}
    report = output(RPSCOPE, 'report', trace)

    assert callers == {400: 'load_level()', 800: 'load_sound()'}, callers
    assert 'grow from load_level' in report, report
    assert 'grow from load_sound' in report, report


@in_folder
def what_blocks_have_in_common_is_chosen(folder):
    trace = record(folder, build(folder, POOLS, '-g'))

    def groups(by):
        return {row['name']: row['live_bytes']
                for row in query('groups', trace, '--by', by)}

    assert groups('function')['pool_get'] == 4000
    # The C library and the start of the program allocate, too.
    assert groups('module')['game'] == 9000, groups('module')
    game = [name for name in groups('file') if name and
            name.endswith('/game.c')]
    assert groups('file')[game[0]] == 9000
    assert any(name.startswith('pool_get < load_sound < main')
               for name in groups('stack') if name), groups('stack')
    live = sum(row['live_bytes'] for row in query('sites', trace))
    for by in ('site', 'stack', 'function', 'file', 'module', 'thread', 'heap',
               'tag', 'class', 'mark', 'frame'):
        rows = query('groups', trace, '--by', by)
        assert sum(row['live_bytes'] for row in rows) == live, by
        report = json.loads(output(RPSCOPE, 'report', '--json', '--by', by,
                                   trace))
        assert report['groups_by'] == by and report['groups'] == rows, by
    said = output(RPSCOPE, 'query', 'sites', '--by', 'file', trace, status=2)
    assert '--by is for the table groups' in said, said
    schema = os.path.join(TOP, 'viewer/report.schema.json')
    written = os.path.join(folder, 'report.json')
    with open(written, 'w') as file:
        json.dump(report, file)
    output(sys.executable, os.path.join(TOP, 'tests/viewer/output/schema.py'),
           schema, written)
    for words in (), ('--format', 'markdown'):
        said = output(RPSCOPE, 'report', '--by', 'module', '--top', '1', *words,
                      trace)
        assert re.search(r'live blocks by module', said, re.I), said
        assert re.search(r'[| ]game\b', said), said
        assert 'CALL SITES' not in said, said
    said = output(RPSCOPE, 'report', '--by', 'colour', trace, status=2)
    assert 'colour' in said and 'module' in said, said


@in_folder
def groups_are_of_the_blocks_that_are_asked_for(folder):
    trace = record(folder, build(folder, POOLS, '-g'))
    every = {row['name']: row for row in query('groups', trace, '--by', 'module')}
    large = {row['name']: row for row in
             query('groups', trace, '--by', 'module', '--blocks',
                   'bytes >= 1000')}
    blocks = [row for row in query('blocks', trace)
              if row['bytes'] >= 1000 and (row['module'] or '').endswith('/game')]

    assert 0 < large['game']['live_bytes'] == sum(
        row['bytes'] for row in blocks)
    assert large['game']['live_blocks'] == len(blocks)
    assert large['game']['allocations'] is None
    assert every['game']['allocations'] >= every['game']['live_blocks']
    assert large['game']['alone_bytes'] <= every['game']['alone_bytes']


# ---- where names come from ----

@in_folder
def symbols_packed_into_the_file_itself_are_read(folder):
    if not shutil.which('xz'):
        raise Skip('no xz')
    game = build(folder, POOLS)
    output('objcopy', '--only-keep-debug', game, f'{folder}/mini')
    output('xz', f'{folder}/mini')
    output('strip', game)
    trace = record(folder, game)
    assert not any(row['function'] for row in query('sites', trace)
                   if row['module'].endswith('game'))
    output('objcopy', '--add-section', f'.gnu_debugdata={folder}/mini.xz', game)

    assert sites(record(folder, game))['pool_get'] \
        == 4000


@in_folder
def what_brings_names_is_said(folder):
    game = build(folder, POOLS)
    trace = record(folder, game)
    assert 'no symbols' not in output(RPSCOPE, 'report', trace)
    output('strip', game)

    said = output(RPSCOPE, 'report', record(folder, game))

    assert 'no symbols' in said and 'game-dbgsym' in said \
        and '--debuginfod' in said, said


@in_folder
def a_server_of_debug_files_is_asked(folder):
    if not shutil.which('debuginfod-find'):
        raise Skip('no debuginfod-find')
    build_id = 'ab' * 20
    game = build(folder, POOLS, '-g', f'-Wl,--build-id=0x{build_id}')
    output('objcopy', '--only-keep-debug', game, f'{folder}/debug')
    output('strip', game)
    trace = record(folder, game)
    assert 'load_sound' not in json.dumps(query('sites', trace))
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = self.path == f'/buildid/{build_id}/debuginfo'
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                with open(f'{folder}/debug', 'rb') as file:
                    shutil.copyfileobj(file, self.wfile)

        def log_message(self, *_):
            pass

    with HTTPServer(('127.0.0.1', 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            output(RPSCOPE, 'symbolize', '--debuginfod', trace, env={
                **os.environ, 'HOME': folder, 'XDG_CACHE_HOME': folder,
                'DEBUGINFOD_URLS':
                    f'http://127.0.0.1:{server.server_address[1]}'})
        finally:
            server.shutdown()

    assert f'/buildid/{build_id}/debuginfo' in asked, asked
    assert sites(trace)['pool_get'] == 4000
    assert sites(trace, '--skip', 'pool_*')['load_sound'] == 3000


# ---- real programs ----

@in_folder
def redis_after_deletes_names_what_the_server_does(folder):
    if not shutil.which('redis-server') or not shutil.which('redis-cli'):
        raise Skip('no redis')
    socket, trace = f'{folder}/s', f'{folder}/x.rptrace'
    client = ['redis-cli', '-s', socket]
    with open(f'{folder}/log', 'wb') as log:
        server = subprocess.Popen(
            [RPSCOPE, 'record', '-q', '-o', trace, '--', 'redis-server',
             '--port', '0', '--unixsocket', socket, '--save', '', '--dir',
             folder], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        await_that(lambda: subprocess.run(
            client + ['ping'], capture_output=True).returncode == 0,
            'redis answers')
        words = [f'set key:{i} {"v" * (i % 300 + 20)}' for i in range(20000)] \
            + [f'del key:{i}' for i in range(20000) if i % 20]
        done = subprocess.run(client, input='\n'.join(words).encode(),
                              timeout=HANG, capture_output=True)
        assert done.stdout.count(b'OK') == 20000
        subprocess.run(client + ['shutdown', 'nosave'], timeout=HANG,
                       capture_output=True)
        assert server.wait(HANG) == 0
    finally:
        if server.poll() is None:
            server.kill()

    pins = [row['function'] for row in query('pins', trace, '--top', '4')]

    assert 'processMultibulkBuffer' in pins and 'dbAdd' in pins, pins
    assert not any('sds' in name or 'dict' in name for name in pins if name), pins
    assert '_sdsnewlen' in [row['function'] for row in query(
        'pins', trace, '--wrappers', '--top', '4')]


@case
def the_rules_that_ship_are_those_that_are_built_in():
    with open(RPSCOPE, 'rb') as program, \
            open('viewer/names/skip.rules', 'rb') as rules:
        assert rules.read() in program.read()


main()
