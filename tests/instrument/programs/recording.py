"""Runs a program of this folder, or another, under the instrumented library."""
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile

from case import HANG, TOP, built

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/format'))
from second_reader import FILE_HEADER, Model, Trace  # noqa: E402

LIBRARY = {variant: built(variant, 'librpscope-malloc.so')
           for variant in ('release', 'instrumented')}


def program(name):
    return built('tests/instrument/programs', name)


def under_record(file, environment, command, *settings):
    """The command that records this one under rpscope, into the file. What
    would record it by itself is taken out of the environment."""
    for name in 'LD_PRELOAD', 'RPSCOPE_FILE', 'RPSCOPE_PARENT':
        del environment[name]
    return [built('rpscope'), 'record', '-o', file, *settings, '--', *command]


class Recording:
    """One run: .status, .output, .complaints; .trace(), .traces()."""

    def __init__(self, *command, **options):
        self.folder = tempfile.mkdtemp(prefix='rpscope-test-')
        self.file = os.path.join(self.folder, 'run.rptrace')
        self.run(list(command), **options)

    def run(self, command, variant='instrumented', preexec_fn=None, timeout=HANG,
            **options):
        """options: values of RPSCOPE_ variables; root='self': the program's
        own process id."""
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith('RPSCOPE_')}
        environment.update(LD_PRELOAD=LIBRARY[variant], RPSCOPE_FILE=self.file,
                           RPSCOPE_PARENT='0' * 16)
        if options.get('root') == 'self':
            del options['root'], environment['LD_PRELOAD']
            command = ['sh', '-c', 'RPSCOPE_ROOT=$$ LD_PRELOAD=$0 exec "$@"',
                       LIBRARY[variant], *command]
        environment.update({'RPSCOPE_' + key.upper(): str(value)
                            for key, value in options.items()})
        self.start(command, environment,
                   {'preexec_fn': preexec_fn, 'timeout': timeout})

    def start(self, command, environment, settings):
        done = subprocess.run(command, env=environment, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, **settings)
        self.status, self.output = done.returncode, done.stdout
        self.complaints = done.stderr

    def so_far(self):
        """The trace as far as it is written; None: not even its beginning."""
        try:
            return Trace(self.file)
        except (OSError, ValueError, IndexError, struct.error):
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def trace(self):
        return Trace(self.file)

    def begun(self):
        """All traces of the run. A program that ended in another before its
        drainer wrote a header leaves one that has none."""
        files = glob.glob(self.folder + '/**/*.rptrace', recursive=True)
        return [Trace(path) for path in files
                if os.path.getsize(path) >= FILE_HEADER.size]

    def traces(self):
        """The same, by process id."""
        return {trace.process_id: trace for trace in self.begun()}


def whole(trace):
    """The model of a trace in which nothing may be missing or wrong."""
    model = Model(trace)
    assert not trace.cut
    assert trace.trailer is not None, 'no trailer'
    assert trace.trailer['lost_events'] == 0
    assert trace.trailer['events'] == sum(map(len, trace.rings.values()))
    assert not model.faults, model.faults[:5]
    assert model.walked
    assert trace.trailer['held_bytes'] == model.held
    assert trace.trailer['peak_held_bytes'] == model.peak_held
    return model
