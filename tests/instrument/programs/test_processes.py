#!/usr/bin/env python3
"""fork, vfork, exec: every process has a trace, and they know each other."""
import glob
import json
import os
import subprocess
import sys

from case import (HANG, await_that, built, case, cases_for, in_folder, main,
                  output)
from recording import LIBRARY, Model, Recording, Trace, program, whole


def offspring(kind, **options):
    """(what each process said it is -> trace, all traces)"""
    with Recording(program('offspring'), kind, **options) as recorded:
        assert recorded.status == 0, recorded.complaints
        assert recorded.complaints == ''
        said = dict(reversed(line.split()) for line in
                    recorded.output.splitlines())
        traces = recorded.traces()
    return {what: traces.get(int(pid)) for what, pid in said.items()}, traces


@cases_for(['exact', 'coarse'])
def a_forked_child_begins_with_the_heap_that_it_inherited(clock):
    by_name, traces = offspring('fork', clock=clock)

    parent, child = by_name['parent'], by_name['child']
    assert len(traces) == 2
    whole(parent)
    model = whole(child)
    assert child.parent_id == parent.trace_id
    assert parent.parent_id == 0
    assert len(model.live) > 2000
    assert len(model.past) >= 3000
    together = [v[2].bit_count() for v in child.named('INHERITED')]
    assert sum(together) == len(model.past)
    assert max(together) == 64
    places = [(v[0], v[1] // 64) for v in child.named('INHERITED')]
    assert len(set(places)) == len(places)


def at_fork(trace, number):
    """{(span, block): (bytes asked for, addresses)} of what lives from before
    that fork to behind it, as the trace tells it."""
    live, forks = {}, 0
    for _, _, name, values in trace.events():
        if name == 'FORK' and values[0] == number:
            forks += 1
            if forks == 2:
                return live
        elif name in ('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC', 'RESIZE'):
            stack, size, *place = values[:4]
            live[tuple(place)] = size, trace.frames(stack)
        elif name in ('FREE', 'FREE_DEFERRED'):
            del live[tuple(values)]
    raise AssertionError(f'fork {number} is not told twice')


def blocks_of_child(path, folder):
    """{(span, block): (bytes asked for, addresses)} that the child began with,
    as rpscope has them."""
    part = os.path.join(folder, 'part.rptrace')
    subprocess.run([built('rpscope'), 'trim', '-o', part, path], check=True,
                   timeout=HANG, capture_output=True)
    whole_child, told = Trace(path), Trace(part)
    past = [(span, first + bit) for span, first, bits in
            whole_child.named('INHERITED') for bit in range(64)
            if bits >> bit & 1]
    assert not told.named('INHERITED') and told.meta['fork'] == 'told'
    assert not Model(told).faults
    first = {}
    for stack, size, *place in told.named('ALLOC'):
        first.setdefault(tuple(place), (size, told.frames(stack)))
    return {place: first[place] for place in past}


@in_folder
def a_childs_blocks_are_those_that_its_parents_trace_has_of_them(folder):
    run = os.path.join(folder, 'run.rptrace')
    subprocess.run([built('rpscope'), 'record', '-o', run, '--',
                    program('offspring'), 'fork'], check=True, timeout=HANG,
                   capture_output=True)
    path, = glob.glob(folder + '/run.processes/*.rptrace')
    parent, child = Trace(run), Trace(path)

    known = at_fork(parent, int(child.meta['fork']))
    blocks = blocks_of_child(path, folder)

    assert len(known) > 2000
    assert {place: blocks[place] for place in known} == known
    assert all(frames for _, frames in known.values())
    # What waited for its owner is nobody's any more.
    waited = blocks.keys() - known.keys()
    assert waited <= {tuple(v) for v in child.named('FREE_DEFERRED')}
    assert not any(blocks[place][1] for place in waited)
    told = json.loads(output(built('rpscope'), 'report', '--json', path))
    assert f"of {len(known):,} blocks" in told['inherited'], told['inherited']
    assert told['quality']['unresolved'] == 0, told['quality']

    os.rename(run, run + '.away')
    told = json.loads(output(built('rpscope'), 'report', '--json', path))
    assert 'have no call site' in told['inherited'], told['inherited']


@case
def a_program_started_by_fork_and_exec_names_its_parent():
    by_name, traces = offspring('spawn')

    assert by_name['replaced'].parent_id == by_name['parent'].trace_id
    whole(by_name['replaced'])
    whole(by_name['parent'])


@case
def a_child_of_vfork_writes_into_its_parents_trace():
    by_name, traces = offspring('vfork')

    assert by_name['replaced'].parent_id == by_name['parent'].trace_id
    whole(by_name['replaced'])
    whole(by_name['parent'])


@case
def what_replaces_a_program_names_it_as_its_parent():
    class Awaited(Recording):
        def start(self, command, environment, settings):
            # Where no rpscope record of another test looks for what was left.
            environment['RPSCOPE_RINGS'] = self.folder
            child = subprocess.Popen(command, env=environment, cwd=self.folder,
                                     stdin=subprocess.PIPE,
                                     stdout=subprocess.DEVNULL, text=True)
            await_that(self.is_written, 'what was recorded is in the file', 0.05)
            child.communicate('\n', timeout=HANG)
            self.status = child.returncode

        def is_written(self):
            trace = self.so_far()
            try:
                return trace and len(Model(trace).live) >= 3000
            except KeyError:  # of what another ring tells, it is not there yet
                return False

    with Awaited(program('offspring'), 'exec') as recorded:
        assert recorded.status == 0
        first = recorded.trace()
        others = [Trace(path) for path in
                  glob.glob(recorded.folder + '/*.rptrace')
                  if path != recorded.file]

    assert len(others) == 1
    whole(others[0])
    assert others[0].process_id == first.process_id
    assert others[0].parent_id == first.trace_id
    # The first one never came to its end, but all it did is there.
    model = Model(first)
    assert first.trailer is None
    assert not model.faults
    assert len(model.live) >= 3000


@in_folder
def a_forked_child_that_runs_is_called_so(folder):
    code = ('import os, sys\n'
            'child = os.fork()\n'
            'kept = [str(i) * 9 for i in range(10000)]\n'
            'print(child, flush=True)\n'
            'sys.stdin.readline()\n')
    with subprocess.Popen(
            [sys.executable, '-c', code], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, cwd=folder, env={
                **os.environ, 'LD_PRELOAD': LIBRARY['instrumented'],
                'RPSCOPE_FILE': f'{folder}/run.rptrace',
                # Where no rpscope of another test looks for what was left.
                'RPSCOPE_RINGS': folder}) as process:
        said = {process.stdout.readline().strip() for _ in range(2)}
        child, = said - {'0'}
        trace = f'{folder}/run.{child}.rptrace'
        await_that(lambda: 'the recording is still running' in ' '.join(output(
            'sh', '-c', f'{built("rpscope")} report --no-rescue --no-names '
            f'{trace} || true').split()), f'{trace} is said to run')
        process.communicate('\n\n', timeout=HANG)


@cases_for(['exact', 'coarse'])
def children_are_left_alone_on_request(clock):
    for kind in 'fork', 'spawn':
        by_name, traces = offspring(kind, follow='none', clock=clock)

        assert list(traces.values()) == [by_name['parent']]
        whole(by_name['parent'])


main()
