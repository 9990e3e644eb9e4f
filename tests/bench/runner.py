"""Runs a workload under a setting and says what it used."""
import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

SECONDS_MAX = 300  # a run that takes longer has failed


class Failed(Exception):
    """A run that did not end well; the text says which and how."""


class Runner:
    def __init__(self, folder, work, quick, litter=False):
        self.folder = folder  # of the built programs
        self.work = work  # for files of the workloads
        self.quick = quick
        # Stands behind the allocator, and begins before the program.
        self.litter = os.path.join(folder, 'litter.so') if litter else ''

    def launch(self, workload, setting, scratch):
        """Starts the launcher; result() reads what it writes."""
        def here(text):
            return text.replace('{SCRATCH}', scratch)

        preload = ':'.join(filter(None, [
            setting.libraries(workload.own_allocator), self.litter]))
        inherited = os.environ.get('LD_PRELOAD')
        if preload and inherited:
            preload += ':' + inherited
        with open(os.path.join(scratch, 'errors'), 'wb') as errors:
            return subprocess.Popen(
                [os.path.join(self.folder, 'launch'),
                 os.path.join(scratch, 'result'), preload,
                 *map(here, setting.wrapper),
                 *workload.command(self.folder, self.quick)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, cwd=scratch, start_new_session=True,
                env={**os.environ, **workload.environment, **{
                    key: here(value)
                    for key, value in setting.environment.items()}})

    @staticmethod
    def result(child, scratch, what):
        try:
            child.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise Failed(f'{what}: stopped after {SECONDS_MAX} s')
        with open(os.path.join(scratch, 'errors'), errors='replace') as file:
            errors = file.read().strip().splitlines()
        last = f' ({errors[-1]})' if errors else ''
        if child.returncode:
            raise Failed(f'{what}: could not be started{last}')
        with open(os.path.join(scratch, 'result')) as file:
            result = json.load(file)
        if result['status']:
            raise Failed(f'{what}: exit status {result["status"]}{last}')
        return result

    def run(self, workload, setting):
        """What launch writes, 'trace_bytes' left in `setting.traces`, and what
        the client of a server tells."""
        what = f'{workload.name} with {setting.name}'
        scratch = tempfile.mkdtemp(prefix='run-', dir=self.work)
        around = setting.around or contextlib.nullcontext
        try:
            with around(scratch):
                child = self.launch(workload, setting, scratch)
                try:
                    told = (workload.client(scratch, self.quick)
                            if workload.client else {})
                except Exception as error:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
                    raise Failed(f'{what}: {error}') from error
                result = self.result(child, scratch, what)
            result.update(told)
            result['trace_bytes'] = sum(
                os.path.getsize(path) for path in
                glob.glob(os.path.join(scratch, setting.traces),
                          recursive=True) if os.path.isfile(path)
            ) if setting.traces else 0
            return result
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def rounds(runner, workload, chosen, count, say=lambda text: None):
    """Runs A B C ... count times, each time starting one further.

    Returns {setting name: [result of each round]}, and failures; a setting
    that fails once is left out of this workload.
    """
    results = {setting.name: [] for setting in chosen}
    failures = []
    for index in range(count):
        start = index % len(chosen)
        for setting in chosen[start:] + chosen[:start]:
            if setting.name not in results:
                continue
            say(f'{workload.name}: round {index + 1} of {count}, '
                f'{setting.name}')
            try:
                results[setting.name].append(runner.run(workload, setting))
            except Failed as failure:
                failures.append(str(failure))
                del results[setting.name]
    return results, failures


def wait_until(done, seconds, what):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise Failed(f'{what} took more than {seconds} s')
        time.sleep(0.01)
