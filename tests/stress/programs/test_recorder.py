#!/usr/bin/env python3
"""The recorder on bad days, again and again."""
import glob
import os
import random
import signal
import subprocess
import sys
import time

from case import HANG, REPORT, TOP, built, case, main

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/programs'))
from recording import Model, Recording, program, whole  # noqa: E402


def storming(name):
    return built('tests/stress/programs', name)


@case
def a_block_is_never_freed_before_its_allocation_nor_taken_before_its_free():
    for _ in range(10):
        with Recording(storming('handover'), '4000') as recorded:
            assert recorded.output == 'done\n'
            trace = recorded.trace()
            whole(trace)
            assert trace.named('FREE_DEFERRED')
            assert trace.named('HEAP_ADOPT')


class Killed(Recording):
    def start(self, command, environment, settings):
        child = subprocess.Popen(command, env=environment, cwd=self.folder,
                                 stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.02, 0.5))  # whatever it is at by then
        child.send_signal(signal.SIGKILL)
        self.status = child.wait()


@case
def what_a_killed_program_leaves_is_whole_up_to_its_end():
    for _ in range(12):
        with Killed(program('endless')) as recorded:
            assert recorded.status == -signal.SIGKILL
            if os.path.exists(recorded.file):
                size = os.path.getsize(recorded.file)
                if size >= 48:
                    model = Model(recorded.trace())
                    assert not model.faults, model.faults[:3]


@case
def every_process_of_a_storm_leaves_a_trace_that_can_be():
    with Recording(storming('storm'), '5', timeout=HANG) as recorded:
        assert recorded.status == 0
        assert recorded.complaints == ''
        for path in glob.glob(recorded.folder + '/*.rptrace'):
            # Of those that were killed the rest is added.
            subprocess.run([*REPORT, path], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        traces = recorded.traces()
    assert len(traces) == 2 ** 6 - 1
    ids = {trace.trace_id for trace in traces.values()}
    assert len(ids) == len(traces)
    for trace in traces.values():
        assert trace.trailer['lost_events'] == 0, trace.process_id
        model = Model(trace)
        assert not model.faults, (trace.process_id, model.faults[:3])
        if model.walked:
            whole(trace)
    assert sum(trace.parent_id in ids for trace in traces.values()) == 62


main()
