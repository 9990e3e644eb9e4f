#!/usr/bin/env python3
"""What rpscope record and report say when not all of it was recorded, and how
the program ended."""
import contextlib
import json
import os
import re
import resource
import subprocess

from case import HANG, REPORT, built, case, in_folder, main, small_disk

RPSCOPE = built('rpscope')
PYTHON = '/usr/bin/python3'

# Allocates, with little that repeats, for as long as argument 1 says.
BUSY = '''
import random, sys, threading, time
end = time.monotonic() + float(sys.argv[1])
def work(seed):
    numbers, kept = random.Random(seed), {}
    while time.monotonic() < end:
        kept[numbers.randrange(500)] = bytearray(numbers.randrange(2000))
threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("end")
'''


def run(folder, *command, status=0, **settings):
    settings.setdefault('env', {**os.environ, 'PYTHONMALLOC': 'malloc'})
    done = subprocess.run([RPSCOPE, *command], cwd=folder, timeout=HANG,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, **settings)
    assert done.returncode == status, (
        f'{command}: exit status {done.returncode}, expected {status}:\n'
        f'{done.stdout[-500:]}{done.stderr[-1000:]}')
    return done


def record(folder, *command, status=0, **settings):
    """What record said, and the report as an object and as a text."""
    said = run(folder, 'record', '-o', 'x.rptrace', *command, status=status,
               **settings).stderr
    told = [subprocess.run([*REPORT, 'x.rptrace', *how], cwd=folder,
                           timeout=HANG, stdin=subprocess.DEVNULL,
                           capture_output=True, text=True)
            for how in (['--json'], [])]
    assert all(done.returncode in (0, 4) for done in told), told
    return said, json.loads(told[0].stdout), ' '.join(told[1].stdout.split())


def busy(seconds):
    return '--', PYTHON, '-c', BUSY, str(seconds)


STOPPED = (r'recording stopped after ([\d.]+ m?s) of ([\d.]+ m?s) '
           r'\((\d+|< 1) %\): ')


def says_where_it_stopped(told, why):
    said, answer, text = told
    match = re.search(STOPPED + why, said)
    assert match, said
    assert "none lost," not in said, said
    share = 0 if match[3] == '< 1' else int(match[3])
    assert share < 90, said
    # The report says so, too, of the same run.
    quality = answer['quality']
    assert quality['stopped'] == why, quality
    assert quality['complete'] is False, quality
    assert 0 < quality['stopped_ns'] < quality['run_ns'], quality
    assert abs(quality['stopped_ns'] * 100 / quality['run_ns'] - share) < 2
    assert re.search(STOPPED + why, text), text[-1500:]
    assert 'its last 0.1 s' not in text, text[-1500:]


@case
def a_full_disk():
    with small_disk('512k') as folder:
        told = record(folder, *busy(0.7))
        says_where_it_stopped(told, 'No space left on device')


@in_folder
def a_limit_of_the_size_of_files(folder):
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (250000, 250000))
    told = record(folder, *busy(0.7), preexec_fn=small)
    says_where_it_stopped(told, 'File too large')


@in_folder
def what_a_limit_allows_is_used(folder):
    for limit in 512 << 10, 1 << 20:
        path = f'{folder}/x.rptrace'
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        told = record(folder, '--limit', str(limit), *busy(0.5 + limit / 2e6))
        assert limit * 0.9 <= os.path.getsize(path) <= limit, (
            limit, os.path.getsize(path))
        says_where_it_stopped(told, 'its limit is reached')
        assert told[1]['quality']['unresolved'] == 0, told[1]['quality']
        assert told[1]['quality']['missing_events'] == 0, told[1]['quality']


@in_folder
def the_last_moments_say_when_they_begin(folder):
    said, answer, text = record(folder, '--last', '250ms', *busy(0.7))
    start = answer['window_ns']
    length = answer['duration_ns'] - start
    assert start > 0, start  # how much later is up to a busy machine
    match = re.search(r'window: (the last [\d.]+ m?s of [\d.]+ m?s, from '
                      r'[\d.]+ m?s on(, less than the| \() ?250 ms asked for)',
                      text)
    assert match, text[:600]
    assert (match[2] != ' (') == (length < 237e6), (length, match[0])
    assert match[1] in said, said
    # Allocations a second are those of the window.
    rate, unit = re.search(r'allocations \(([\d.]+) ?([kM]?) a second',
                           text).groups()
    rate = float(rate) * {'': 1, 'k': 1e3, 'M': 1e6}[unit]
    expected = answer['allocations'] * 1e9 / length
    assert 0.98 < rate / expected < 1.02, (rate, expected)


@in_folder
def less_than_was_asked_for_is_told(folder):
    said, answer, text = record(folder, '--last', '1s', '--buffer', '64K',
                                *busy(1.1))
    assert 'less than the 1.00 s asked for' in text, text[:600]
    assert 'less than the 1.00 s asked for' in said, said


# ---- how the program ended ----

def ended(folder, what, status, text, code=None, signal=None):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f'{folder}/x.rptrace')
    said, answer, report = record(folder, '--', PYTHON, '-c',
                                  'import os, sys, signal, time\n' + what,
                                  status=status)
    assert f'{PYTHON} {text}. ' in said, said
    assert answer['ending'] == {'text': text, 'code': code,
                                'signal': signal}, answer['ending']
    assert f'the process {text} ' in report, report[:400]


@in_folder
def the_end_of_the_program_is_told(folder):
    ended(folder, 'pass', 0, 'exited with code 0', code=0)
    ended(folder, 'sys.exit(3)', 3, 'exited with code 3', code=3)
    ended(folder, 'os._exit(4)', 4, 'exited with code 4', code=4)
    ended(folder, 'os.kill(os.getpid(), 9)', 137,
          'was killed by signal 9 (SIGKILL)', signal=9)
    ended(folder, 'os.abort()', 134, 'was killed by signal 6 (SIGABRT)',
          signal=6)


@in_folder
def a_signal_that_was_sent_to_rpscope_is_told(folder):
    child = subprocess.Popen(
        [RPSCOPE, 'record', '-o', 'x.rptrace', '--', PYTHON, '-c',
         'import time; print("go", flush=True); time.sleep(100)'],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == 'go\n'
    child.terminate()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 143, said
    assert ('was killed by signal 15 (SIGTERM), which was sent to rpscope. '
            in said), said


# ---- what cannot be recorded ----

OWN = '''
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
%s
int main(void) {
    void *block = %s(MEGABYTES << 20);
    memset(block, 1, MEGABYTES << 20);
    free(malloc(10));
}
'''
INSIDE = '''
void *%s(size_t size) {
    return mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
}
'''


def compiled(folder, name, megabytes, *flags):
    with open(f'{folder}/own.c', 'w') as file:
        file.write(OWN % (INSIDE % name, name))
    subprocess.run([os.environ.get('CC', 'gcc'), '-fno-builtin', '-o',
                    f'{folder}/own', f'{folder}/own.c',
                    f'-DMEGABYTES={megabytes}L', *flags], check=True)


@in_folder
def a_program_with_an_allocator_of_its_own_is_told(folder):
    inside = './own has an allocator of its own (je_malloc is in it): '
    outside = './own had 1'
    for name, megabytes, says in (
            ('je_malloc', 1, inside), ('je_malloc', 200, inside),
            ('take', 150, outside), ('take', 1, None)):
        compiled(folder, name, megabytes)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{folder}/x.rptrace')
        said, answer, _ = record(folder, '--', './own')
        found = [one['text'] for one in answer['findings']
                 if one['kind'] == 'not recorded']
        assert len(found) == (says is not None), (name, megabytes, found)
        if says:
            assert f'rpscope: {says}' in said, said
            assert found[0].startswith(says[2:]), found
            assert ('in memory' in said) == (megabytes > 100), said
        else:
            assert said.count('\n') == 1, said


@in_folder
def python_s_own_allocator_is_told_and_what_helps(folder):
    plain = {key: value for key, value in os.environ.items()
             if key != 'PYTHONMALLOC'}
    said, _, report = record(folder, '--', PYTHON, '-c', 'pass', env=plain)
    assert 'PYTHONMALLOC=malloc' in said, said
    assert 'PYTHONMALLOC=malloc' in report, report
    os.unlink(f'{folder}/x.rptrace')
    said, _, report = record(folder, '--', PYTHON, '-c', 'pass')
    assert 'PYTHONMALLOC' not in said + report, said


# ---- ctl ----

@contextlib.contextmanager
def waiting(folder, what, *options, **settings):
    """A recorded python that does `what`, says a number, and waits."""
    child = subprocess.Popen(
        [RPSCOPE, 'record', '-o', 'x.rptrace', *options, '--', PYTHON, '-c',
         f'import os, sys, time\n{what}'],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, **settings)
    try:
        yield child.stdout.readline().strip()
    finally:
        child.communicate('', timeout=60)


SAYS = 'print(os.getpid(), flush=True); sys.stdin.read()'


@in_folder
def a_mark_with_a_control_character_is_refused(folder):
    with waiting(folder, SAYS) as process:
        for text in 'two\nlines', '\x1b[31mred', 'a\x7f':
            said = run(folder, 'ctl', process, 'mark', text, status=2).stderr
            assert said == ('rpscope ctl: the text of a mark has a control '
                            'character; a mark is one line of text.\n'), said
        run(folder, 'ctl', process, 'mark', 'gr\u00fcn')


@in_folder
def a_process_whose_rings_lie_elsewhere_is_found(folder):
    rings = f'{folder}/rings'
    os.mkdir(rings)
    with waiting(folder, SAYS,
                 env={**os.environ, 'RPSCOPE_RINGS': rings}) as process:
        said = run(folder, 'ctl', process, 'status').stdout
        assert f'process {process} is recorded to ' in said, said


@in_folder
def a_child_that_has_not_allocated_yet_is_told(folder):
    with open(f'{folder}/fork.c', 'w') as file:
        file.write('''
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    char end, line[32];
    free(malloc(10));
    int child = fork();
    if (child == 0)
        _exit((int)read(0, &end, 1));
    write(1, line, (size_t)snprintf(line, sizeof line, "%d\\n", child));
    wait(NULL);
}
''')
    subprocess.run([os.environ.get('CC', 'gcc'), '-fno-builtin', '-o',
                    f'{folder}/fork', f'{folder}/fork.c'], check=True)
    child = subprocess.Popen([RPSCOPE, 'record', '-o', 'x.rptrace', '--',
                              './fork'], cwd=folder, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.PIPE)
    process = child.stdout.readline().strip()
    said = run(folder, 'ctl', process, 'status', status=2).stderr
    child.communicate('', timeout=60)
    assert 'forked and has not allocated anything since' in said, said


@in_folder
def a_mark_in_a_flight_recorder_has_its_place(folder):
    with waiting(folder, SAYS, '--last', '100s') as process:
        run(folder, 'ctl', process, 'mark', 'level loaded')
    report = run(folder, 'report', '--no-names', '--json', 'x.rptrace').stdout
    mark, = json.loads(report)['marks']
    assert mark['text'] == 'level loaded', mark
    assert 0 < mark['at_ns'], mark


if __name__ == '__main__':
    main()
