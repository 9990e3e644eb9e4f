#!/usr/bin/env python3
"""What rpscope exports is opened by the tools it is for, and their figures are
those of the report."""
import glob
import json
import os
import re
import shutil
import subprocess

from case import HANG, Skip, await_that, case, main, output
from exported import (RPSCOPE, exported, folder, path, record, report, site)

FLAMEGRAPH = '/usr/share/perl5/Devel/NYTProf/flamegraph.pl'
OF_NPM = '/usr/local/lib/rpscope-readers/node_modules/'
# Function of the site -> what its name has in common in all formats.
NAMES = {'keeper': 'keeper', 'inlined': 'inlined', 'alert(1)': 'alert(1)'}
REPORT = report()


def needs(what):
    """Readers come with site_scons/bootstrap readers, where they are there."""
    if not (shutil.which(what) or glob.glob(what)):
        raise Skip(f'{what} is not there: site_scons/bootstrap readers')
    return glob.glob(what)[-1] if '/' in what else what


def needs_node(bundle):
    needs('node')
    return needs(OF_NPM + bundle)


def sum_of(key, function=''):
    return sum(row[key] for row in REPORT['sites']
               if function in (row['function'] or ''))


# ---- go tool pprof ----

TYPES = {'alloc_objects': 'allocations', 'alloc_space': 'allocated_bytes',
         'inuse_objects': 'live_blocks', 'inuse_space': 'live_bytes',
         'pin_share': 'share_bytes', 'pin_alone': 'alone_bytes'}


def pprof(*words):
    needs('go')
    return output('go', 'tool', 'pprof', *words, exported('pprof')[0],
                  env={**os.environ, 'HOME': folder.name,
                       'PPROF_TMPDIR': folder.name})


@case
def pprof_has_our_figures_of_all_types():
    raw = pprof('-raw')
    types, _, samples = raw.partition('Samples:\n')[2].partition('\n')
    assert '/bytes[dflt]' in types.split()[3], types
    assert [word.partition('/')[0] for word in types.split()] == [*TYPES]
    rows = [list(map(int, line.partition(':')[0].split()))
            for line in samples.partition('Locations')[0].splitlines()
            if line.strip()[0].isdigit()]  # labels have lines of their own
    sums = [sum(column) for column in zip(*rows)]
    assert sums == [sum_of(key) for key in TYPES.values()], (sums, raw)
    mappings = raw.partition('Mappings\n')[2]
    assert path('program') in mappings.splitlines()[0], mappings


@case
def pprof_has_what_a_site_has_with_lines_and_inlined_functions():
    told = pprof('-top', '-unit=B', '-sample_index=pin_share')
    assert f'% of {sum_of("share_bytes")}B total' in told, told
    for function in NAMES:
        theirs = sum(int(line.split()[0].rstrip('B'))
                     for line in told.splitlines()
                     if NAMES[function] in line and '%' in line)
        assert theirs == sum_of('share_bytes', function), (function, told)
    told = pprof('-traces', '-lines')
    assert 'Type: inuse_space' in told, told
    assert re.search(r'2.93kB +inlined .*program\.c:9 \(inline\)\n'
                     r' +main .*program\.c:6\d', told), told
    assert re.search(r'alert\(1\)</script>.*/@evil<i>,"&\.c:5', told), told


# ---- flamegraph.pl ----

@case
def flamegraph_draws_all_bytes():
    needs(FLAMEGRAPH)
    folded, told = exported('folded')
    drawing = output('perl', FLAMEGRAPH, '--countname', 'bytes', folded)
    total = f'{sum_of("live_bytes"):,}'
    assert f'all ({total} bytes, 100%)' in drawing, (total, told)
    for function in NAMES:
        ours = f'{sum_of("live_bytes", function):,}'
        assert re.search(rf'{re.escape(NAMES[function])}[^\n]* \({ours} bytes',
                         drawing.replace('&lt;', '<')), (function, ours)


# ---- speedscope ----

@case
def speedscope_imports_every_metric():
    bundle = needs_node('speedscope/dist/release/speedscope-*.js')
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          'read_speedscope.js')
    profiles = json.loads(output('node', script, bundle,
                                 exported('speedscope')[0]))
    assert len(profiles) == 9, [profile['name'] for profile in profiles]
    for profile in profiles:
        key = profile['name']
        assert profile['total'] == sum_of(key), key
        assert profile['unit'] == ('bytes' if 'bytes' in key else 'none'), key
        for function in NAMES:
            theirs = sum(value for name, value in profile['self'].items()
                         if NAMES[function] in name)
            assert theirs == sum_of(key, function), (key, function)


# ---- the Firefox Profiler ----

class Firefox:
    """Its command line, with a profile."""

    def __init__(self, profile):
        self.code = needs_node(
            '@firefox-devtools/profiler-cli/dist/profiler-cli.js')
        self.profile = profile
        self.folder = path('s')  # short: a socket is in it

    def run(self, *words, good=True):
        done = subprocess.run(
            ['node', self.code, *words], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=HANG, errors='replace',
            env={**os.environ, 'PROFILER_CLI_SESSION_DIR': self.folder})
        assert done.returncode == 0 or not good, done.stdout + done.stderr
        return done.stdout if done.returncode == 0 else None

    def __enter__(self):
        self.run('load', self.profile, good=False)  # it waits for 0.5 s only
        await_that(lambda: self.run('profile', 'info', good=False),
                   'the profile is loaded')
        return self

    def __exit__(self, *_):
        self.run('stop')

    def bytes_of(self, strategy):
        """Function -> bytes of its own; and all of them, None."""
        told = json.loads(self.run('thread', 'functions', '--strategy', strategy,
                                   '--limit', '0', '--json'))
        found = {row['name']: row['selfSamples'] for row in told['functions']}
        return {**found, None: sum(found.values())}


def retained_by_name(found):
    return {function: sum(value for name, value in found.items()
                          if name and NAMES[function] in name)
            for function in NAMES}


@case
def firefox_retains_what_is_live():
    profile, told = exported('firefox')
    assert 'all of them' in told, told
    with Firefox(profile) as firefox:
        found = firefox.bytes_of('native-retained-allocations')
        assert found[None] == sum_of('live_bytes'), (found, REPORT['used_bytes'])
        for function, theirs in retained_by_name(found).items():
            assert theirs == site(REPORT, function)['live_bytes'], function
        # Those of its frees have no stack.
        found = firefox.bytes_of('native-allocations')
        assert found[None] == sum_of('allocated_bytes'), found
        told = firefox.run('profile', 'info')
        assert told.count('memory range in graph') == 2, told


@case
def firefox_retains_in_a_range_what_was_born_there_and_lives():
    # In the second rest 500 are born, of which 400 go in the third.
    profile, _ = exported('firefox')
    with open(profile) as file:
        table = json.load(file)['threads'][0]['nativeAllocations']
    times = sorted(set(table['time']))
    gaps = sorted(((b - a, (a + b) / 2) for a, b in zip(times, times[1:])),
                  reverse=True)[:3]
    from_ms, to_ms = sorted(middle for _, middle in gaps)[1:3]
    ours = {}
    for at in from_ms, to_ms:
        ours[at] = {row['function']: row['live_bytes'] for row in
                    report('--at', f'{at:.6f}ms')['sites']}
    born = ours[to_ms]['worker'] - ours[from_ms].get('worker', 0)
    assert born == 500 * 105, (born, gaps)
    with Firefox(profile) as firefox:
        firefox.run('zoom', 'push', f'{from_ms / 1000:.9f},{to_ms / 1000:.9f}')
        found = firefox.bytes_of('native-retained-allocations')
        assert found['worker'] == born and found[None] == born, (
            found, born, from_ms, to_ms)


@case
def a_sample_for_firefox_is_told_and_its_sums_are_near():
    program = path('many')
    with open(path('many.c'), 'w') as file:
        file.write(r'''
#include <stdlib.h>
static void *kept[200000];
__attribute__((noinline)) static void *some(int i) { return malloc(i); }
int main(void) {
    for (int i = 0; i < 1000000; i++) {
        void **place = &kept[i * 7919L % 200000];
        free(*place);
        *place = some(16 + i % 50);
    }
    kept[0] = realloc(kept[0], 3 << 20);
    _Exit(0);
}''')
    output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-o', program,
           path('many.c'))
    trace = record('many.rptrace', program='many')
    profile = path('many.json')
    with subprocess.Popen([RPSCOPE, 'export', '--format', 'firefox', '-o',
                           profile, trace], stderr=subprocess.PIPE,
                          text=True) as process:
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0 and ', a sample: ' in told, told
    assert usage.ru_maxrss < 256 << 10, usage.ru_maxrss  # of KiB
    with open(profile) as file:
        table = json.load(file)['threads'][0]['nativeAllocations']
    assert 250000 <= table['length'] <= 1000000, table['length']
    assert os.path.getsize(profile) < 64 << 20, os.path.getsize(profile)
    live = sum(row['live_bytes'] for row in report(trace=trace)['sites'])
    retained = {}
    for stack, weight, address in zip(table['stack'], table['weight'],
                                      table['memoryAddress']):
        if weight > 0:
            assert address not in retained
            retained[address] = weight
        else:
            assert retained.pop(address) == -weight
    # All that live, so that their sum is exact.
    assert sum(retained.values()) == live, (sum(retained.values()), live)
    assert 3 << 20 in retained.values()  # a large block is always in it


main()
