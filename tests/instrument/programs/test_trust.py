#!/usr/bin/env python3
"""Nothing is believed because of its name: files and folders that others made."""
import atexit
import glob
import os
import shutil
import stat
import struct
import subprocess
import tempfile
import time

from case import HANG, TOP, Skip, await_that, built, case, main
from recording import LIBRARY, Recording, Trace, program

RPSCOPE = built('rpscope')
# A place of our own: other tests tidy up where rings usually lie.
RUNTIME = tempfile.mkdtemp(prefix='rpscope-test-', dir='/dev/shm')
WELL_KNOWN = os.path.join(RUNTIME, 'rpscope')
os.mkdir(WELL_KNOWN, 0o700)
atexit.register(shutil.rmtree, RUNTIME)
HEAD = 64  # of a ring: where its head stands


def environment(**more):
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith('RPSCOPE_')}
    return {**kept, 'XDG_RUNTIME_DIR': RUNTIME, **more}


def rpscope(*arguments, timeout=HANG, **more):
    return subprocess.run([RPSCOPE, *arguments], env=environment(**more),
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout)


def rings_of(process, folder=WELL_KNOWN):
    return glob.glob(f'{folder}/.rings.{process}.*')


def wait_for(trace):
    await_that(lambda: os.path.exists(trace) and
               os.path.getsize(trace) > 4096, 'there is a trace')


class Left(Recording):
    """A program that was killed; its rings are kept, nobody opened the trace."""

    def start(self, command, environment_, settings):
        child = subprocess.Popen(
            [program('endless')], cwd=self.folder, stdout=subprocess.DEVNULL,
            env={**environment_, 'XDG_RUNTIME_DIR': RUNTIME})
        wait_for(self.file)
        child.kill()
        child.wait(HANG)
        self.process = child.pid
        self.rings, = rings_of(child.pid)

    def __exit__(self, *rest):
        for path in rings_of(self.process):
            os.remove(path)
        super().__exit__(*rest)


# ---- rings ----

@case
def a_trace_is_completed_and_says_what_it_does_before():
    with Left() as left:
        told = rpscope('report', left.file).stderr.splitlines()
        assert 'adding what is still in' in told[0], told
        assert '--no-rescue' in told[0], told
        assert ' added the ' in told[1], told
        assert not os.path.exists(left.rings)


@case
def no_rescue_leaves_trace_and_rings_alone():
    with Left() as left:
        size = os.path.getsize(left.file)
        for command in ('report',), ('dump',), ('view',):
            done = rpscope(*command, '--no-rescue', left.file)
            assert done.returncode == 4, (command, done)
            assert 'added' not in done.stderr, done.stderr
        assert os.path.getsize(left.file) == size
        assert os.path.exists(left.rings)


@case
def rings_in_a_folder_that_others_may_write_to_are_not_touched():
    with Left() as left, tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, os.path.basename(left.rings))
        shutil.move(left.rings, name)
        os.chmod(folder, 0o777)
        told = rpscope('report', left.file, RPSCOPE_RINGS=folder).stderr
        assert 'added' not in told and os.path.exists(name), told
        os.chmod(folder, 0o700)
        told = rpscope('report', left.file, RPSCOPE_RINGS=folder).stderr
        assert 'added' in told and not os.path.exists(name), told


@case
def rings_that_others_may_read_or_have_a_second_name_for_are_not_used():
    with Left() as left:
        os.chmod(left.rings, 0o644)
        assert 'added' not in rpscope('report', left.file).stderr
        os.chmod(left.rings, 0o600)
        other = left.file + '.other'
        shutil.copy(left.rings, other)
        os.remove(left.rings)
        os.chmod(other, 0o600)
        os.symlink(other, left.rings)
        assert 'added' not in rpscope('report', left.file).stderr
        assert os.path.exists(other) and os.path.islink(left.rings)
        os.remove(left.rings)
        shutil.copy(other, left.rings)
        os.chmod(left.rings, 0o600)
        second = os.path.join(WELL_KNOWN, f'second.{os.getpid()}')
        os.link(left.rings, second)
        try:
            assert 'added' not in rpscope('report', left.file).stderr
        finally:
            os.remove(second)
        assert 'added' in rpscope('report', left.file).stderr


@case
def no_file_is_removed_because_the_rings_name_it():
    with Left() as left, tempfile.TemporaryDirectory() as folder:
        victim = os.path.join(folder, 'victim')
        with open(victim, 'w') as file:
            file.write('dear to somebody')
        write_at(left.rings, offset_of('spill.path'), victim.encode() + b'\0')
        rpscope('report', left.file)
        with open(victim) as file:
            assert file.read() == 'dear to somebody'


def offset_of(field, struct_='rp_shared', header='shared'):
    """Where a field stands in what is shared: the file of the rings."""
    with tempfile.TemporaryDirectory() as place:
        with open(place + '/main.c', 'w') as file:
            file.write('#include <stddef.h>\n#include <stdio.h>\n'
                       f'#include "instrument/shm/{header}.h"\n'
                       'int main(void) { printf("%zu", '
                       f'offsetof(struct {struct_}, {field})); }}\n')
        subprocess.run(['cc', '-D_GNU_SOURCE', '-DRP_INSTRUMENT=1',
                        '-DRP_CHECK=1', f'-I{TOP}', place + '/main.c', '-o',
                        place + '/main'], check=True)
        return int(subprocess.check_output([place + '/main']))


def write_at(rings, offset, data):
    with open(rings, 'r+b') as file:
        file.seek(offset)
        file.write(data)


@case
def rings_are_not_believed_because_a_trace_names_their_folder():
    with tempfile.TemporaryDirectory() as place:
        folder, file = place + '/rings', place + '/a.rptrace'
        os.mkdir(folder, 0o700)
        child = subprocess.Popen(
            [program('endless')], stdout=subprocess.DEVNULL,
            env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                            RPSCOPE_FILE=file, RPSCOPE_RINGS=folder))
        wait_for(file)
        child.kill()
        child.wait()
        os.chmod(folder, 0o777)
        ring, = glob.glob(folder + '/.rings.*')
        told = rpscope('report', file).stderr
        assert 'added' not in told and 'RPSCOPE_RINGS' in told, told
        assert os.path.exists(ring)
        os.chmod(folder, 0o700)
        assert 'added' in rpscope('report', file, RPSCOPE_RINGS=folder).stderr


@case
def a_folder_that_may_not_be_used_does_not_end_the_search():
    with Left() as left, tempfile.TemporaryDirectory() as runtime:
        # The first that is looked at; the rings are in another one.
        os.mkdir(runtime + '/rpscope')
        other = runtime + '/rpscope/' + os.path.basename(left.rings)
        for how in ('others may write', 'another file', 'no folder'):
            if how == 'others may write':
                os.chmod(runtime + '/rpscope', 0o777)
            elif how == 'another file':
                os.chmod(runtime + '/rpscope', 0o700)
                os.mkdir(other)
            else:
                os.rmdir(other)
                os.rmdir(runtime + '/rpscope')
                open(runtime + '/rpscope', 'w').close()
            shutil.copy(left.file, left.file + '.kept')
            shutil.copy(left.rings, left.rings + '.kept')
            os.chmod(left.rings + '.kept', 0o600)
            told = rpscope('report', left.file, XDG_RUNTIME_DIR=runtime,
                           RPSCOPE_RINGS=WELL_KNOWN).stderr
            os.rename(left.file + '.kept', left.file)
            os.rename(left.rings + '.kept', left.rings)
            assert ' added the ' in told, (how, told)


@case
def a_trace_that_names_foreign_rings_does_not_get_them():
    with Left() as one, Left() as two:
        # The rings of the second under the name of the first.
        os.remove(one.rings)
        shutil.copy(two.rings, one.rings)
        os.chmod(one.rings, 0o600)
        told = rpscope('report', one.file).stderr
        assert 'added' not in told, told
        assert os.path.exists(two.rings) and os.path.exists(one.rings)


# ---- the sweep ----

@case
def a_fifo_that_is_called_like_rings_stops_nobody():
    fifo = f'{WELL_KNOWN}/.rings.999999.0123456789abcdef'
    os.mkfifo(fifo, 0o600)
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = rpscope('record', '-o', folder + '/a.rptrace', '--', 'true',
                           )
            assert done.returncode == 0, done
            done = rpscope('report', folder + '/none.rptrace')
            assert done.returncode == 3, done
    finally:
        os.remove(fifo)


@case
def a_folder_of_another_user_is_not_looked_into():
    if os.getuid() != 0 or not shutil.which('setpriv'):
        raise Skip('needs root and setpriv')
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        subprocess.run(['setpriv', '--reuid=65534', '--clear-groups', 'mkdir',
                        place + '/rpscope'], check=True)
        name = place + '/rpscope/.rings.999999.0123456789abcdef'
        with open(name, 'w') as file:
            file.write('x')
        os.utime(name, (0, 0))
        done = rpscope('record', '-o', place + '/a.rptrace', '--', 'true',
                       XDG_RUNTIME_DIR=place)
        assert done.returncode == 0, done
        assert os.path.exists(name)


@case
def a_folder_in_shared_memory_that_another_user_made_first_is_not_used():
    user, folder = 65533, '/dev/shm/rpscope-65533'
    if os.getuid() != 0 or not shutil.which('setpriv'):
        raise Skip('needs root and setpriv')
    if os.path.exists(folder):
        raise Skip(f'{folder} is in use')
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        for path in LIBRARY['instrumented'], program('quiet'):
            shutil.copy(path, place)
        library = os.path.basename(LIBRARY['instrumented'])
        without = environment(LD_PRELOAD=f'{place}/{library}',
                              RPSCOPE_FILE=place + '/a.rptrace')
        del without['XDG_RUNTIME_DIR']
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        try:
            for owner in 0, user:  # its own, but others may write there
                os.chown(folder, owner, owner)
                done = subprocess.run(
                    [place + '/quiet'], cwd=place, env=without, user=user,
                    group=user, extra_groups=[], capture_output=True, text=True)
                assert os.path.exists(place + '/a.rptrace'), done
                rings = Trace(place + '/a.rptrace').meta['rings']
                assert not rings.startswith('/dev/shm'), (owner, rings)
                assert os.listdir(folder) == []
                os.remove(place + '/a.rptrace')
        finally:
            shutil.rmtree(folder)


# ---- rights ----

def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


@case
def files_are_for_the_user_alone_whatever_the_umask_is():
    for umask in 0, 0o777:
        place = tempfile.mkdtemp(prefix='rpscope-test-')
        try:
            rings = os.path.join(place, 'rings')
            os.mkdir(rings, 0o700)
            file = os.path.join(place, 'a.rptrace')
            child = subprocess.Popen(
                [program('endless')], stdout=subprocess.DEVNULL,
                env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                                RPSCOPE_FILE=file, RPSCOPE_RINGS=rings),
                preexec_fn=lambda: os.umask(umask))
            try:
                wait_for(file)  # by then it has its rights
                assert mode_of(file) == 0o600, oct(mode_of(file))
                ring, = glob.glob(rings + '/.rings.*')
                assert mode_of(ring) == 0o600, oct(mode_of(ring))
            finally:
                child.kill()
                child.wait()
        finally:
            shutil.rmtree(place)


@case
def force_follows_no_symbolic_link():
    for how in 'record', 'variable':
        with tempfile.TemporaryDirectory() as place:
            victim, file = place + '/victim', place + '/a.rptrace'
            with open(victim, 'w') as opened:
                opened.write('dear to somebody')
            os.symlink(victim, file)
            if how == 'record':
                done = rpscope('record', '--force', '-o', file, '--', 'ls')
            else:
                done = subprocess.run(
                    [program('quiet')], capture_output=True,
                    env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                                    RPSCOPE_FILE=file, RPSCOPE_FORCE='1'))
            assert done.returncode in (0, 3), done
            with open(victim) as opened:
                assert opened.read() == 'dear to somebody', how
            assert not os.path.islink(file) and os.path.getsize(file) > 0, how


PRIVILEGED = '''
#include <stdlib.h>
#include <string.h>
#include "core/rpmalloc.h"
int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1)
        rpmalloc_record_start();
    for (int i = 0; i < 1000; i++) {
        char *p = malloc(100);
        memset(p, 1, 100);
        free(p);
    }
    return 0;
}
'''


def run_privileged(place, *arguments):
    """A set-user-id program, started by nobody; returns its traces."""
    library = place + '/librpscope-malloc.so.1'
    shutil.copy(LIBRARY['instrumented'], library)
    with open(place + '/main.c', 'w') as file:
        file.write(PRIVILEGED)
    subprocess.run(['cc', '-O0', f'-I{TOP}', place + '/main.c', library,
                    f'-Wl,-rpath,{place}', '-o', place + '/main'], check=True)
    os.chmod(place, 0o777)
    os.chmod(place + '/main', 0o4755)
    os.chmod(library, 0o755)
    done = subprocess.run(
        ['setpriv', '--reuid=65534', '--clear-groups', place + '/main',
         *arguments], cwd=place, capture_output=True, text=True,
        env=environment(RPSCOPE_FILE=place + '/asked.rptrace'))
    assert done.returncode == 0, done
    return glob.glob(place + '/*.rptrace')


@case
def a_program_with_more_rights_than_its_caller_records_only_what_it_asks_for():
    if os.getuid() != 0 or not shutil.which('setpriv'):
        raise Skip('needs root and setpriv')
    with tempfile.TemporaryDirectory() as place:
        assert run_privileged(place) == []
    with tempfile.TemporaryDirectory() as place:
        trace, = run_privileged(place, 'asks')
        assert os.path.basename(trace) != 'asked.rptrace'
        assert os.stat(trace).st_uid == 0 and mode_of(trace) == 0o600
        sizes = [values[1] for values in Trace(trace).named('ALLOC')]
        assert sizes.count(100) == 1000, len(sizes)


# ---- a wild word ----

WAITS = '''
import os, sys, time
x = [bytearray(5000) for i in range(500)]
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.01)
y = [bytearray(7777) for i in range(500)]
'''


def spoil_registration(field, value):
    """Records a program that waits while a word of the file where it has
    registered becomes another; it must make no difference."""
    at = offset_of(field, 'rp_registration', 'registration')
    with tempfile.TemporaryDirectory() as place:
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', place + '/a.rptrace', '--follow', 'none',
             '--', 'python3', '-c', WAITS], cwd=place, text=True,
            env=environment(PYTHONMALLOC='malloc'), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        await_that(lambda: os.path.exists(place + '/ready'), 'it is ready')
        write_at(f'{WELL_KNOWN}/.desk.{recorder.pid}', at,
                 struct.pack('<I', value))
        time.sleep(0.5)  # what the drainer would do by then, it has done
        open(place + '/go', 'w').close()
        told = recorder.communicate(timeout=HANG)[0]
        assert recorder.returncode == 0, told
        assert len(glob.glob(place + '/*.rptrace')) == 1, told
        trace = Trace(place + '/a.rptrace')
        assert trace.trailer['lost_events'] == 0
        assert trace.trailer['exit_kind'] == 1, trace.trailer
        sizes = [values[1] for values in trace.named('ALLOC', 'REALLOC')]
        assert sum(7777 <= size < 7800 for size in sizes) >= 500, (
            told, [s for s in sizes if s > 7700][:20])


@case
def a_spoilt_registration_ends_no_recording():
    spoil_registration('root_ended', 1)


@case
def a_spoilt_registration_begins_no_second_trace_of_the_same_rings():
    spoil_registration('slots[0].state', 2)  # announced, once more


@case
def a_spoilt_registration_sends_no_drainer_home():
    spoil_registration('opener', 0)


def ring_offsets(data):
    """Where rings may be: pages whose number, capacity and room make sense."""
    for at in range(4096, len(data) - 256, 4096):
        number, _, _, capacity, room = struct.unpack_from('<IIQII', data, at)
        if (0 < number < 1000 and capacity and not capacity & (capacity - 1)
                and room >= capacity and not room & (room - 1) and
                room <= 1 << 26):
            yield at


def allocated(path):
    return os.stat(path).st_blocks


def make_head_wild(path):
    with open(path, 'r+b') as file:
        data = file.read(4 << 20)
        found = list(ring_offsets(data))
        for at in found:
            file.seek(at + HEAD)
            file.write(struct.pack('<Q', 1 << 60))
    return len(found)


@case
def a_wild_head_cuts_off_its_ring_and_the_others_go_on():
    with tempfile.TemporaryDirectory() as place:
        # A program that sleeps: what it publishes later would set it right.
        held = ('import time\nx = [bytearray(900) for i in range(5000)]\n'
                f'open("{place}/ready", "w").close()\n'
                'time.sleep(4)\n')
        busy = f'{program("quiet")}'
        rings = place + '/rings'
        os.mkdir(rings, 0o700)
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', place + '/a.rptrace', '--', 'sh', '-c',
             f'python3 -c \'{held}\' & sleep 3; {busy}; wait'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=environment(RPSCOPE_RINGS=rings))
        await_that(lambda: os.path.exists(place + '/ready'), 'it is ready')
        time.sleep(0.5)
        largest = max(glob.glob(rings + '/.rings.*'), key=allocated)
        assert make_head_wild(largest) > 0
        try:
            told = recorder.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            recorder.kill()
            raise
        traces = glob.glob(place + '/**/*.rptrace', recursive=True)
        assert sum(map(os.path.getsize, traces)) < 64 << 20, traces
        assert 'spoilt the buffers of' in told, told
        codes = [rpscope('report', trace).returncode for trace in traces]
        assert codes.count(4) == 1 and codes.count(0) >= 1, (codes, told)


class Unread(Left):
    """The same, killed when there is something in its rings."""

    def start(self, *arguments):
        unread = []
        for _ in range(100):
            super().start(*arguments)
            spoil_unread(self.rings, lambda file, at, ring: unread.append(
                ring['head'] - ring['tail'] > 10))
            if all(unread):
                return
            os.remove(self.rings)
            os.remove(self.file)
            unread.clear()
        raise AssertionError('its drainer is always up with it')


def spoil_unread(rings, spoil):
    """Lets spoil(file, offset, ring) change each ring of what was killed."""
    with open(rings, 'r+b') as file:
        data = file.read(4 << 20)
        for at in ring_offsets(data):
            capacity, = struct.unpack_from('<I', data, at + 16)
            head, = struct.unpack_from('<Q', data, at + HEAD)
            mark, = struct.unpack_from('<I', data, at + 204)
            tail, = struct.unpack_from('<Q', data, at + 208 + 16 * (mark & 1))
            spoil(file, at, {'capacity': capacity, 'head': head, 'tail': tail})


def last_time(trace):
    return max(time for ring, events in trace.rings.items() if ring != 0
               for _, time, _ in events)


@case
def a_wild_time_moves_no_other_event():
    with Unread() as left:
        def spoil(file, at, ring):
            file.seek(at + 256 + 16 * (ring['tail'] % ring['capacity']))
            file.write(struct.pack('<Q', 1 << 62))
        spoil_unread(left.rings, spoil)
        before = last_time(left.so_far())
        told = rpscope('report', left.file)
        assert 'added' in told.stderr and told.returncode == 0, told
        trace = left.trace()
        assert trace.meta['numbers_refused'] == '1', trace.meta
        assert trace.trailer['lost_events'] == 0
        assert last_time(trace) < before + (1 << 40), last_time(trace)


@case
def wild_counts_are_not_told():
    with Left() as left:
        def spoil(file, at, ring):
            file.seek(at + HEAD + 8)
            file.write(struct.pack('<Q', 1 << 62))  # lost
            file.seek(at + 240)
            file.write(struct.pack('<Q', 1 << 61))  # told of them
        spoil_unread(left.rings, spoil)
        rpscope('report', left.file)
        trailer = left.trace().trailer
        assert trailer['lost_events'] < 1 << 20, trailer


# ---- ctl ----

class Asked:
    """A program that is being recorded, for rpscope ctl."""

    def __init__(self, name='a.rptrace'):
        self.folder = tempfile.mkdtemp(prefix='rpscope-test-')
        self.file = os.path.join(self.folder, name)

    def __enter__(self):
        self.child = subprocess.Popen(
            [program('endless')], stdout=subprocess.DEVNULL,
            env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                            RPSCOPE_FILE=self.file))
        wait_for(self.file)
        self.rings, = rings_of(self.child.pid)
        return self

    def ctl(self, *words):
        return rpscope('ctl', str(self.child.pid), *words)

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        for path in rings_of(self.child.pid):
            os.remove(path)
        shutil.rmtree(self.folder)


@case
def ctl_shows_no_control_characters():
    with Asked('a\x1b[31mb.rptrace') as asked:
        done = asked.ctl('status')
        assert done.returncode == 0 and '\x1b' not in done.stdout, done
        assert '[31mb.rptrace' in done.stdout, done


@case
def ctl_opens_nothing_that_makes_it_wait():
    with Asked() as asked:
        fifo = asked.folder + '/fifo'
        os.mkfifo(fifo)
        write_at(asked.rings, offset_of('trace'), fifo.encode() + b'\0')
        assert asked.ctl('status').returncode == 2


@case
def ctl_writes_into_no_rings_that_others_made():
    with Asked() as asked:
        os.chmod(asked.rings, 0o666)
        assert asked.ctl('status').returncode == 2
        os.chmod(asked.rings, 0o600)
        assert asked.ctl('status').returncode == 0


main()
