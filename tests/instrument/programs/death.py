"""Runs of `counted`, which says what it has done, and dies of something."""
import collections
import contextlib
import os
import random
import signal
import struct
import subprocess
import threading

from case import HANG, REPORT, await_that
from recording import Model, Recording, program, under_record


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
        listener = self.listen_to(child)
        self.kill(child)
        listener.join(HANG)
        self.status = child.wait(HANG)
        # Whoever opens the trace adds what was left.
        self.opened = subprocess.run([*REPORT, self.file],
                                     capture_output=True, text=True)

    def kill(self, child):
        if self.arguments:
            return
        self.wait_for_work(random.randrange(1500))
        child.send_signal(signal.SIGKILL)

    def listen_to(self, process):
        """Reads .complaints while they are made."""
        self.complaints = ''

        def read():
            for line in process.stderr:
                self.complaints += line
        listener = threading.Thread(target=read, daemon=True)
        listener.start()
        return listener

    def told(self):
        with open(self.counts, 'rb') as file:
            return list(struct.iter_unpack('<QQ', file.read()))

    def wait_for_work(self, blocks=0):
        """Until there are counts, and the highest is so much higher than now;
        the first thread may have come to where it waits."""
        def made():
            told = os.path.exists(self.counts) and self.told()
            return max(count for count, _ in told) if told else -1
        before = max(0, made())
        await_that(lambda: made() >= before + blocks, 'work is done', 0.001)

    def let_it_end(self):
        """What one with the argument `waits` waits for."""
        with open(self.counts + '.end', 'w'):
            pass


class UnderRecord(Death):
    """The same under rpscope record, whose own process writes the trace."""
    settings = ('--buffer', '64K')

    def start(self, command, environment, settings):
        self.counts = os.path.join(self.folder, 'counts')
        command = under_record(self.file, environment,
                               [program('counted'), self.counts,
                                *self.arguments], *self.settings)
        recorder = subprocess.Popen(command, env=environment, cwd=self.folder,
                                    stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, text=True)
        listener = self.listen_to(recorder)
        self.meet(recorder)
        listener.join(HANG)
        self.status = recorder.wait(HANG)
        self.opened = subprocess.run([*REPORT, self.file],
                                     capture_output=True, text=True)

    def meet(self, recorder):
        if not self.arguments:
            self.wait_for_work(random.randrange(1500))
            os.kill(self.child(recorder), signal.SIGKILL)

    def is_written(self):
        """Whether there is something in the trace."""
        return os.path.exists(self.file) and os.path.getsize(self.file) > 0

    @staticmethod
    def child(recorder, name='counted'):
        """The process that the recorder has started and that is so called."""
        def found():
            listing = f'/proc/{recorder.pid}/task/{recorder.pid}/children'
            with open(listing) as file:  # which may leave one out
                for process in file.read().split():
                    with contextlib.suppress(FileNotFoundError,
                                             ProcessLookupError), \
                            open(f'/proc/{process}/comm') as comm:
                        if comm.read().strip() == name:
                            return int(process)
            return None
        return await_that(found, f'a child is called {name}')


def nothing_is_lost(death):
    trace = death.trace()
    assert not trace.cut and trace.trailer is not None
    assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
    assert trace.trailer['lost_events'] == 0
    assert not Model(trace).faults
    # By ring: blocks of each size, and frees.
    counts = [(collections.Counter(values[1] for name, _, values in events
                                   if name == 'ALLOC'),
               sum(name.startswith('FREE') for name, _, _ in events))
              for events in trace.rings.values()]
    for thread, (allocated, freed) in enumerate(death.told()):
        size = 1000 + thread
        mine = [(sizes[size], frees) for sizes, frees in counts if sizes[size]]
        allocs, frees = map(sum, zip((0, 0), *mine))
        assert allocs in (allocated, allocated + 1), (allocs, allocated)
        assert frees >= freed, (frees, freed)


def leaves_nothing_behind(death):
    rings = death.trace().meta['rings']
    assert rings and not os.path.exists(rings), rings
