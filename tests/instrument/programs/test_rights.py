#!/usr/bin/env python3
"""A drainer inside the program gives up what the program gives up; and a
process that has given up its rights is recorded by one that has not."""
import contextlib
import glob
import os
import stat
import subprocess
import tempfile

from case import HANG, Skip, await_that, built, case, cases_for, main
from recording import Recording, Trace, program, under_record, whole


@cases_for(['user', 'power'])
def no_thread_keeps_what_the_program_has_given_up(what):
    if os.geteuid() != 0:
        raise Skip('only root has something to give up')
    with Recording(program('rights'), what) as recorded:
        assert recorded.status == 0, recorded.status
        assert 'CapEff:\t0000000000000000\n' in recorded.output
        assert recorded.output.endswith('dumpable 1\nall alike\n'), (
            recorded.output)
        if what == 'user':
            assert 'Uid:' + '\t65534' * 4 in recorded.output
        whole(recorded.trace())


class UnderRecord(Recording):
    def start(self, command, environment, settings):
        super().start(under_record(self.file, environment, command),
                      environment, settings)


def sizes(trace):
    return {values[1] for events in trace.rings.values()
            for name, _, values in events if name == 'ALLOC'}


@cases_for(['user', 'jail'])
def workers_of_another_user_are_recorded_by_root(what):
    if os.geteuid() != 0:
        raise Skip('only root can become another user')
    with tempfile.TemporaryDirectory() as jail:
        arguments = (what, jail) if what == 'jail' else (what,)
        with UnderRecord(program('worker'), *arguments) as recorded:
            assert recorded.status == 0, (recorded.status, recorded.complaints)
            assert recorded.output == f'7 {what}\n', recorded.output
            assert 'ermission denied' not in recorded.complaints, (
                recorded.complaints)
            files = sorted(glob.glob(recorded.folder + '/run.*/*.rptrace'))
            assert len(files) == 2, files
            assert all('/run.processes/worker.' in path for path in files)
            traces = [Trace(path) for path in (recorded.file, *files)]
            for path, trace in zip((recorded.file, *files), traces):
                whole(trace)
                status = os.stat(path)
                assert status.st_uid == 0, status
                assert stat.S_IMODE(status.st_mode) == 0o600, status
            for size in 1000, 1001, 1002:
                assert any(size in sizes(trace) for trace in traces), size


def first_worker():
    """The process that the first worker's parent has forked."""
    def found():
        command = ['pgrep', '-x', 'worker', '-u', '65534']
        workers = subprocess.run(command, capture_output=True,
                                 text=True).stdout.split()
        for process in workers:
            with contextlib.suppress(OSError), \
                    open(f'/proc/{process}/stat') as file:
                parent = file.read().rpartition(')')[2].split()[1]
                if parent in workers:
                    return process
        return None
    return await_that(found, 'there is a worker')


@case
def root_can_talk_to_the_recording_of_a_worker():
    if os.geteuid() != 0:
        raise Skip('only root can become another user')
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        recorder = subprocess.Popen(
            [built('rpscope'), 'record', '-o', folder + '/a.rptrace', '--',
             program('worker'), 'waits', folder + '/go'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        worker = first_worker()
        try:
            status = await_that(lambda: 'is recorded' in ctl(worker, 'status'),
                                'it is recorded') and ctl(worker, 'status')
            assert f'/a.processes/worker.{worker}.rptrace' in status, status
            assert 'snapshot 1 is in' in ctl(worker, 'snapshot')
        finally:
            open(folder + '/go', 'w').close()
            told = recorder.communicate(timeout=HANG)[0]
        assert '7 waits' in told, told
        trace = Trace(f'{folder}/a.processes/worker.{worker}.rptrace')
        whole(trace)
        assert trace.named('SNAPSHOT')


def ctl(process, word):
    return subprocess.run([built('rpscope'), 'ctl', process, word],
                          capture_output=True, text=True).stdout


main()
