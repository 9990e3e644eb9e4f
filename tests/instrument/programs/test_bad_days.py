#!/usr/bin/env python3
"""Full disks, wrong options, violent deaths: the program goes on, or what it
did until then is whole."""
import ctypes
import errno
import glob
import os
import platform
import resource
import signal
import struct
import subprocess

from case import Skip, case, cases_for, main, small_disk
from recording import Model, Recording, Trace, program, whole

QUIET = 'placement'


def goes_on(recorded):
    """The program did as always, and one line was said."""
    assert recorded.status == 3
    assert recorded.output.startswith(QUIET)
    lines = recorded.complaints.splitlines()
    assert lines.pop(lines.index('a line on stderr')), recorded.complaints
    assert len(lines) == 1, recorded.complaints
    assert lines[0].startswith('rpscope: ')
    return lines[0]


@case
def a_full_device_is_told_and_the_program_goes_on():
    with Recording(program('quiet'), file='/dev/full', force=1) as recorded:
        line = goes_on(recorded)
        assert '/dev/full: No space left on device' in line, line


@case
def a_file_limit_leaves_a_whole_beginning():
    for limit in 0, 10, 4096, 50000:
        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        with Recording(program('quiet'), preexec_fn=small) as recorded:
            assert 'File too large' in goes_on(recorded)
            assert os.path.getsize(recorded.file) <= limit
            if limit >= 4096:
                trace = recorded.trace()
                assert not trace.cut
                assert not Model(trace).faults
                # Room for the end was kept, and it says why.
                assert trace.meta['stopped'] == 'File too large', trace.meta
                assert trace.trailer['exit_kind'] == 2, trace.trailer


@case
def a_missing_folder_is_told_and_the_program_goes_on():
    with Recording(program('quiet'), file='/nowhere/x.rptrace') as recorded:
        line = goes_on(recorded)
        assert '/nowhere/x.rptrace: No such file or directory' in line
        assert 'Nothing is recorded' in line


@case
def a_file_in_the_place_of_a_folder_is_told():
    with Recording(program('quiet'), file='/etc/passwd/x') as recorded:
        assert 'Not a directory' in goes_on(recorded)


@case
def a_trace_replaces_another_only_when_forced():
    with Recording(program('quiet'), root='self') as recorded:
        before = recorded.trace()
        recorded.run([program('quiet')], root='self')
        assert recorded.complaints == 'a line on stderr\n'
        assert recorded.trace().trace_id == before.trace_id
        assert len(os.listdir(recorded.folder)) == 2

        recorded.run([program('quiet')], root='self', force=1)
        assert recorded.trace().trace_id != before.trace_id
        whole(recorded.trace())
        assert len(os.listdir(recorded.folder)) == 2


@case
def a_process_that_is_not_the_root_adds_its_id_to_the_name():
    with Recording(program('quiet'), root=1) as recorded:
        assert os.listdir(recorded.folder) == ['run.processes']
        folder = os.path.join(recorded.folder, 'run.processes')
        name, = os.listdir(folder)
        trace = Trace(os.path.join(folder, name))
        assert name == f'quiet.{trace.process_id}.rptrace'


@case
def where_no_folder_can_be_made_it_adds_its_id_to_the_name():
    class Taken(Recording):
        def start(self, *arguments):
            with open(os.path.join(self.folder, 'run.processes'), 'w'):
                pass  # no folder
            super().start(*arguments)

    with Taken(program('quiet'), root=1) as recorded:
        name, = glob.glob(recorded.folder + '/*.rptrace')
        trace = Trace(name)
        assert os.path.basename(name) == f'run.{trace.process_id}.rptrace'


@case
def a_wrong_value_is_named_with_what_is_accepted():
    for option, value, accepted in (
            ('record', 'maybe', 'on, off or paused'),
            ('last', 'soon', 'a time from 1ms to a day'),
            ('stacks', '1025', 'a number of frames from 1 to 1024'),
            ('stacks', '-1', 'a number of frames from 1 to 1024'),
            ('buffer', '1K', '4K to 1G'),
            ('buffer', '2T', '4K to 1G'),
            ('follow', 'some', 'all, exec or none'),
            ('loss', 'some', 'never or drop'),
            ('limit', '10K', 'bytes from 512K up'),
            ('spill', '1M', 'none, or bytes from 16M up'),
            ('force', 'yes', '0 or 1'),
            ('root', '12x', 'a process id'),
            ('parent', 'xyz', '16 digits')):
        with Recording(program('quiet'), **{option: value}) as recorded:
            line = goes_on(recorded)
            assert f'RPSCOPE_{option.upper()} is "{value}"' in line, line
            assert accepted in line, line
            assert os.listdir(recorded.folder) == []


def kill(signal_number, thousands):
    """(trace, blocks that the program had told before it died)"""
    class Killed(Recording):
        def start(self, command, environment, settings):
            child = subprocess.Popen(command, env=environment, cwd=self.folder,
                                     stdout=subprocess.PIPE, text=True)
            for _ in range(thousands):
                child.stdout.readline()
            child.send_signal(signal_number)
            told = child.stdout.read().splitlines() or [thousands * 1000]
            self.told = int(told[-1])
            self.status = child.wait()
    # Without a spill it is never further ahead than its ring has room for: some
    # five thousand blocks.
    with Killed(program('endless'), spill='none', buffer='256K') as recorded:
        assert recorded.status == -signal_number
        return recorded.trace(), recorded.told


@case
def a_killed_program_leaves_what_it_did_until_shortly_before():
    for thousands in 40, 70:
        trace, told = kill(signal.SIGKILL, thousands)
        model = Model(trace)
        assert trace.trailer is None
        assert not model.faults, model.faults[:5]
        sizes = [v[1] for v in trace.named('ALLOC')]
        start = sizes.index(0)
        run = [s for s in sizes[start:] if s < 4096][:1000]
        assert run[:100] == list(range(100))
        assert len(sizes) > told * 0.2


@case
def events_are_dropped_only_on_request_and_are_counted():
    with Recording(program('crowd'), '4', '20000', buffer='4K', spill='none',
                   loss='drop') as recorded:
        assert recorded.status == 0, recorded.complaints
        trace = recorded.trace()
        lost = trace.trailer['lost_events']
        assert lost > 0
        assert sum(values[0] for values in trace.named('LOST')) == lost


@case
def rings_that_find_no_room_lie_elsewhere_and_that_is_said():
    with small_disk('3m') as folder:
        with Recording(program('crowd'), '8', '1000', rings=folder) as recorded:
            assert recorded.status == 0
            line, = recorded.complaints.splitlines()
            assert f'rpscope: {folder}/.rings.' in line, line
            assert 'No space left on device. The buffers of the' in line, line
            whole(recorded.trace())


@case
def where_there_is_little_room_rings_are_smaller_and_nothing_is_lost():
    with small_disk('9m') as folder:
        with Recording(program('crowd'), '60', '200', rings=folder) as recorded:
            assert recorded.complaints == '', recorded.complaints
            whole(recorded.trace())
            assert not os.listdir(folder)


def as_before_linux_5_14():
    """In the program: the system knows no MADV_POPULATE_WRITE."""
    load, equal, give = 0x20, 0x15, 0x06
    code = [(load, 0, 0, 0),  # the call's number
            (equal, 0, 3, 28),  # madvise
            (load, 0, 0, 32),  # its third argument
            (equal, 0, 1, 23),
            (give, 0, 0, 0x00050000 | errno.EINVAL),
            (give, 0, 0, 0x7fff0000)]
    text = b''.join(struct.pack('<HBBI', *line) for line in code)
    program_text = ctypes.create_string_buffer(text, len(text))
    head = struct.pack('<HxxxxxxQ', len(code), ctypes.addressof(program_text))
    libc = ctypes.CDLL(None, use_errno=True)
    for question in (38, 1, 0), (22, 2, head):
        if libc.prctl(*question, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), 'prctl')


@cases_for(['3m', '9m'])
def a_full_memory_ends_no_program_where_it_cannot_be_asked_for(size):
    if platform.machine() != 'x86_64':
        raise Skip('the filter is made for x86-64')
    with small_disk(size) as folder:
        with Recording(program('crowd'), '400', '400', rings=folder,
                       preexec_fn=as_before_linux_5_14) as recorded:
            assert (recorded.status, recorded.output) == (0, 'done\n'), (
                recorded.status, recorded.complaints)
            trace = recorded.trace()
            assert trace.trailer is not None
            lost = trace.trailer['lost_events']
            assert (lost == 0) == ('are lost' not in recorded.complaints), lost


@case
def threads_for_which_there_is_no_ring_are_told():
    with small_disk('8200k') as folder:
        with Recording(program('crowd'), '2000', '20',
                       rings=folder) as recorded:
            assert recorded.status == 0
            lost = recorded.trace().trailer['lost_events']
            assert lost > 0
            line, = recorded.complaints.splitlines()
            assert f'{lost} events are lost' in line, line


@case
def a_folder_for_rings_that_is_not_there_is_told():
    with Recording(program('quiet'), rings='/nowhere') as recorded:
        line = goes_on(recorded)
        assert '/nowhere/.rings.' in line, line
        assert 'No such file or directory' in line, line
        whole(recorded.trace())


main()
