"""case.py - test scripts in Python: a function marked @case is a test case.

Its name is a sentence. A script ends with main(), which runs the cases in order
and tells the results in TAP, for tests/run. Helpers that several scripts use
stand here, too.
"""
import contextlib
import functools
import os
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get('RPSCOPE_BUILD', os.path.join(TOP, 'build'))
VARIANTS = ('release', 'instrumented')
HANG = 300  # seconds that no step takes, on however slow and busy a machine
CASES = []


class Skip(Exception):
    """Raised by a case that cannot run here; says why."""


def case(function):
    CASES.append((function.__name__, function))
    return function


def cases_for(values):
    """@cases_for(VARIANTS): one case for each value, which it is given."""
    def mark(function):
        for value in values:
            CASES.append((f'{function.__name__} [{value}]',
                          functools.partial(function, value)))
        return function
    return mark


def built(*path):
    return os.path.join(BUILD, *path)


# Says all but names, which take ten times as long as all else.
REPORT = built('rpscope'), 'report', '--no-names'


def await_that(condition, what, every=0.01):
    """Looks until condition() is true, and returns what it is then."""
    end = time.monotonic() + HANG
    while not (found := condition()):
        assert time.monotonic() < end, f'in {HANG} s, not once: {what}'
        time.sleep(every)
    return found


def in_folder(function):
    """@in_folder: a case that is given a folder of its own."""
    @functools.wraps(function)
    def inside():
        with tempfile.TemporaryDirectory() as folder:
            function(folder)
    return case(inside)


@contextlib.contextmanager
def small_disk(size):
    """A folder of ours alone, in a file system of so many bytes, which lies in
    memory."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o',
                               f'size={size},mode=700', 'none', folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip('may not mount: ' + done.stderr.strip())
        try:
            yield folder
        finally:
            subprocess.run(['umount', folder], check=True)


def needs_strace():
    try:
        subprocess.run(['strace', '-f', '-o', '/dev/null', 'true'], check=True,
                       capture_output=True, timeout=HANG)
    except (subprocess.CalledProcessError, OSError) as error:
        raise Skip(f'strace cannot trace: {error}')


def is_gone(process):
    """Whether it has ended, though nobody may have asked for its status."""
    try:
        with open(f'/proc/{process}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] == 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return True


def output(*command, status=0, **settings):
    """Runs a command to its end; returns what it wrote, stdout and stderr."""
    settings.setdefault('cwd', TOP)
    settings.setdefault('timeout', HANG)
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', **settings)
    assert done.returncode == status, (
        f'{" ".join(command)}: exit status {done.returncode}, '
        f'expected {status}\n{done.stdout[-3000:]}')
    return done.stdout


def main():
    wanted = sys.argv[1:]
    chosen = [(name, function) for name, function in CASES
              if not wanted or any(word in name for word in wanted)]
    failed = not chosen
    for name, function in chosen:
        try:
            function()
            print(f'ok - {name}', flush=True)
        except Skip as why:
            print(f'ok - {name} # SKIP {why}', flush=True)
        except Exception as error:
            failed = True
            line = traceback.extract_tb(error.__traceback__)[1].lineno
            print(f'not ok - {name}\n  # line {line}', flush=True)
            for text in traceback.format_exception_only(error):
                print('  # ' + text.rstrip().replace('\n', '\n  # '), flush=True)
    sys.exit(failed)
