#!/usr/bin/env python3
"""The program never sees a descriptor of the recorder's, and the recorder needs
none of the program's."""
import os
import re

from case import cases_for, main, needs_strace
from recording import Recording, program, under_record, whole

OURS = re.compile(r'\.rings\.|\.desk\.|\.spill\.|\.rptrace|rpscope|/proc/self/')
CALL = re.compile(r'^(\d+) +(?:<\.\.\. )?(\w+)')


class ByHome(Recording):
    """The drainer is a thread of the program, or rpscope's own process."""
    before = ()

    def __init__(self, home, *command):
        self.home = home
        super().__init__(*command)

    def start(self, command, environment, settings):
        if self.home == 'process':
            command = under_record(self.file, environment, command, '-q',
                                   '--buffer', '16K')
        else:
            environment['RPSCOPE_BUFFER'] = '16K'
        super().start([*self.before, *command], environment, settings)


@cases_for(['thread', 'process'])
def a_program_without_a_free_descriptor_is_recorded(home):
    with ByHome(home, program('full_table'), '4', '20') as recorded:
        assert recorded.status == 0, recorded.complaints
        assert recorded.output == 'changed 0\n', recorded.output
        assert recorded.complaints == '', recorded.complaints
        trace = recorded.trace()
        whole(trace)
        assert len(trace.named('ALLOC')) >= 80000


class Watched(ByHome):
    """What its threads open is told by the system, and spills are made."""

    def start(self, command, environment, settings):
        self.calls = os.path.join(self.folder, 'calls')
        self.before = ('strace', '-f', '-qq', '-o', self.calls,
                       '-e', 'trace=openat,open,memfd_create,socket,clone,'
                       'clone3,fork,vfork')
        if self.home == 'thread':
            preload = environment.pop('LD_PRELOAD')
            command = ['env', 'LD_PRELOAD=' + preload, *command]
        super().start(command, environment, settings)

    def sharing(self, calls):
        """Threads that have the descriptors of the program, which is the one
        process with threads of the C library's."""
        threads = re.compile(r'^(\d+) +(?:clone3?\(|<\.\.\. clone3? resumed)'
                             r'.*= (\d+)$')
        flags, shares = {}, set()
        for line in calls:
            start = re.match(r'^(\d+) +clone3?\((.*)', line)
            if start:
                flags[start.group(1)] = start.group(2)
            made = threads.match(line)
            if made and 'CLONE_FILES' in flags.get(made.group(1), ''):
                shares |= set(made.groups())
        return shares

    def seen(self):
        with open(self.calls) as file:
            calls = file.read().splitlines()
        shares = self.sharing(calls)
        assert len(shares) == 5, shares  # main and its four
        return [line for line in calls
                if CALL.match(line) and CALL.match(line).group(1) in shares
                and ('memfd_create' in line or 'socket(' in line
                     or (OURS.search(line) and 'open' in line))
                and '/librpscope' not in line]


@cases_for(['thread', 'process'])
def no_thread_of_the_program_opens_a_file_of_the_recorder(home):
    needs_strace()
    for _ in range(10):
        with Watched(home, program('full_table'), '4', '30') as recorded:
            assert recorded.status == 0, recorded.complaints
            trace = recorded.trace()
            whole(trace)
            assert not recorded.seen(), recorded.seen()[:10]
            if int(trace.meta.get('spilled_bytes', 0)) > 0:
                return
    raise AssertionError('no thread ever spilled')


main()
