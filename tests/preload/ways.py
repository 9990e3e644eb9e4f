"""ways.py - how a program is run: plainly, with a library in front, recorded."""
import os
import re
import subprocess
import tempfile

from case import HANG, built


class Way:
    def wrap(self, work, command, settings):
        """Returns the command and the environment to run it with."""
        return command, {**os.environ, **settings}

    def run(self, work, command, **settings):
        command, environment = self.wrap(work, command, settings)
        done = subprocess.run(command, cwd=work, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=HANG)
        assert done.returncode == 0, (
            f'{command[0]}: exit status {done.returncode}\n'
            f'{done.stderr.decode(errors="replace")[-2000:]}')
        return done.stdout + self.spoken(done.stderr)

    def spoken(self, text):
        return text


class Preloaded(Way):
    """With librpscope-malloc.so in front; traces go to a folder of their own."""

    def __init__(self, variant, traces):
        self.library = built(variant, 'librpscope-malloc.so')
        self.traces = traces

    def wrap(self, work, command, settings):
        return command, {**os.environ, **settings, 'LD_PRELOAD': self.library,
                         'RPSCOPE_FILE': f'{self.traces}/trace.rptrace'}


class Recorded(Way):
    """By rpscope record, which says on stderr where the trace is."""

    def __init__(self, traces):
        self.traces = traces

    def wrap(self, work, command, settings):
        return ([built('rpscope'), 'record', '-o',
                 f'{self.traces}/trace.rptrace', '--', *command],
                {**os.environ, **settings})

    def spoken(self, text):
        return b''.join(line for line in text.splitlines(True)
                        if not line.startswith(b'rpscope'))


def made_by(program, way):
    """What the program makes in a fresh folder, whose name does not show."""
    with tempfile.TemporaryDirectory(prefix='rpscope-test-') as work:
        return program(work, way).replace(work.encode(), b'WORK')


def check(program, way):
    """Runs a program that tells cases of its own; says how they went."""
    with tempfile.TemporaryDirectory() as work:
        told = way.run(work, [built('tests/preload', program)]).decode()
    assert re.match(r'(ok - .*\n)+\Z', told), told
