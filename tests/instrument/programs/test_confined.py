#!/usr/bin/env python3
"""Programs with few rights: forbidden system calls, other namespaces, users who
may not write, places without /proc. They go on, and what is recorded is
whole."""
import glob
import json
import os
import shutil
import subprocess
import tempfile

from case import HANG, REPORT, Skip, await_that, built, case, main
from recording import Recording, program

RPSCOPE = built('rpscope')
CALLS = ('openat', 'clone', 'futex', 'madvise', 'memfd_create', 'pwrite64',
         'flock', 'ftruncate', 'fallocate', 'process_vm_readv', 'mincore',
         'mmap', 'kill', 'tgkill', 'gettid', 'readlinkat', 'unlinkat')
SETS = (('openat', 'clone', 'futex', 'memfd_create'),
        ('openat', 'unlinkat', 'readlinkat', 'ftruncate', 'flock'),
        ('kill', 'tgkill', 'clone', 'gettid'))
NEEDED = ('futex', 'madvise')  # as by the C library


class UnderRecord(Recording):
    """Under rpscope record."""

    def run(self, command, before=(), timeout=HANG, **options):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith('RPSCOPE_')}
        self.start([*before, RPSCOPE, 'record', '-q', '-o', self.file, '--',
                    *command], environment, {'timeout': timeout})


def report(path):
    done = subprocess.run([*REPORT, '--json', path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def goes_on(recorded):
    assert recorded.status == 3, (recorded.status, recorded.complaints)
    assert recorded.output == '30000\n'
    lines = recorded.complaints.splitlines()
    assert len(lines) <= 1, lines
    assert all(line.startswith('rpscope: ') for line in lines), lines
    told = report(recorded.file)
    assert told['events'] > 60000 and told['lost_events'] == 0
    assert told['residual_bytes'] == 0 and told['quality']['ended']


@case
def a_program_goes_on_when_system_calls_fail():
    for names in (*((name,) for name in CALLS), *SETS):
        for kind in Recording, UnderRecord:
            with kind(program('jail'), 'errno', *names) as recorded:
                goes_on(recorded)


@case
def a_program_does_not_die_of_calls_that_it_forbids_itself():
    for name in CALLS:
        for kind in Recording, UnderRecord:
            if name not in NEEDED:
                with kind(program('jail'), 'kill', name) as recorded:
                    goes_on(recorded)


def may(*command):
    """Skips the case when the machine does not allow the command."""
    done = subprocess.run([*command, 'true'], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f'{" ".join(command)}: {done.stderr.strip()}')


@case
def other_namespaces_are_no_hindrance():
    for kinds in (('-p', '-f'), ('-p', '-f', '--mount-proc'), ('-n',), ('-i',),
                  ('-u',)):
        unshare = ('unshare', *kinds)
        may(*unshare)
        # The recorder in there, too.
        with UnderRecord(program('jail'), before=unshare) as recorded:
            goes_on(recorded)
        # Only the program: its processes have ids that mean nothing outside.
        with UnderRecord(*unshare, program('jail')) as recorded:
            assert recorded.status == 3 and recorded.output == '30000\n'
            assert recorded.complaints == '', recorded.complaints
            told = max((report(path) for path in
                        glob.glob(recorded.folder + '/**/*.rptrace',
                                  recursive=True)),
                       key=lambda told: told['events'])
            assert told['command'] == 'jail' and told['events'] > 60000
            assert told['lost_events'] == told['residual_bytes'] == 0


@case
def what_a_living_process_of_another_namespace_writes_is_left_alone():
    may('unshare', '-p', '-f')
    with tempfile.TemporaryDirectory(prefix='rpscope-test-') as folder:
        trace = os.path.join(folder, 'run.rptrace')
        child = subprocess.Popen(
            ['unshare', '-p', '-f', 'env', 'RPSCOPE_FILE=' + trace,
             'LD_PRELOAD=' + built('instrumented', 'librpscope-malloc.so'),
             program('endless')], stdout=subprocess.PIPE, text=True)
        for _ in range(20):
            child.stdout.readline()
        # It looks after what others have left.
        subprocess.run([RPSCOPE, 'record', '-q', '-o', folder + '/other', '--',
                        'true'], check=True, capture_output=True)
        subprocess.run([*REPORT, trace + '.none'],
                       capture_output=True)
        rings = [name for name in os.listdir(f'/dev/shm/rpscope-{os.getuid()}')
                 if name.startswith('.rings.1.')]
        subprocess.run(['pkill', '-9', '-P', str(child.pid)], check=False)
        child.wait()
        done = subprocess.run([*REPORT, trace],
                              capture_output=True, text=True)
        assert rings and done.returncode == 0, done.stderr
        assert 'its recorder was killed; added the' in done.stderr


HIDDEN = """
mount -t tmpfs none "$1/own" || exit 9
RPSCOPE_FILE="$1/own/run.rptrace" LD_PRELOAD="$2" "$3" > "$1/output" &
read told          # it has worked
kill -9 -1; wait   # it, and what wrote its trace
echo killed; read told
"$4" report --no-names "$1/own/run.rptrace" 2>&1 > "$1/report"
"""


@case
def what_was_killed_where_the_trace_is_not_seen_is_left_for_who_sees_it():
    may('unshare', '-m', '-p', '-f')
    with tempfile.TemporaryDirectory(prefix='rpscope-test-') as folder:
        os.mkdir(folder + '/own')
        with subprocess.Popen(
                ['unshare', '-m', '-p', '-f', '--mount-proc', 'sh', '-c', HIDDEN,
                 'sh', folder, built('instrumented', 'librpscope-malloc.so'),
                 program('endless'), RPSCOPE], text=True, bufsize=1,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as inside:
            await_that(lambda: os.path.exists(folder + '/output') and
                       os.path.getsize(folder + '/output') > 100, 'it works')
            inside.stdin.write('it has worked\n')
            assert inside.stdout.readline() == 'killed\n'
            # Who sees another folder of that name, with no trace in it.
            subprocess.run([RPSCOPE, 'record', '-q', '-o', folder + '/other',
                            '--', 'true'], check=True, capture_output=True)
            inside.stdin.write('it was looked for\n')
            told = inside.stdout.read()
        assert 'its recorder was killed; added the' in told, told


@case
def a_user_who_may_not_write_is_told_so():
    if os.getuid() != 0:
        raise Skip('only root may become another user')
    folder = tempfile.mkdtemp(prefix='rpscope-test-')
    try:
        os.chmod(folder, 0o755)
        # The build may lie where only root may look.
        library = shutil.copy(built('instrumented', 'librpscope-malloc.so'),
                              folder)
        os.chmod(library, 0o755)
        done = subprocess.run(
            ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
             'env', 'LD_PRELOAD=' + library,
             f'RPSCOPE_FILE={folder}/run.rptrace', 'true'],
            capture_output=True, text=True)
        assert done.returncode == 0
        for line in done.stderr.splitlines():
            assert line.startswith('rpscope: '), line
            assert 'Permission denied' in line, line
        assert os.listdir(folder) == [os.path.basename(library)]
    finally:
        shutil.rmtree(folder)


@case
def without_proc_and_shared_memory_a_program_is_recorded():
    hidden = ('mount -t tmpfs none /dev/shm -o size=4k && '
              'mount -t tmpfs none /proc -o size=4k && exec "$@"')
    may('unshare', '-m', 'sh', '-c', hidden, 'sh')
    with Recording('unshare', '-m', 'sh', '-c', hidden, 'sh',
                   program('jail')) as recorded:
        assert recorded.status == 3 and recorded.output == '30000\n'
        lines = recorded.complaints.splitlines()
        assert all('The buffers of the recording are' in line
                   for line in lines), lines
        counts = [report(path)['events'] for path in
                  glob.glob(recorded.folder + '/*.rptrace')]
        assert max(counts) > 60000, counts


main()
