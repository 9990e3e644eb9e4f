"""Settings that record: ours in its modes, heaptrack, and LTTng's wrapper."""
import contextlib
import os
import shutil
import subprocess
import time

import settings

LTTNG = 'liblttng-ust-libc-wrapper.so'
OURS = ('release', 'off', 'coarse', 'no stacks', 'full stacks')


def ours(build):
    """Release, and the instrumented library in its modes; what is missing."""
    release = os.path.abspath(f'{build}/release/librpscope-malloc.so')
    traced = os.path.abspath(f'{build}/instrumented/librpscope-malloc.so')
    program = os.path.abspath(f'{build}/rpscope')
    for path in (release, traced, program):
        if not os.path.exists(path):
            return [], [f'our recorder is left out: {path} is not built']

    def record(name, stacks, clock='exact'):
        return settings.Setting(
            name, ours=True, allocator=False, traces='trace.rptrace*',
            wrapper=(program, 'record', '--quiet', '--stacks', stacks, '--clock',
                     clock, '-o', '{SCRATCH}/trace.rptrace', '--'))

    return [settings.Setting('release', release, ours=True),
            settings.Setting('off', traced, ours=True,
                             environment={'RPSCOPE_RECORD': 'off'}),
            record('coarse', 'none', 'coarse'), record('no stacks', 'none'),
            record('full stacks', 'full')], []


def heaptrack():
    if not shutil.which('heaptrack'):
        return [], ['heaptrack is left out: it is not installed (Debian '
                    'package heaptrack)']
    return [settings.Setting(
        'heaptrack', allocator=False, traces='heap.zst',
        wrapper=('heaptrack', '-o', '{SCRATCH}/heap'))], []


def lttng():
    """Its records have no stack. Lossless, as the others are: the program
    waits when the buffers are full."""
    library = settings.system_libraries().get(LTTNG)
    if not library or not shutil.which('lttng-sessiond'):
        return [], ['LTTng is left out: it is not installed (Debian packages '
                    'lttng-tools, liblttng-ust-dev)']
    return [settings.Setting(
        'LTTng', library, allocator=False, around=lttng_session,
        traces='lttng/**/*', environment={'LTTNG_UST_ALLOW_BLOCKING': '1'})], []


def call_lttng(*arguments):
    subprocess.run(['lttng', '--no-sessiond', *arguments], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@contextlib.contextmanager
def lttng_session(scratch):
    name = os.path.basename(scratch)
    call_lttng('create', name, f'--output={scratch}/lttng')
    try:
        call_lttng('enable-channel', '--userspace', '--subbuf-size=4M',
                   '--num-subbuf=8', '--blocking-timeout=inf', 'heap')
        call_lttng('enable-event', '--userspace', '--channel=heap',
                   'lttng_ust_libc:*')
        call_lttng('start')
        yield
    finally:
        call_lttng('destroy', name)


@contextlib.contextmanager
def lttng_daemon(needed):
    """A session daemon of our own while none is running."""
    def answers():
        return subprocess.run(['lttng', '--no-sessiond', 'list'],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    if not needed or answers():
        yield
        return
    daemon = subprocess.Popen(['lttng-sessiond', '--no-kernel', '--quiet'],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while not answers() and time.monotonic() < end:
            time.sleep(0.05)
        yield
    finally:
        daemon.terminate()
        daemon.wait()


def all_recorders(build):
    found, missing = [settings.Setting('glibc')], []
    for more, why in (ours(build), heaptrack(), lttng()):
        found += more
        missing += why
    return found, missing
