#!/usr/bin/env python3
"""Nothing is believed because of its name: files and folders that others made."""
import fcntl
import glob
import os
import re
import shutil
import stat
import struct
import subprocess
import tempfile

from case import TOP, Skip, await_that, case, cases_for, main
from recording import LIBRARY, Trace, program
from trust import (WELL_KNOWN, Left, environment, offset_of, report, rpscope,
                   wait_for, write_at)


# ---- rings ----

@case
def a_trace_is_completed_and_says_what_it_does_before():
    with Left() as left:
        told = report(left.file).stderr.splitlines()
        assert 'adding what is still in' in told[0], told
        assert '--no-rescue' in told[0], told
        assert ' added the ' in told[1], told
        assert not os.path.exists(left.rings)


@cases_for(['exact', 'coarse'])
def what_a_process_did_hours_after_its_start_is_not_refused(clock):
    hours = 6 * 3600 * 10**9
    with Left(clock=clock) as left:
        # As if it had begun that long before; a clock has 2 ticks a ns here.
        for field, more in ('base_ticks', 2 * hours), \
                ('header.start_unix_ns', hours):
            at = offset_of(field)
            with open(left.rings, 'rb') as file:
                file.seek(at)
                began, = struct.unpack('<Q', file.read(8))
            write_at(left.rings, at, struct.pack('<Q', (began - more) % 2**64))
        told = report(left.file).stderr
        assert ' added the ' in told, told
        assert 'numbers_refused' not in Trace(left.file).meta


@case
def no_rescue_leaves_trace_and_rings_alone():
    with Left() as left:
        size = os.path.getsize(left.file)
        for command in ('report', '--no-names'), ('dump',), ('view',):
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
        told = report(left.file, RPSCOPE_RINGS=folder).stderr
        assert 'added' not in told and os.path.exists(name), told
        os.chmod(folder, 0o700)
        told = report(left.file, RPSCOPE_RINGS=folder).stderr
        assert 'added' in told and not os.path.exists(name), told


@case
def rings_that_others_may_read_or_have_a_second_name_for_are_not_used():
    with Left() as left:
        os.chmod(left.rings, 0o644)
        assert 'added' not in report(left.file).stderr
        os.chmod(left.rings, 0o600)
        other = left.file + '.other'
        shutil.copy(left.rings, other)
        os.remove(left.rings)
        os.chmod(other, 0o600)
        os.symlink(other, left.rings)
        assert 'added' not in report(left.file).stderr
        assert os.path.exists(other) and os.path.islink(left.rings)
        os.remove(left.rings)
        shutil.copy(other, left.rings)
        os.chmod(left.rings, 0o600)
        second = os.path.join(WELL_KNOWN, f'second.{os.getpid()}')
        os.link(left.rings, second)
        try:
            assert 'added' not in report(left.file).stderr
        finally:
            os.remove(second)
        assert 'added' in report(left.file).stderr


@case
def no_file_is_removed_because_the_rings_name_it():
    with Left() as left, tempfile.TemporaryDirectory() as folder:
        victim = os.path.join(folder, 'victim')
        with open(victim, 'w') as file:
            file.write('dear to somebody')
        write_at(left.rings, offset_of('spill.path'), victim.encode() + b'\0')
        report(left.file)
        with open(victim) as file:
            assert file.read() == 'dear to somebody'


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
        told = report(file).stderr
        assert 'added' not in told and 'RPSCOPE_RINGS' in told, told
        assert os.path.exists(ring)
        os.chmod(folder, 0o700)
        assert 'added' in report(file, RPSCOPE_RINGS=folder).stderr


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
            told = report(left.file, XDG_RUNTIME_DIR=runtime,
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
        told = report(one.file).stderr
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
            done = report(folder + '/none.rptrace')
            assert done.returncode == 3, done
    finally:
        os.remove(fifo)


def killed_before_its_trace():
    """What process 1 of some other namespace has left: an id that lives here,
    rings that nobody holds, and no trace."""
    left = Left()
    name = re.sub(r'\.rings\.\d+', '.rings.1', left.rings)
    os.rename(left.rings, name)
    write_at(name, offset_of('process'), struct.pack('<I', 1))
    write_at(name, offset_of('trace'), bytes(1))
    write_at(name, offset_of('shift'), bytes(4))
    os.remove(left.file)
    return left, name


@case
def rings_whose_process_has_an_id_that_lives_are_told_by_who_holds_them():
    left, name = killed_before_its_trace()
    try:
        with left, open(name) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            rpscope('record', '-o', left.folder + '/b.rptrace', '--', 'true')
            assert os.path.exists(name)
            fcntl.flock(file, fcntl.LOCK_UN)
            rpscope('record', '-o', left.folder + '/c.rptrace', '--', 'true')
            # Unless the rpscope of another test is about to do it.
            await_that(lambda: not os.path.exists(name), 'they are removed')
            await_that(lambda: os.listdir(left.folder) == ['run.rptrace'],
                       'and are a trace')
    finally:
        if os.path.exists(name):
            os.remove(name)


@case
def rings_that_are_damaged_are_tried_once():
    left, name = killed_before_its_trace()
    try:
        with left:
            write_at(name, offset_of('layout'), bytes(8))
            told = report(left.folder + '/none.rptrace').stderr
            assert 'damaged, and was removed' in told, told
            assert not os.path.exists(name)
            assert not glob.glob(left.folder + '/*.rptrace')
    finally:
        if os.path.exists(name):
            os.remove(name)


@case
def what_another_process_of_a_recording_left_beside_the_trace_is_added():
    with tempfile.TemporaryDirectory() as place:
        folder = place + '/run.processes'
        os.mkdir(folder, 0o700)
        child = subprocess.Popen(
            [program('endless')], stdout=subprocess.DEVNULL,
            env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                            RPSCOPE_FILE=folder + '/endless.7.rptrace',
                            RPSCOPE_RINGS=place))
        wait_for(folder + '/endless.7.rptrace')
        child.kill()
        child.wait()
        ring, = glob.glob(place + '/.rings.*')
        told = report(folder + '/endless.7.rptrace').stderr
        assert 'added' in told and not os.path.exists(ring), told


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


main()
