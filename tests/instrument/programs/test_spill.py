#!/usr/bin/env python3
"""When the drainer is behind, the program goes on in a spill, and nothing is
lost, whatever happens."""
import os
import signal
import subprocess

from case import Skip, await_that, case, main
from death import UnderRecord, nothing_is_lost
from recording import Recording, program, whole


def spilled(trace):
    return int(trace.meta.get('spilled_bytes', 0))


def leaves_nothing(folder):
    left = [name for name in os.listdir(folder) if name.startswith('.')]
    assert not left, left


class Slow(UnderRecord):
    """The drainer is stopped while the program works, from when on it has
    said that it does, until it has got on without."""
    pause = '1000'
    far = 20000  # blocks of a thread: three times what it has in memory

    def meet(self, recorder):
        self.wait_for_work(500)
        drainer = self.child(recorder, 'rpscope-drainer')
        child = self.child(recorder)
        os.kill(drainer, signal.SIGSTOP)
        while not self.gets_on():  # in between, the drainer may make the file
            os.kill(drainer, signal.SIGCONT)
            self.wait_for_work(1)
            os.kill(drainer, signal.SIGSTOP)
        self.then(child, drainer)

    def gets_on(self):
        """Whether the program gets that far; or does it stand still?"""
        begin = self.told()
        seen, still = begin, 0

        def settled():
            nonlocal seen, still
            now = self.told()
            still = still + 1 if now == seen else 0
            seen = now
            return still == 15 or self.is_far(begin, now)
        await_that(settled, 'the program gets on, or stands still')
        return self.is_far(begin, seen)

    def is_far(self, begin, now):
        return any(b[0] - a[0] > self.far for a, b in zip(begin, now))

    def then(self, child, drainer):
        os.kill(drainer, signal.SIGCONT)
        os.kill(child, signal.SIGKILL)


class Waiting(Slow):
    """As there is no spill, it stands still, three times."""
    settings = (*Slow.settings, '--spill', 'none')
    stops = 3

    def gets_on(self):
        assert not super().gets_on(), 'without a drainer and a spill'
        self.stops -= 1
        return self.stops == 0


@case
def a_program_that_is_killed_in_a_spill_loses_nothing():
    with Slow() as death:
        assert death.status == 128 + signal.SIGKILL
        nothing_is_lost(death)
        assert spilled(death.trace()) > 0
        leaves_nothing(death.folder)


@case
def when_all_are_killed_the_trace_is_made_of_ring_file_and_stage():
    class Alone(Slow):
        def then(self, child, drainer):
            os.kill(drainer, signal.SIGKILL)
            os.kill(child, signal.SIGKILL)

    with Alone() as death:
        assert 'its recorder was killed' in death.opened.stderr, (
            death.opened.stderr, death.complaints)
        nothing_is_lost(death)
        assert spilled(death.trace()) > 0
        leaves_nothing(death.folder)


@case
def a_program_that_goes_on_in_a_spill_without_a_drainer_loses_nothing():
    class Orphaned(Slow):
        def then(self, child, drainer):
            os.kill(drainer, signal.SIGKILL)
            self.wait_for_work(2000)
            os.kill(child, signal.SIGKILL)

    with Orphaned() as death:
        nothing_is_lost(death)
        assert spilled(death.trace()) > 0
        leaves_nothing(death.folder)


@case
def another_drainer_goes_on_where_there_is_a_spill():
    class Inherited(Slow):
        def then(self, child, drainer):
            os.kill(drainer, signal.SIGKILL)
            self.let_it_end()  # which is when it is noticed

    with Inherited('exit', '3000', 'waits') as death:
        assert death.status == 6
        assert 'the recorder outside has died' in death.complaints
        assert death.opened.returncode == 0, death.opened.stderr
        assert death.opened.stderr == '', death.opened.stderr
        assert spilled(death.trace()) > 0
        leaves_nothing(death.folder)


@case
def without_a_spill_threads_wait_and_nothing_is_lost():
    with Waiting() as death:
        nothing_is_lost(death)
        assert spilled(death.trace()) == 0


@case
def where_the_disk_is_too_small_it_is_said_once_and_threads_wait():
    class Small(Waiting):
        settings = Slow.settings

        def start(self, command, environment, settings):
            self.disk = os.path.join(self.folder, 'disk')
            os.mkdir(self.disk)
            done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=24m',
                                   'none', self.disk], capture_output=True,
                                  text=True)
            if done.returncode != 0:
                raise Skip('may not mount: ' + done.stderr.strip())
            self.file = os.path.join(self.disk, 'run.rptrace')
            super().start(command, environment, settings)

        def __exit__(self, *_):
            subprocess.run(['umount', self.disk], check=True)
            super().__exit__()

    with Small() as death:
        nothing_is_lost(death)
        assert spilled(death.trace()) == 0
        said = [line for line in death.complaints.splitlines()
                if 'waits for the recorder instead' in line]
        assert len(said) == 1, death.complaints
        assert 'No space left on device' in said[0], said
        leaves_nothing(death.disk)


@case
def a_thread_of_the_program_drains_a_spill_too():
    with Recording(program('crowd'), '8', '15000', buffer='4K') as recorded:
        assert recorded.status == 0 and recorded.complaints == '', \
            recorded.complaints
        trace = recorded.trace()
        whole(trace)
        leaves_nothing(recorded.folder)


main()
