#!/usr/bin/env python3
"""fork, vfork, exec: every process has a trace, and they know each other."""
import glob
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
    alone = [v for v in child.named('ALLOC') if v[0] == 0]
    together = [v[2].bit_count() for v in child.named('INHERITED')]
    assert sum(together) + len(alone) >= 3000
    # Only what is large or huge is told by itself.
    assert len(alone) <= 6 + 8, len(alone)
    assert max(together) == 64
    places = [(v[0], v[1] // 64) for v in child.named('INHERITED')]
    assert len(set(places)) == len(places)


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
