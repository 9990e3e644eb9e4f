#!/usr/bin/env python3
"""Whole programs are recorded: everything is in the trace, nothing shows."""
import collections
import os
import subprocess

from case import case, cases_for, main
from recording import Recording, program, whole


@case
def a_program_does_not_notice_that_it_is_recorded():
    with Recording(program('quiet'), variant='release') as plain, \
            Recording(program('quiet')) as recorded:
        assert recorded.output == plain.output, recorded.output
        assert recorded.complaints == 'a line on stderr\n'
        assert recorded.status == plain.status == 3
        whole(recorded.trace())


@cases_for(['exact', 'coarse'])
def with_a_small_ring_nothing_is_lost_and_errno_is_kept(clock):
    with Recording(program('quiet'), buffer='4K', clock=clock) as recorded:
        assert 'errno' not in recorded.output
        whole(recorded.trace())


@case
def recording_off_leaves_nothing_behind():
    with Recording(program('quiet'), record='off') as recorded:
        assert recorded.status == 3
        assert os.listdir(recorded.folder) == []


def crowd(threads, blocks, **options):
    with Recording(program('crowd'), str(threads), str(blocks),
                   **options) as recorded:
        assert recorded.output == 'done\n'
        trace = recorded.trace()
    model = whole(trace)
    sizes = collections.Counter(
        v[1] for v in trace.named('ALLOC') if 5000 <= v[1] < 5000 + threads)
    assert sizes == dict.fromkeys(range(5000, 5000 + threads), blocks)
    assert not [s for s in model.live.values() if s in sizes]


@case
def every_block_of_eight_threads_is_there_from_first_to_last():
    crowd(8, 2000)


@cases_for(['none', 'full'])
def with_a_coarse_clock_every_block_is_there_too(stacks):
    crowd(8, 2000, clock='coarse', stacks=stacks)


@case
def a_thousand_threads_at_once_lose_nothing():
    crowd(1000, 5)


@case
def a_stack_begins_at_the_caller_and_is_complete():
    with Recording(program('sites')) as recorded:
        trace = recorded.trace()
    symbols = subprocess.run(['nm', '-S', program('sites')],
                             capture_output=True, text=True, check=True).stdout
    where = {}
    for line in symbols.splitlines():
        fields = line.split()
        if len(fields) == 4:
            where[fields[3]] = int(fields[0], 16), int(fields[1], 16)
    bias = next(m[2] for m in trace.modules.values() if m[4].endswith('sites'))

    def inside(address, name):
        start, size = where[name]
        return start < address - bias <= start + size

    expected = {1001: 'site_calloc', 1002: 'site_malloc', 1024: 'site_aligned',
                5005: 'site_realloc'}
    found = {}
    for values in trace.named('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC', 'RESIZE'):
        if values[1] in expected:
            frames = trace.frames(values[0])
            assert inside(frames[0], expected[values[1]]), values
            assert inside(frames[1], 'main'), values
            found[values[1]] = True
        if values[1] == 1003:
            frames = trace.frames(values[0])
            assert len(frames) == 1024
            assert all(inside(f, 'site_deep') for f in frames)
    assert found.keys() == expected.keys()


@case
def fewer_frames_and_none_are_kept_on_request():
    for frames in 1, 5:
        with Recording(program('sites'), stacks=frames) as recorded:
            trace = recorded.trace()
            lengths = {len(trace.frames(v[0])) for v in trace.named('ALLOC')}
            assert max(lengths) == frames
            assert trace.meta['stack_frames'] == str(frames)
    with Recording(program('sites'), stacks='none') as recorded:
        trace = recorded.trace()
        assert len(trace.stacks) == 1
        whole(trace)


@case
def marks_are_in_the_trace_between_what_they_enclose():
    with Recording(program('sites')) as recorded:
        trace = recorded.trace()
    story = [trace.texts[values[0]] if name == 'MARK' else values[1]
             for _, _, name, values in trace.events()
             if name == 'MARK' or name == 'CALLOC' and values[1] == 1001]
    assert story == ['before', 1001, 'after']


@case
def what_is_loaded_and_unloaded_is_told_with_its_build_id():
    with Recording(program('loader')) as recorded:
        assert recorded.output == 'done\n'
        trace = recorded.trace()
    whole(trace)
    loaded = [trace.modules[v[0]] for v in trace.named('MODULE_LOAD')]
    paths = [module[4] for module in loaded]
    assert program('loader') in map(os.path.realpath, paths)
    assert [p for p in paths if 'libresolv' in p]
    assert trace.named('MODULE_UNLOAD')
    libc = next(m for m in loaded if m[4].endswith('libc.so.6'))
    notes = subprocess.run(['readelf', '-n', libc[4]], capture_output=True,
                           text=True, check=True).stdout
    assert 'Build ID: ' + libc[3] in notes


@case
def the_facts_name_the_program_and_its_arguments():
    with Recording(program('crowd'), '2', '3') as recorded:
        meta = recorded.trace().meta
        assert meta['command'] == 'crowd'
        assert os.path.samefile(meta['program'], program('crowd'))
        assert meta['arguments'].split('\0')[1:] == ['2', '3']
        assert meta['working_directory'] == os.path.realpath(recorded.folder)
        assert meta['variant'] == 'instrumented'


@case
def the_clock_runs_as_the_wall_does():
    with Recording(program('crowd'), '100', '300') as recorded:
        trace = recorded.trace()
    (s0, n0), (s1, n1) = trace.clock[0], trace.clock[-1]
    assert n1 - n0 > 0
    assert 12 <= (n1 - n0) / (s1 - s0) <= 26
    assert abs(trace.trailer['duration_ns'] - n1) < 50e6


main()
