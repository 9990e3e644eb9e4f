#!/usr/bin/env python3
"""However a program dies: no event that it published is lost."""
import contextlib
import glob
import os
import random
import re
import signal
import subprocess

from case import REPORT, Skip, await_that, case, is_gone, main
from death import (Death, UnderRecord, leaves_nothing_behind,
                   nothing_is_lost)
from recording import Recording, program

KILLS = int(os.environ.get('RPSCOPE_KILLS', '10'))  # in each home
NORMAL, EXEC, QUICK, SIGNAL = 1, 3, 4, 5  # enum trace_exit_kind


@case
def a_killed_program_loses_nothing():
    rescued = 0
    for _ in range(KILLS):
        with Death() as death:
            assert death.status == -signal.SIGKILL
            if not os.path.exists(death.file):
                assert not any(map(any, death.told())), death.complaints
                continue
            nothing_is_lost(death)
            leaves_nothing_behind(death)
            rescued += ' was killed' in death.opened.stderr
    assert rescued > KILLS / 2, rescued


@case
def under_record_a_killed_program_loses_nothing_either():
    for _ in range(KILLS):
        with UnderRecord() as death:
            assert death.status == 128 + signal.SIGKILL
            if not os.path.exists(death.file):
                assert not any(map(any, death.told())), death.complaints
                continue
            if 'before there was a trace' in death.opened.stderr:
                nothing_is_lost(death)  # nor when it has just begun
                continue
            assert 'the recorder' not in death.complaints, death.complaints
            assert death.opened.returncode == 0, death.opened.stderr
            assert death.opened.stderr == '', death.opened.stderr
            nothing_is_lost(death)
            leaves_nothing_behind(death)
            trace = death.trace()
            assert trace.trailer['exit_kind'] == SIGNAL
            assert trace.meta['exit'] == 'signal 9'


@case
def under_record_every_end_is_told():
    for how, status, kind, said in (
            ('_exit', 3, QUICK, 'code 3'), ('quick_exit', 4, QUICK, 'code 4'),
            ('exit', 6, NORMAL, 'code 6'), ('abort', 134, SIGNAL, 'signal 6'),
            ('overflow', 139, SIGNAL, 'signal 11')):
        with UnderRecord(how, '777') as death:
            assert death.status == status, (how, death.status)
            if how != 'exit':  # other threads go on, after the recording's end
                nothing_is_lost(death)
            leaves_nothing_behind(death)
            trace = death.trace()
            assert trace.trailer['exit_kind'] == kind, (how, trace.trailer)
            assert trace.meta.get('exit') == said, (how, trace.meta)


@case
def under_record_a_program_that_becomes_another_has_lost_nothing():
    for when in 1, 777, 5000:
        with UnderRecord('exec', str(when)) as death:
            assert death.status == 5, death.status
            first, = glob.glob(death.folder + '/run.processes/counted.*')
            # The file that was asked for is what the process has become.
            then = death.trace()
            leaves_nothing_behind(death)
            death.file = first
            nothing_is_lost(death)
            leaves_nothing_behind(death)
            assert then.parent_id == death.trace().trace_id
            assert death.trace().trailer['exit_kind'] == EXEC


@case
def under_record_the_program_has_no_thread_and_no_file_of_ours():
    class Look(UnderRecord):
        def meet(self, recorder):
            child = self.child(recorder)
            await_that(lambda: self.is_written() and all(map(any, self.told())),
                       'all threads are recorded')
            self.threads = len(os.listdir(f'/proc/{child}/task'))
            self.files = sorted(os.listdir(f'/proc/{child}/fd'))
            os.kill(child, signal.SIGKILL)
    with Look() as death:
        assert death.threads == 4, death.threads
        assert death.files == ['0', '1', '2'], death.files


class Orphaned(UnderRecord):
    """The drainer is killed; then, after a while, the program."""

    pause = '20000'

    def meet(self, recorder):
        await_that(self.is_written, 'there is a trace')
        self.wait_for_work(random.randrange(2000))
        os.kill(self.child(recorder, 'rpscope-drainer'), signal.SIGKILL)
        if self.arguments:
            self.let_it_end()
        else:
            await_that(lambda: 'has died' in self.complaints, 'it is noticed')
            self.wait_for_work(random.randrange(10000))
            os.kill(self.child(recorder), signal.SIGKILL)


@case
def a_killed_drainer_is_replaced_and_nothing_is_lost():
    for _ in range(2):
        with Orphaned() as death:
            assert death.status == 128 + signal.SIGKILL
            assert 'the recorder outside has died' in death.complaints
            nothing_is_lost(death)
            leaves_nothing_behind(death)


@case
def a_drainer_that_is_killed_before_the_end_is_replaced_there():
    with Orphaned('_exit', '3000', 'waits') as death:
        assert death.status == 3
        nothing_is_lost(death)
    with Orphaned('exit', '3000', 'waits') as death:
        assert death.status == 6
        assert 'the recorder outside has died' in death.complaints
        assert death.opened.returncode == 0, death.opened.stderr
        assert death.opened.stderr == '', death.opened.stderr
        leaves_nothing_behind(death)


@case
def when_rpscope_is_killed_too_the_trace_is_whole():
    class Alone(UnderRecord):
        def meet(self, recorder):
            drainer = self.child(recorder, 'rpscope-drainer')
            self.wait_for_work()
            child = self.child(recorder)
            recorder.kill()
            self.wait_for_work(5000)
            os.kill(child, signal.SIGKILL)
            await_that(lambda: is_gone(drainer), 'the drainer ends')
    with Alone() as death:
        assert death.opened.returncode == 0, death.opened.stderr
        nothing_is_lost(death)
        leaves_nothing_behind(death)


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


class memory_group:
    """A group of processes that may have so many bytes of memory together."""

    def __init__(self, limit):
        self.limit = limit

    def __enter__(self):
        why = 'there is no group whose memory has a limit'
        for folder, name in (('/sys/fs/cgroup/memory', 'memory.limit_in_bytes'),
                             ('/sys/fs/cgroup', 'memory.max')):
            self.folder = f'{folder}/rpscope-test-{os.getpid()}'
            try:
                os.mkdir(self.folder)
                with open(os.path.join(self.folder, name), 'r+') as file:
                    file.write(str(self.limit))
                return self
            except OSError as error:
                why = str(error)
                if os.path.isdir(self.folder):
                    os.rmdir(self.folder)
        raise Skip('no memory can be taken away: ' + why)

    def add(self, process):
        with open(self.folder + '/cgroup.procs', 'w') as file:
            file.write(str(process))

    def is_removed(self):
        with contextlib.suppress(OSError):  # who has just died is still in it
            os.rmdir(self.folder)
        return not os.path.exists(self.folder)

    def __exit__(self, *_):
        await_that(self.is_removed, 'the group has nobody left')


@case
def a_program_that_the_kernel_kills_for_its_memory_loses_nothing():
    with memory_group(64 << 20) as group:
        class Starved(Death):
            pause = '20000'  # however long it takes, there is little to read

            def kill(self, child):
                group.add(child.pid)
                self.let_it_end()

        class StarvedUnderRecord(UnderRecord):
            pause = '20000'

            def meet(self, recorder):
                group.add(self.child(recorder))
                self.let_it_end()

        with Starved('hoard', '1000', 'waits') as death:
            assert death.status == -signal.SIGKILL, death.status
            nothing_is_lost(death)
            leaves_nothing_behind(death)
        with StarvedUnderRecord('hoard', '3000', 'waits') as death:
            assert death.status == 128 + signal.SIGKILL, death.status
            nothing_is_lost(death)
            leaves_nothing_behind(death)
            assert death.trace().meta['exit'] == 'signal 9'


@case
def a_program_that_is_killed_before_it_has_a_trace_gets_one():
    class Early(Recording):
        def start(self, command, environment, settings):
            child = subprocess.Popen(command, env=environment, text=True,
                                     cwd=self.folder, stdout=subprocess.PIPE)
            for _ in range(3):
                self.done = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            self.done = int(([self.done] + child.stdout.read().split())[-1])
            child.wait()
            self.opened = subprocess.run([*REPORT, self.file],
                                         capture_output=True, text=True)

    with Early(program('early'), file='run.rptrace') as recorded:
        assert recorded.opened.returncode == 0, recorded.opened.stderr
        assert 'before there was a trace; made of the' in \
            recorded.opened.stderr, recorded.opened.stderr
        trace = recorded.trace()
        sizes = [values[1] for values in trace.named('ALLOC')]
        assert sizes.count(777) >= recorded.done, recorded.done
        assert trace.trailer['lost_events'] == 0
        leaves_nothing_behind(recorded)


@case
def a_trace_is_rescued_once():
    with Death('_exit', '100') as death:
        # Another test's rpscope may come first.
        assert re.search('added the|has been added', death.opened.stderr), (
            death.opened.stderr)
        again = subprocess.run([*REPORT, death.file],
                               capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        assert again.stderr == '', again.stderr
        assert again.stdout == death.opened.stdout


main()
