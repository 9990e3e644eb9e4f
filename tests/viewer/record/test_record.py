#!/usr/bin/env python3
"""rpscope record and the command line, as its user meets them."""
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess

from case import (HANG, Skip, await_that, built, case, in_folder, is_gone,
                  main)

RPSCOPE = built('rpscope')


class Run:
    """One run of rpscope in a folder of its own."""

    def __init__(self, *arguments, folder, status=0, **settings):
        done = subprocess.run([RPSCOPE, *arguments], cwd=folder, timeout=HANG,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, **settings)
        self.out, self.err = done.stdout, done.stderr
        assert done.returncode == status, (
            f'{arguments}: exit status {done.returncode}, expected {status}:\n'
            f'{self.out[-500:]}{self.err[-500:]}')


def refuses(folder, *arguments, says, status=2, **settings):
    """The whole of standard error is one sentence, and nothing is left."""
    before = sorted(os.listdir(folder))
    run = Run(*arguments, folder=folder, status=status, **settings)
    assert run.err == says, f'{run.err!r}, expected {says!r}'
    assert run.out == '', run.out
    assert sorted(os.listdir(folder)) == before, os.listdir(folder)


def traces(folder):
    return sorted(name for name in os.listdir(folder)
                  if name.endswith('.rptrace'))


# ---- what cannot work is said before anything is done ----

@in_folder
def a_program_that_is_not_there(folder):
    refuses(folder, 'record', '--', 'no-such-program', says=(
        'rpscope record: cannot start "no-such-program": no program of that '
        'name in PATH.\n'))
    refuses(folder, 'record', '--', './none', says=(
        'rpscope record: cannot start "./none": No such file or directory.\n'))


@in_folder
def a_program_that_cannot_be_executed(folder):
    with open(f'{folder}/data', 'w') as file:
        file.write('data')
    refuses(folder, 'record', '--', './data', says=(
        'rpscope record: cannot start "./data": Permission denied.\n'))
    refuses(folder, 'record', '--', '/', says=(
        'rpscope record: cannot start "/": Is a directory.\n'))


@in_folder
def a_script_without_its_interpreter(folder):
    script(folder, 'odd', '#!/no/such/shell\n')
    refuses(folder, 'record', '--', './odd', says=(
        'rpscope record: cannot start "./odd": its interpreter '
        '"/no/such/shell" cannot be started: No such file or directory.\n'))


@in_folder
def a_folder_that_is_not_there(folder):
    refuses(folder, 'record', '-o', 'none/x.rptrace', '--', 'true', says=(
        'rpscope record: cannot write into the folder '
        f'"{os.path.realpath(folder)}/none/": No such file or directory.\n'))


@in_folder
def an_output_that_is_a_folder_or_a_device(folder):
    refuses(folder, 'record', '-o', '.', '--', 'true', says=(
        'rpscope record: cannot write the trace to ".": it is a folder.\n'))
    refuses(folder, 'record', '--force', '-o', '/dev/null', '--', 'true',
            says='rpscope record: cannot write the trace to "/dev/null": it '
                 'is no file.\n')
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)


@in_folder
def a_trace_that_is_there_already(folder):
    with open(f'{folder}/x.rptrace', 'w') as file:
        file.write('precious')
    refuses(folder, 'record', '-o', 'x.rptrace', '--', 'true', says=(
        'rpscope record: "x.rptrace" is there already; --force overwrites '
        'it.\n'))
    with open(f'{folder}/x.rptrace') as file:
        assert file.read() == 'precious'


@in_folder
def a_recorder_that_is_not_there(folder):
    refuses(folder, 'record', '--library', '/no/lib.so', '--', 'true', says=(
        'rpscope record: cannot read the recorder "/no/lib.so" (--library): '
        'No such file or directory.\n'))
    refuses(folder, 'record', '--', 'true',
            env={**os.environ, 'RPSCOPE_LIBRARY': '/no/other.so'}, says=(
                'rpscope record: cannot read the recorder "/no/other.so" '
                '(RPSCOPE_LIBRARY): No such file or directory.\n'))


@in_folder
def a_wrong_option(folder):
    refuses(folder, 'record', '--follow', 'both', '--', 'true', says=(
        'rpscope record: --follow takes all, exec or none, not "both".\n'
        'rpscope record --help explains it.\n'))
    refuses(folder, 'recrod', says=(
        'rpscope: "recrod" is neither a command nor a file (did you mean '
        'record?); commands are record, run, ctl, verify, view, report, query, '
        'check, diff, export, trim, symbolize, names, processes, dump.\n'))


@in_folder
def a_file_that_is_no_trace(folder):
    with open(f'{folder}/odd', 'w') as file:
        file.write('#!/bin/sh\necho this is a shell script and no trace\n')
    for command in ['report'], ['view'], ['dump'], []:
        run = Run(*command, './odd', folder=folder, status=3)
        assert run.err.startswith('rpscope: ./odd: '), run.err
        assert run.err.count('\n') == 1 and run.out == '', run.err


@in_folder
def help_and_version_are_everywhere(folder):
    for command in [], ['record'], ['view'], ['report'], ['dump']:
        help_text = Run(*command, '--help', folder=folder).out
        assert 'usage: rpscope' in help_text, help_text
        assert Run(*command, '--version', folder=folder).out.startswith(
            'rpscope ')
    assert Run('help', 'record', folder=folder).out == \
        Run('record', '--help', folder=folder).out


# ---- what works keeps out of the way ----

@in_folder
def the_output_and_the_exit_code_are_the_program_s(folder):
    run = Run('record', '--', 'bash', '-c', 'echo out; echo err >&2; exit 7',
              folder=folder, status=7)
    assert run.out == 'out\n', run.out
    assert run.err.startswith('err\nrpscope: '), run.err
    assert len(traces(folder)) == 1, traces(folder)
    assert traces(folder)[0].startswith('bash.'), traces(folder)
    name = run.err.split()[-1]
    assert name in traces(folder), run.err


@in_folder
def arguments_reach_the_program_as_they_are(folder):
    run = Run('record', '-q', '-o', 'x.rptrace', '--', '/usr/bin/printf',
              '[%s]', '-o', '--', 'a b', '', '--help', folder=folder)
    assert run.out == '[-o][--][a b][][--help]', run.out


@in_folder
def a_signal_becomes_128_and_its_number(folder):
    Run('record', '--quiet', '--', 'sh', '-c', 'kill -KILL $$',
        folder=folder, status=128 + signal.SIGKILL)


@in_folder
def a_trace_can_be_named_and_overwritten(folder):
    Run('record', '-o', 'x.rptrace', '--', '/bin/ls', folder=folder)
    assert traces(folder) == ['x.rptrace'], traces(folder)
    with open(f'{folder}/x.rptrace', 'w') as file:
        file.write('old')
    Run('record', '--force', '-o', 'x.rptrace', '--', '/bin/ls',
        folder=folder)
    assert 'The program uses' in Run('report', 'x.rptrace', folder=folder).out


@in_folder
def quiet_says_nothing(folder):
    run = Run('record', '-q', '-o', 'x.rptrace', '--', '/bin/ls',
              folder=folder)
    assert run.err == '', run.err


@in_folder
def a_script_is_recorded(folder):
    script(folder, 'hello', '#!/bin/sh\necho hello\n')
    run = Run('record', '-o', 'x.rptrace', '--', './hello', folder=folder)
    assert run.out == 'hello\n', run.out
    assert traces(folder) == ['x.rptrace'], traces(folder)


@in_folder
def the_trace_is_of_the_program_that_ran_last(folder):
    script(folder, 'shim', '#!/bin/bash\nexec ls -l /\n')
    run = Run('record', '-o', 'x.rptrace', '--', './shim', folder=folder)
    assert 'exists' not in run.err, run.err
    report = Run('report', '--json', 'x.rptrace', folder=folder).out
    assert json.loads(report)['program'].endswith('/ls'), report[:300]


@in_folder
def the_program_s_own_preload_stays(folder):
    run = Run('record', '-q', '--', 'sh', '-c', 'echo $LD_PRELOAD',
              folder=folder, env={**os.environ, 'LD_PRELOAD': 'libc.so.6'})
    assert run.out.rstrip().endswith('librpscope-malloc.so:libc.so.6') or \
        run.out.rstrip().endswith(':libc.so.6'), run.out


def recorded_until(signal_name, script, folder, **options):
    """A shell that waits for a signal; when none comes, not for ever."""
    return subprocess.Popen(
        [RPSCOPE, 'record', '-q', '--', 'sh', '-c',
         f'trap "{script}" {signal_name}; echo begin; '
         'for i in $(seq 2000); do sleep 0.05; done'], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options)


@in_folder
def termination_is_forwarded_and_awaited(folder):
    child = recorded_until('TERM', 'echo end; exit 5', folder)
    assert child.stdout.readline() == 'begin\n'
    child.terminate()
    assert child.stdout.readline() == 'end\n'
    assert child.wait(HANG) == 5


@in_folder
def ctrl_c_goes_to_the_program_alone(folder):
    # As a terminal does it: to the whole process group.
    child = recorded_until(
        'INT', 'echo caught; exit 6', folder, start_new_session=True,
        # What a shell runs in the background ignores it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert child.stdout.readline() == 'begin\n'
    os.killpg(child.pid, signal.SIGINT)
    assert child.stdout.readline() == 'caught\n'
    assert child.wait(HANG) == 6


@in_folder
def a_static_program_runs_and_the_user_is_told(folder):
    source = f'{folder}/static.c'
    with open(source, 'w') as file:
        file.write('int main(void) { return 3; }\n')
    subprocess.run(['gcc', '-static', '-o', f'{folder}/static', source],
                   check=True)
    run = Run('record', '--', './static', folder=folder, status=3)
    assert 'is statically linked' in run.err.splitlines()[0], run.err
    assert 'no trace was written' in run.err.splitlines()[1], run.err


@in_folder
def a_program_of_another_c_library_runs_and_the_user_is_told(folder):
    if not shutil.which('musl-gcc'):
        raise Skip('there is no other C library: site_scons/bootstrap')
    with open(f'{folder}/main.c', 'w') as file:
        file.write('#include <stdio.h>\n#include <stdlib.h>\n'
                   'int main(void) { free(malloc(10)); puts("ran"); '
                   'return 7; }\n')
    subprocess.run(['musl-gcc', 'main.c', '-o', 'main'], cwd=folder, check=True)

    run = Run('record', '-o', 'x.rptrace', '--', './main', folder=folder,
              status=7)

    assert run.out == 'ran\n', run.out
    assert run.err.splitlines()[0] == (
        'rpscope: ./main is made for another C library than the recorder, so '
        'it runs and nothing of it, or of what it starts, is recorded; record '
        'a build of it for glibc.'), run.err
    assert not os.path.exists(f'{folder}/x.rptrace')


@in_folder
def without_a_terminal_the_report_is_printed(folder):
    Run('record', '-q', '-o', 'x.rptrace', '--', '/bin/ls', folder=folder)
    shown = Run('x.rptrace', folder=folder).out
    assert shown == Run('report', 'x.rptrace', folder=folder).out
    assert shown == Run('view', '--ascii', 'x.rptrace', folder=folder).out


# ---- a word with a recording that is under way ----

@in_folder
def a_mark_from_outside_and_the_end_are_in_the_trace(folder):
    child = subprocess.Popen(
        [RPSCOPE, 'record', '--no-names', '-o', 'x.rptrace', '--',
         '/usr/bin/python3', '-c',
         'import os, sys; print(os.getpid(), flush=True); '
         'sys.stdin.read(); print(len([str(i) for i in range(99999)]))'],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    pid = child.stdout.readline().strip()
    assert 'is recorded to' in Run('ctl', pid, 'status', folder=folder).out
    Run('ctl', pid, 'mark', 'level loaded', folder=folder)
    Run('ctl', pid, 'stop', folder=folder)
    before = os.path.getsize(f'{folder}/x.rptrace')
    run = Run('ctl', pid, 'status', folder=folder, status=2)
    assert 'is not being recorded' in run.err, run.err
    out, err = child.communicate('', timeout=HANG)
    assert out == '99999\n' and child.returncode == 0, (out, err)
    # rpscope record adds how the program ended, and nothing else.
    assert os.path.getsize(f'{folder}/x.rptrace') - before < 512
    report = Run('report', '--json', 'x.rptrace', folder=folder)
    assert report.err == '', report.err


@in_folder
def a_paused_recording_is_started_from_outside(folder):
    child = subprocess.Popen(
        [RPSCOPE, 'record', '--paused', '-o', 'x.rptrace', '--',
         built('tests/instrument/programs/held')],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    pid = child.stdout.readline().strip()
    status = Run('ctl', pid, 'status', folder=folder).out
    assert ': 0 events' in status and 'It is paused' in status, status
    Run('ctl', pid, 'start', folder=folder)
    Run('ctl', pid, 'start', folder=folder)  # it is under way already
    status = Run('ctl', pid, 'status', folder=folder).out
    assert ': 0 events' not in status and 'paused' not in status, status
    out, err = child.communicate('\n', timeout=HANG)
    assert child.returncode == 0 and 'none lost' in err, (out, err)
    report = Run('report', 'x.rptrace', folder=folder)
    assert report.err == '', report.err
    assert 'held.c:' in report.out, report.out


@in_folder
def a_wrong_word_to_a_recording(folder):
    refuses(folder, 'ctl', 'x', 'status', says=(
        'rpscope ctl: "x" is no process id.\n'))
    refuses(folder, 'ctl', '1', 'begin', says=(
        'rpscope ctl: after the process id comes status, start, stop, '
        'snapshot, leaks, or mark TEXT, not "begin".\n'))
    refuses(folder, 'ctl', '1', 'status', says=(
        'rpscope ctl: process 1 is not being recorded, or not by you.\n'))


@in_folder
def a_trace_does_not_grow_beyond_its_limit(folder):
    run = Run('record', '--limit', '512K', '-o', 'x.rptrace', '--',
              '/usr/bin/python3', '-X', 'utf8', '-c',
              'import re\nfor i in range(12000):\n'
              '    re.compile("a" * (i % 50) + str(i))\nprint("end")',
              folder=folder, env={**os.environ, 'PYTHONMALLOC': 'malloc'})
    assert run.out == 'end\n', run.out
    assert 'its limit is reached. The recording ends here' in run.err, run.err
    assert os.path.getsize(f'{folder}/x.rptrace') <= 512 << 10
    report = Run('report', 'x.rptrace', folder=folder, status=4)
    assert 'its limit is reached' in report.err, report.err


# ---- many processes ----

SHELL = ("ls / >/dev/null; (echo >/dev/null; exit 3); "
         "sort -o /dev/null lines; exec cat /dev/null")


def with_lines(folder):
    with open(f'{folder}/lines', 'w') as file:
        file.writelines(f'{i * 7919 % 100003}\n' for i in range(30000))


def processes(folder, *arguments, status=0):
    told = Run('processes', '--json', *arguments, folder=folder,
               status=status)
    answer = json.loads(told.out)
    assert answer['schema'] == 'rpscope.processes/1', answer
    return answer


def programs(answer):
    return sorted(each['program'] for each in answer['processes'])


@in_folder
def many_processes_are_one_recording_and_the_largest_is_shown(folder):
    with_lines(folder)
    run = Run('record', '-o', 'x.rptrace', '--', 'dash', '-c', SHELL,
              folder=folder)

    assert sorted(os.listdir(folder)) == ['lines', 'x.processes', 'x.rptrace']
    assert stat.S_IMODE(os.stat(f'{folder}/x.processes').st_mode) == 0o700
    answer = processes(folder, 'x.rptrace')
    # dash forks, and what it forked becomes ls and sort; it becomes cat.
    names = programs(answer)
    assert {'ls', 'sort', 'cat', 'dash'} == set(names), names
    most = answer['processes'][0]
    assert most['program'] == 'sort' and most['peak_held_bytes'] == max(
        each['peak_held_bytes'] for each in answer['processes']), answer
    root, = (each for each in answer['processes']
             if each['trace'] == 'x.rptrace')
    assert root['program'] == 'cat' and root['parent_pid'] is None, root
    assert root['ending'] == 'exited with code 0', root
    assert most['parent_pid'] == root['pid'], (most, root)
    assert answer['lost_events'] == 0
    # What record has said of it.
    lead = (f'rpscope: {len(names)} processes, ', 'none lost, ',
            f'sort ({most["pid"]}) held most of its own. '
            f'Open with: rpscope x.processes/sort.{most["pid"]}.rptrace\n')
    for part in lead:
        assert part in run.err, (part, run.err)
    Run('report', f'x.processes/sort.{most["pid"]}.rptrace', folder=folder)
    # The same table by any way to name the recording.
    table = Run('processes', 'x.rptrace', folder=folder).out
    lines = [f'rpscope:{line}\n' for line in table.splitlines()]
    assert ''.join(lines) in run.err, (table, run.err)
    assert all(line.startswith('rpscope:')
               for line in run.err.splitlines()), run.err
    assert table.count('\n') == 1 + len(names), table
    for other in 'x.processes', f'x.processes/sort.{most["pid"]}.rptrace':
        assert Run('processes', other, folder=folder).out == table
    assert Run('processes', '--top', '1', 'x.rptrace', folder=folder).out.count(
        '\n') == 2


@in_folder
def the_largest_may_be_the_one_that_was_started(folder):
    run = Run('record', '-o', 'x.rptrace', '--', 'perl', '-e',
              'my @kept = map { "x" x 100 . $_ } 1 .. 20000; system("ls / '
              '>/dev/null")', folder=folder)

    assert 'Open with: rpscope x.rptrace\n' in run.err, run.err
    assert 'held most of its own\n' in run.err, run.err
    assert run.err.count('Open with') == 1, run.err


@in_folder
def only_some_programs_are_recorded(folder):
    with_lines(folder)
    run = Run('record', '-o', 'x.rptrace', '--only', 'sort,nothing',
              '--', 'dash', '-c', SHELL, folder=folder)

    assert sorted(os.listdir(folder)) == ['lines', 'x.processes']
    answer = processes(folder, 'x.rptrace')
    assert programs(answer) == ['sort'], answer
    assert 'Open with: rpscope x.processes/sort.' in run.err, run.err
    run = Run('record', '-o', 'y.rptrace', '--only', 'nothing', '--',
              'dash', '-c', SHELL, folder=folder)
    assert run.err == ('rpscope: no trace was written to y.rptrace: no program '
                       'so called allocated anything.\n'), run.err


@in_folder
def a_script_is_called_by_its_name(folder):
    with open(f'{folder}/work', 'w') as file:
        file.write('#!/usr/bin/perl\nmy @x = (1 .. 100); print "done\\n";\n')
    os.chmod(f'{folder}/work', 0o755)

    run = Run('record', '-o', 'x.rptrace', '--only', 'work', '--',
              'dash', '-c', './work; ls / >/dev/null', folder=folder)

    answer = processes(folder, 'x.rptrace')
    assert programs(answer) == ['perl'], (answer, run.err)


@in_folder
def follow_tells_which_children_are_recorded(folder):
    with_lines(folder)
    for follow, expected in (('all', {'dash', 'ls', 'sort', 'cat'}),
                             ('exec', {'dash', 'ls', 'sort', 'cat'}),
                             ('none', {'dash'})):
        Run('record', '-o', f'{follow}.rptrace', '--follow', follow,
            '--', 'dash', '-c', SHELL, folder=folder)
        answer = processes(folder, f'{follow}.rptrace')
        assert set(programs(answer)) == expected, (follow, programs(answer))
        forked = [each for each in answer['processes']
                  if each['program'] == 'dash' and each['parent_pid']]
        assert bool(forked) == (follow == 'all'), (follow, forked)


@in_folder
def processes_of_no_recording(folder):
    refuses(folder, 'processes', 'none.rptrace', status=3, says=(
        'rpscope processes: there is no trace that can be read at '
        '"none.rptrace", and none in the folder of its other processes.\n'))


@in_folder
def what_killed_recorders_leave_is_removed(folder):
    runtime = os.path.join(folder, 'runtime')
    os.mkdir(runtime, 0o700)
    environment = {**os.environ, 'XDG_RUNTIME_DIR': runtime}

    def desks():
        place = os.path.join(runtime, 'rpscope')
        return [os.path.join(place, name) for name in os.listdir(place)
                if name.startswith('.desk.')]

    def children(run):
        with open(f'/proc/{run.pid}/task/{run.pid}/children') as file:
            return [int(child) for child in file.read().split()]

    def start():
        before = len(traces(folder))
        run = subprocess.Popen([RPSCOPE, 'record', '--', 'sleep', '1000'],
                               cwd=folder, env=environment,
                               start_new_session=True)
        await_that(lambda: len(traces(folder)) > before, 'there is a trace')
        # The program, and the drainer, which would go on without rpscope.
        await_that(lambda: len(children(run)) == 2, 'it has two children')
        return run

    living = start()
    kept = desks()
    killed = start()
    left = [path for path in desks() if path not in kept]
    orphans = children(killed)
    for process in [killed.pid, *orphans]:
        os.kill(process, signal.SIGKILL)
    killed.wait()
    await_that(lambda: all(map(is_gone, orphans)), 'all are gone')
    assert len(kept) == len(left) == 1
    for path in desks():
        os.utime(path, (0, 0))
    Run('record', '--', 'true', folder=folder, env=environment)
    still = desks()
    os.killpg(living.pid, signal.SIGKILL)
    living.wait()

    assert still == kept, still


@in_folder
def half_made_rings_of_the_dead_go_at_the_next_recording(folder):
    runtime = os.path.join(folder, 'runtime')
    place = os.path.join(runtime, 'rpscope')
    os.mkdir(runtime, 0o700)
    os.mkdir(place, 0o700)
    dead = subprocess.Popen(['true'])
    dead.wait()

    def left(identity, process, content, age):
        path = f'{place}/.rings.{process}.{identity:016x}'
        with open(path, 'wb') as file:
            file.write(content)
        os.chmod(path, 0o600)
        then = os.stat(path).st_mtime - age
        os.utime(path, (then, then))
        return os.path.basename(path)
    half = left(1, dead.pid, bytes(8192), 120)
    empty = left(2, dead.pid, b'', 120)
    left(6, os.getpid(), bytes(8192), 120)  # the id is another process' now
    held = left(4, dead.pid, bytes(8192), 120)
    kept = {left(3, dead.pid, bytes(8192), 0),  # perhaps it is being made
            held, left(5, dead.pid, b'RPRINGS9' + bytes(8192), 120)}

    with open(f'{place}/{held}') as file:  # as a process that lives does
        fcntl.flock(file, fcntl.LOCK_SH)
        Run('record', '--', 'true', folder=folder,
            env={**os.environ, 'XDG_RUNTIME_DIR': runtime})

    rings = {name for name in os.listdir(place) if name.startswith('.rings.')}
    assert rings == kept, (rings, kept, half, empty)


def script(folder, name, text):
    path = f'{folder}/{name}'
    with open(path, 'w') as file:
        file.write(text)
    os.chmod(path, 0o755)


if __name__ == '__main__':
    main()
