#!/usr/bin/env python3
"""When the drainer is behind, the program goes on in a spill, and nothing is
lost, whatever happens."""
import os
import signal
import subprocess
import time

from case import Skip, case, main
from death import Outside, nothing_is_lost
from recording import Recording, program, whole


def spilled(trace):
    return int(trace.meta.get('spilled_bytes', 0))


def leaves_nothing(folder):
    left = [name for name in os.listdir(folder) if name.startswith('.')]
    assert not left, left


class Slow(Outside):
    """The drainer is stopped while the program works, from when on it has
    said that it does; then it goes on."""
    pause = '1000'
    seconds = 0.6

    def meet(self, recorder):
        self.wait_for_work()
        drainer = self.child(recorder, 'rpscope-drainer')
        child = self.child(recorder)
        time.sleep(0.05)
        for _ in range(3):  # so that it may make the file meanwhile
            os.kill(drainer, signal.SIGSTOP)
            time.sleep(self.seconds / 3)
            os.kill(drainer, signal.SIGCONT)
            time.sleep(0.01)
        self.then(child, drainer)

    def then(self, child, drainer):
        os.kill(child, signal.SIGKILL)


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
def another_drainer_goes_on_where_there_is_a_spill():
    class Inherited(Slow):
        def then(self, child, drainer):
            os.kill(drainer, signal.SIGKILL)
            time.sleep(1.5)
            os.kill(child, signal.SIGKILL)

    with Inherited() as death:
        nothing_is_lost(death)
        assert spilled(death.trace()) > 0
        leaves_nothing(death.folder)


@case
def without_a_spill_threads_wait_and_nothing_is_lost():
    class Waiting(Slow):
        settings = (*Slow.settings, '--spill', 'none')

    with Waiting() as death:
        nothing_is_lost(death)
        assert spilled(death.trace()) == 0


@case
def where_the_disk_is_too_small_it_is_said_once_and_threads_wait():
    class Small(Slow):
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
    with Recording(program('crowd'), '8', '30000', buffer='4K') as recorded:
        assert recorded.status == 0 and recorded.complaints == '', \
            recorded.complaints
        trace = recorded.trace()
        whole(trace)
        leaves_nothing(recorded.folder)


main()
