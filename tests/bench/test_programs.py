#!/usr/bin/env python3
"""Every benchmark program checks itself, and no allocator changes its answer.

Each program runs for some milliseconds, with glibc and with both variants of
our malloc library; the values that they print must agree. What the suite itself
concludes from numbers is tested with numbers made by hand. No time is looked at.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare  # noqa: E402
import tracing  # noqa: E402
import workloads  # noqa: E402
from case import HANG, VARIANTS, built, case, cases_for, main  # noqa: E402

DIVIDED_BY = 400  # of a full run
FOUND = {w.name: w for w in (*workloads.field_workloads(2),
                             *workloads.micro_workloads(),
                             *tracing.recorded_workloads([]))}


def answer(command, variant=None):
    environment = {**os.environ, 'RPSCOPE_RECORD': 'off'}
    if variant:
        environment['LD_PRELOAD'] = os.path.abspath(
            built(variant, 'librpscope-malloc.so'))
    run = subprocess.run(command, env=environment, capture_output=True,
                         text=True, timeout=HANG)
    assert run.returncode == 0, f'exit status {run.returncode}: {run.stderr}'
    assert not run.stderr, run.stderr
    return run.stdout


def command(workload):
    full = workload.command(built('tests/bench'), quick=False)
    return [full[0], str(max(1, workload.rounds // DIVIDED_BY)), *full[2:]]


@cases_for(FOUND)
def the_program_passes_its_own_check_with_every_library(name):
    plain = answer(command(FOUND[name]))

    for variant in VARIANTS:
        if os.path.exists(built(variant, 'librpscope-malloc.so')):
            found = answer(command(FOUND[name]), variant)
            assert found == plain, f'{variant}: {found!r}, expected {plain!r}'


@case
def a_littered_heap_changes_no_answer():
    run = [built('tests/bench/live'), '1', '100']
    plain = answer(run)
    environment = {**os.environ, 'RPSCOPE_RECORD': 'off', 'LD_PRELOAD': ':'.join(
        os.path.abspath(built(path)) for path in (
            'release/librpscope-malloc.so', 'tests/bench/litter.so'))}
    littered = subprocess.run(run, env=environment, capture_output=True,
                              text=True, timeout=HANG)
    assert (littered.returncode, littered.stdout, littered.stderr) == (
        0, plain, ''), littered


@cases_for(['rounds 2 4 1', 'rounds 2 4 1 16 2000', 'unload 1 2',
            'sleepers 4 1', 'many_threads 4 64', 'tail 10 100',
            'others_blocks busy 2', 'others_blocks sleeping 2',
            'others_blocks forked 2', 'one_size 4096 0 2',
            'one_size 256 256 2'])
def a_shape_of_load_tells_figures(words):
    program, *arguments = words.split()
    for variant in (None, *VARIANTS):
        if variant and not os.path.exists(built(variant,
                                                'librpscope-malloc.so')):
            continue
        told = answer([built('tests/bench', program), *arguments], variant)
        for line in told.splitlines():
            name, value = line.split('\t')
            assert name and float(value) >= 0, line


@case
def fragmentation_tells_live_and_resident_bytes_of_five_phases():
    words = answer([built('tests/bench', 'fragmentation'), '10']).split()

    live = [int(word) for word in words[0::2]]
    resident = [int(word) for word in words[1::2]]
    assert len(live) == len(resident) == 5, words
    assert live[0] == live[4] == 0, 'start and end have no block'
    assert live[2] < live[1] / 5, 'nine tenths are freed'
    assert live[3] > live[1] * 0.9, 'filled up again'
    assert resident[1] > live[1], 'blocks are written in full'


@case
def a_wrong_argument_ends_a_program_with_a_sentence():
    run = subprocess.run([built('tests/bench', 'larson'), 'many'],
                         capture_output=True, text=True, timeout=HANG)

    assert run.returncode == 1
    assert run.stderr == 'benchmark: arguments are whole numbers\n'


@case
def the_counting_library_counts_each_malloc_and_each_free():
    with tempfile.NamedTemporaryFile('r') as counts:
        for thousands in '1', '3':
            subprocess.run(
                [built('tests/bench', 'pair'), thousands], check=True,
                env={**os.environ, 'BENCH_CALLS': counts.name,
                     'LD_PRELOAD': os.path.abspath(
                         built('tests/bench', 'libcalls.so'))})
        first, second = (int(line) for line in counts)

    assert second - first == 2 * 2000, (first, second)


@case
def time_is_added_against_what_a_setting_stands_on():
    rounds = {name: [{'wall_ns': value}] for name, value in
              (('glibc', 100), ('release', 50), ('off', 60), ('heaptrack', 400))}

    found = tracing.added(workloads.Workload('name', 'recorder', 1, threads=2),
                          'wall_ns', rounds, 10)

    assert found == {'off': 2.0, 'heaptrack': 60.0}, found


def compared():
    rounds = {name: [{'wall_ns': value} for value in values]
              for name, values in (('a', (10, 20, 30)), ('b', (20, 30, 90)),
                                   ('ours', (5, 20, 15)))}
    return compare.compare(workloads.Workload('name', 'field', 1), 'wall_ns',
                           rounds, ours=['ours'])


@case
def the_best_peer_has_the_least_median_and_is_not_ours():
    assert compared().base == 'a'


@case
def a_ratio_divides_by_the_best_peer_of_the_same_round():
    assert compared().ratios['ours'] == compare.Spread(0.5, 0.5, 1.0)


@case
def a_geometric_mean_is_the_root_of_the_product():
    assert abs(compare.geometric_mean([1, 2, 4]) - 2) < 1e-9


@case
def whoever_missed_a_program_has_no_geometric_mean():
    whole, part = compared(), compared()
    del part.ratios['b']

    assert set(compare.means([whole, part], ['a', 'b'])) == {'a'}


main()
