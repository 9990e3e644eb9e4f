"""What is done to rings and registrations in a place of our own, where no other
test tidies up."""
import atexit
import glob
import os
import shutil
import subprocess
import tempfile

from case import HANG, REPORT, TOP, await_that, built
from recording import Recording, program

RPSCOPE = built('rpscope')
RUNTIME = tempfile.mkdtemp(prefix='rpscope-test-', dir='/dev/shm')
WELL_KNOWN = os.path.join(RUNTIME, 'rpscope')
os.mkdir(WELL_KNOWN, 0o700)
atexit.register(shutil.rmtree, RUNTIME)


def environment(**more):
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith('RPSCOPE_')}
    return {**kept, 'XDG_RUNTIME_DIR': RUNTIME, **more}


def rpscope(*arguments, timeout=HANG, **more):
    return subprocess.run([RPSCOPE, *arguments], env=environment(**more),
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout)


def report(*arguments, **more):
    return rpscope(*REPORT[1:], *arguments, **more)


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
