"""Runs of `counted`, which says what it has done, and dies of something."""
import os
import random
import signal
import struct
import subprocess
import time

from case import built
from recording import Model, Recording, program

RPSCOPE = built('rpscope')


class Death(Recording):
    """A run of `counted`, and what it says that it has done."""
    pause = '500'  # us between two hundreds: what Python can read in time

    def __init__(self, *arguments, **options):
        self.arguments = arguments
        os.environ['PAUSE'] = self.pause
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


class Outside(Death):
    """The same under rpscope record, whose own process writes the trace."""
    settings = ('--buffer', '64K')

    def start(self, command, environment, settings):
        self.counts = os.path.join(self.folder, 'counts')
        command = [RPSCOPE, 'record', '-o', self.file, *self.settings, '--',
                   program('counted'), self.counts, *self.arguments]
        for name in 'LD_PRELOAD', 'RPSCOPE_FILE', 'RPSCOPE_PARENT':
            del environment[name]
        recorder = subprocess.Popen(command, env=environment, cwd=self.folder,
                                    stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, text=True)
        self.meet(recorder)
        self.complaints = recorder.stderr.read()
        self.status = recorder.wait(60)
        self.opened = subprocess.run([RPSCOPE, 'report', self.file],
                                     capture_output=True, text=True)

    def meet(self, recorder):
        if not self.arguments:
            self.wait_for_work()
            time.sleep(random.uniform(0, 0.02))
            os.kill(self.child(recorder), signal.SIGKILL)

    def wait_for_work(self):
        while not (os.path.exists(self.counts) and
                   os.path.getsize(self.counts)):
            time.sleep(0.001)

    @staticmethod
    def child(recorder, name='counted'):
        """The process that the recorder has started and that is so called."""
        listing = f'/proc/{recorder.pid}/task/{recorder.pid}/children'
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with open(listing) as file:  # which may leave one out
                for process in file.read().split():
                    with open(f'/proc/{process}/comm') as comm:
                        if comm.read().strip() == name:
                            return int(process)
            time.sleep(0.01)
        raise LookupError(name)


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
