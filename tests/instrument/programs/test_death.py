#!/usr/bin/env python3
"""However a program dies: no event that it published is lost."""
import os
import random
import signal
import struct
import subprocess
import time

from case import built, case, main
from recording import Model, Recording, program

KILLS = int(os.environ.get('RPSCOPE_KILLS', '100'))
RPSCOPE = built('rpscope')


class Death(Recording):
    """A run of `counted`, and what it says that it has done."""

    def __init__(self, *arguments, **options):
        self.arguments = arguments
        super().__init__(**options)

    def start(self, command, environment, settings):
        self.counts = os.path.join(self.folder, 'counts')
        command = [program('counted'), self.counts, *self.arguments]
        child = subprocess.Popen(command, env=environment, cwd=self.folder,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        self.kill(child)
        self.complaints = child.stderr.read()
        self.status = child.wait(60)
        # Whoever opens the trace adds what was left.
        self.opened = subprocess.run([RPSCOPE, 'report', self.file],
                                     capture_output=True, text=True)

    def kill(self, child):
        if self.arguments:
            return
        while not (os.path.exists(self.counts) and
                   os.path.getsize(self.counts)):
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)

    def told(self):
        with open(self.counts, 'rb') as file:
            return list(struct.iter_unpack('<QQ', file.read()))


def is_alloc(event, size):
    name, _, values = event
    return name == 'ALLOC' and values[1] == size


def nothing_is_lost(death):
    trace = death.trace()
    assert not trace.cut and trace.trailer is not None
    assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
    assert trace.trailer['lost_events'] == 0
    assert not Model(trace).faults
    for thread, (allocated, freed) in enumerate(death.told()):
        size = 1000 + thread
        rings = [events for events in trace.rings.values()
                 if any(is_alloc(event, size) for event in events)]
        allocs = sum(is_alloc(event, size)
                     for events in rings for event in events)
        frees = sum(name.startswith('FREE')
                    for events in rings for name, _, _ in events)
        assert allocs in (allocated, allocated + 1), (allocs, allocated)
        assert frees >= freed, (frees, freed)


def leaves_nothing_behind(death):
    rings = death.trace().meta['rings']
    assert rings and not os.path.exists(rings), rings


@case
def a_killed_program_loses_nothing():
    rescued = 0
    for _ in range(KILLS):
        with Death() as death:
            assert death.status == -signal.SIGKILL
            if not os.path.exists(death.file):
                assert not any(map(any, death.told()))
                continue
            nothing_is_lost(death)
            leaves_nothing_behind(death)
            rescued += 'its recorder was killed' in death.opened.stderr
    assert rescued > KILLS / 2, rescued


@case
def every_way_to_end_without_destructors_loses_nothing():
    for how, status in (('_exit', 3), ('quick_exit', 4), ('exec', 5),
                        ('abort', -signal.SIGABRT),
                        ('overflow', -signal.SIGSEGV)):
        for when in 1, 777, 5000:
            with Death(how, str(when)) as death:
                assert death.status == status, (how, death.status)
                nothing_is_lost(death)
                leaves_nothing_behind(death)


@case
def a_trace_is_rescued_once():
    with Death('_exit', '100') as death:
        assert 'added the' in death.opened.stderr, death.opened.stderr
        again = subprocess.run([RPSCOPE, 'report', death.file],
                               capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        assert again.stderr == '', again.stderr
        assert again.stdout == death.opened.stdout


main()
