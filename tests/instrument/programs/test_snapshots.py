#!/usr/bin/env python3
"""Snapshots are what the heap was, however they are asked for."""
import contextlib
import glob
import json
import os
import subprocess
import tempfile

from case import HANG, REPORT, await_that, built, case, main
from recording import Model, Recording, Trace, program, whole

RPSCOPE = built('rpscope')


def report(path, *options, status=0, names=False):
    options = *options, *([] if names else ['--no-names'])
    done = subprocess.run([RPSCOPE, 'report', '--json', *options, path],
                          timeout=HANG, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout) if status != 2 else done.stderr


def agrees(path, count, state):
    """The reader of rpscope finds `count` snapshots, and all as told. state:
    whether they tell one; None: when there is something to tell."""
    found = report(path)
    assert len(found['snapshots']) == count, found['snapshots']
    assert found['residual_bytes'] == 0
    assert found['quality']['identity_failures'] == 0
    assert found['quality']['unresolved'] == 0
    assert not [f for f in found['findings'] if f['severity'] == 'error']
    for i, shot in enumerate(found['snapshots']):
        assert shot['number'] == i + 1 and shot['classes_differ'] == 0
        if state is not None:
            assert shot['has_state'] == state and shot['classes_checked'] > 0
        then = report(path, '--at', f'snapshot-{i + 1}')
        for key in 'held_bytes', 'used_bytes', 'live_blocks':
            assert then[key] == shot[key], (key, then[key], shot[key])
        assert then['at_ns'] == shot['at_ns']
    return found


def at_marks(trace):
    """The blocks that live at each mark of a whole trace, brute force."""
    live, found = {}, []
    for _, _, name, values in trace.events():
        if name in ('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC', 'RESIZE'):
            live[values[2], values[3]] = values[1]
        elif name in ('FREE', 'FREE_DEFERRED'):
            del live[values[0], values[1]]
        elif name == 'MARK':
            found.append(dict(live))
    return found


@case
def while_it_is_paused_a_snapshot_is_the_state_of_a_full_recording_there():
    for how in 'main', 'thread':
        with Recording(program('shots'), how) as full, \
                Recording(program('shots'), how, record='paused') as paused:
            expected = at_marks(full.trace())
            trace = paused.trace()
            model = Model(trace)
            assert not model.faults, model.faults[:3]
            assert len(model.snapshots) == len(expected) == 4
            for shot, blocks in zip(model.snapshots, expected):
                assert shot['whole'] and sum(blocks.values()) > 1000000
                # The thread that asks has a block or two of its own.
                extra = set(shot['live'].items()) ^ set(blocks.items())
                assert len(extra) <= (0 if how == 'main' else 4), extra
            names = {name for _, _, name, _ in trace.events()}
            assert 'FREE' not in names and 'MARK' not in names
            assert trace.trailer['lost_events'] == 0
            found = agrees(paused.file, 4, True)
            assert found['allocations'] - found['frees'] == found['live_blocks']


@case
def every_block_of_a_snapshot_has_its_stack():
    with Recording(program('shots'), record='paused') as paused:
        trace = paused.trace()
        allocs = trace.named('ALLOC')
        assert len(allocs) > 2000
        assert sum(v[0] == 0 for v in allocs) < len(allocs) / 100
        sites = report(paused.file, names=True)['sites']
        assert sites[0]['function'] == 'work', sites[0]


@case
def of_a_whole_recording_it_is_a_moment_that_can_be_asked_for():
    for how in 'main', 'thread', 'once':
        with Recording(program('shots'), how) as recorded:
            model = whole(recorded.trace())
            assert len(model.snapshots) >= 4
            assert not any(shot['whole'] for shot in model.snapshots)
            agrees(recorded.file, len(model.snapshots), False)


@case
def with_small_rings_and_threads_at_work_it_is_exact():
    for options in {}, {'record': 'paused'}:
        with Recording(program('shots'), 'once', buffer='4K',
                       **options) as recorded:
            model = Model(recorded.trace())
            assert not model.faults, model.faults[:3]
            assert len(model.snapshots) == 8
            agrees(recorded.file, 8, bool(options))


@case
def a_signal_handler_may_ask():
    for options in {}, {'record': 'paused'}:
        with Recording(program('shots'), 'signal', **options) as recorded:
            assert recorded.status == 0 and not recorded.complaints
            model = Model(recorded.trace())
            assert not model.faults, model.faults[:3]
            assert 1 <= len(model.snapshots) <= 8
            agrees(recorded.file, len(model.snapshots), bool(options))


@case
def a_recording_that_began_paused_can_be_paused_again():
    for buffer in '8K', '1M':
        with Recording(program('shots'), 'pause', record='paused',
                       buffer=buffer) as recorded:
            trace = recorded.trace()
            model = Model(trace)
            assert not model.faults, model.faults[:3]
            assert not trace.cut and trace.trailer['lost_events'] == 0
            story = [name for _, _, name, _ in trace.events()
                     if name in ('SNAPSHOT', 'PAUSE', 'MARK')]
            # Round 1 is before the first start; 3 is paused.
            assert story == ['SNAPSHOT', 'MARK', 'PAUSE', 'SNAPSHOT', 'MARK',
                             'PAUSE'], story
            assert trace.trailer['events'] == sum(
                map(len, trace.rings.values()))
            assert trace.trailer['held_bytes'] == model.held
            agrees(recorded.file, 2, True)
    with Recording(program('shots')) as full, \
            Recording(program('shots'), 'pause', record='paused') as paused:
        expected, trace = at_marks(full.trace()), paused.trace()
        shots = Model(trace).snapshots
        assert shots[0]['live'] == expected[0]
        assert shots[1]['live'] == expected[2]
        assert at_marks_of(trace) == [expected[1], expected[3]]


def at_marks_of(trace):
    """As at_marks, of a trace that begins anew at its snapshots."""
    model, found = Model.__new__(Model), []
    events, trace_events = trace.events(), trace.events
    for i, (_, _, name, _) in enumerate(events):
        if name == 'MARK':
            trace.events = lambda end=i: events[:end]
            model.__init__(trace)
            found.append(dict(model.live))
    trace.events = trace_events
    return found


# ---- from outside ----

class Waiting:
    """A recorded program that works when it is told to."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix='rpscope-test-')
        self.file = os.path.join(self.folder, 'run.rptrace')
        self.run = subprocess.Popen(
            [RPSCOPE, 'record', '-q', '-o', self.file, *options, '--',
             program('shots'), 'wait'], cwd=self.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.process = int(self.run.stdout.readline())
        self.work()

    def work(self):
        self.run.stdin.write('.')
        self.run.stdin.flush()
        assert self.run.stdout.readline() == 'done\n'

    def ctl(self, *words, status=0):
        done = subprocess.run([RPSCOPE, 'ctl', str(self.process), *words],
                              timeout=HANG, capture_output=True, text=True)
        assert done.returncode == status, (words, done)
        return done.stdout + done.stderr

    def __enter__(self):
        return self

    def end(self):
        self.run.stdin.close()
        assert self.run.wait(HANG) == 0
        self.complaints = self.run.stderr.read()
        self.run.stderr.close()
        self.run.stdout.close()

    def __exit__(self, *_):
        if self.run.poll() is None:
            self.end()
        subprocess.run(['rm', '-r', self.folder], check=True)


@case
def ctl_takes_snapshots_in_every_mode():
    for options, state in ((), False), (('--paused',), True):
        with Waiting(*options) as waiting:
            assert 'snapshot 1 is in ' + waiting.file in waiting.ctl('snapshot')
            waiting.work()
            assert 'snapshot 2 is in' in waiting.ctl('snapshot')
            assert 'It has 2 snapshots.' in waiting.ctl('status')
            waiting.end()
            assert waiting.complaints == ''
            agrees(waiting.file, 2, state)
            says = report(waiting.file, '--at', 'snapshot-3', status=2)
            assert 'has 2 snapshots, and no snapshot-3' in says, says


@case
def ctl_starts_and_stops_and_starts():
    with Waiting('--paused') as waiting:
        waiting.ctl('start')
        assert 'is not paused' in waiting.ctl('start')
        waiting.work()
        assert waiting.ctl('stop').startswith('paused; ')
        assert 'It is paused' in waiting.ctl('status')
        waiting.work()
        waiting.ctl('snapshot')
        waiting.ctl('start')
        waiting.work()
        waiting.ctl('snapshot')
        waiting.ctl('stop')
        assert waiting.ctl('stop') == ''
        assert 'not being recorded' in waiting.ctl('start', status=2)
        waiting.work()
        waiting.end()
        trace = Trace(waiting.file)
        model = Model(trace)
        assert not model.faults, model.faults[:3]
        assert [s['whole'] for s in model.snapshots] == [True, True, True,
                                                         False]
        assert trace.trailer['exit_kind'] == 2
        assert len(report(waiting.file)['snapshots']) == 4


@case
def a_flight_recorder_can_be_read_out_again_and_again():
    for options in ('--last', '1m'), ('--last', '50ms', '--buffer', '64K'):
        with Waiting(*options) as waiting:
            base = waiting.file[:-len('.rptrace')]
            for i in 1, 2, 3:
                path = f'{base}.snapshot-{i}.rptrace'
                assert waiting.ctl('snapshot') == f'snapshot {i} is in {path}\n'
                trace = Trace(path)
                model = Model(trace)
                assert not model.faults, model.faults[:3]
                assert trace.trailer['exit_kind'] == 2
                assert trace.trailer['events'] == sum(
                    map(len, trace.rings.values()))
                assert trace.trailer['held_bytes'] == model.held
                agrees(path, 1, None)
                waiting.work()
            waiting.end()
            model = whole(Trace(waiting.file))
            agrees(waiting.file, 1, None)
            traces = glob.glob(waiting.folder + '/*')
            assert len(traces) == 4, traces


@case
def what_cannot_be_read_out_is_said_and_the_recording_goes_on():
    with Waiting('--last', '1m') as waiting:
        for i in range(1, 4):
            os.mkdir(f'{waiting.folder}/run.snapshot-{i}.rptrace')
        assert 'snapshot 4 is in' in waiting.ctl('snapshot')
        waiting.end()
        whole(Trace(waiting.file))


# ---- deaths ----

def is_whole(path, blocks):
    """Nothing of the recording is missing up to there. blocks: how many the
    program has asked for since the start, at least."""
    trace = Trace(path)
    model = Model(trace)
    assert not model.faults, model.faults[:3]
    assert trace.trailer and trace.trailer['lost_events'] == 0
    state = trace.named('SNAPSHOT')[0]
    made = sum(len(trace.named(name)) for name in ('ALLOC', 'CALLOC'))
    assert made - state[1] >= blocks, (made, state)
    return trace


@case
def killed_after_the_start_it_has_all_up_to_there():
    with Waiting('--paused') as waiting:
        waiting.ctl('start')
        for _ in range(5):
            waiting.work()
        os.kill(waiting.process, 9)
        waiting.run.stdin.close()
        assert waiting.run.wait(HANG) == 137
        # A round asks for some 1,000 blocks.
        assert is_whole(waiting.file, 4500).trailer['exit_kind'] == 5
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/run.rptrace'
        environment = dict(os.environ, RPSCOPE_FILE=path,
                           RPSCOPE_RECORD='paused', LD_PRELOAD=built(
                               'instrumented', 'librpscope-malloc.so'))
        run = subprocess.Popen([program('shots'), 'wait'], env=environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
        process = run.stdout.readline().strip()
        subprocess.run([RPSCOPE, 'ctl', process, 'start'], check=True)
        for _ in range(5):
            run.stdin.write('.')
            run.stdin.flush()
            run.stdout.readline()
        run.kill()
        run.communicate()
        done = subprocess.run([*REPORT, path], timeout=HANG,
                              capture_output=True, text=True)
        assert 'added the' in done.stderr, done.stderr
        assert is_whole(path, 4500).trailer['exit_kind'] == 6


@case
def a_drainer_that_is_killed_after_the_start_has_a_successor():
    with Waiting('--paused') as waiting:
        waiting.ctl('start')
        for _ in range(3):
            waiting.work()
        status = waiting.ctl('status')
        os.kill(int(status.split('by rpscope, process ')[1].split()[0]), 9)
        for _ in range(3):
            waiting.work()
        waiting.end()
        assert 'goes on recording by itself' in waiting.complaints
        is_whole(waiting.file, 5500)


def states_of(process):
    """Of its threads, a letter each."""
    def state(path):
        with open(path) as file:
            return file.read().rpartition(')')[2].split()[0]
    return set(map(state, glob.glob(f'/proc/{process}/task/*/stat')))


def waits_for_an_answer(asking):
    """It sleeps, and has the rings of the other process."""
    with open(f'/proc/{asking.pid}/maps') as file:
        return '.rings.' in file.read() and states_of(asking.pid) == {'S'}


@case
def ctl_of_a_process_that_ends_meanwhile_says_so():
    with Waiting('--paused') as waiting:
        os.kill(waiting.process, 19)
        asking = subprocess.Popen(
            [RPSCOPE, 'ctl', str(waiting.process), 'snapshot'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert 'snapshot 1 is in' in asking.communicate(timeout=HANG)[0]
        os.kill(waiting.process, 9)
        waiting.run.stdin.close()
        assert waiting.run.wait(HANG) == 137
        says = waiting.ctl('snapshot', status=2)
        assert 'is not being recorded' in says, says
        model = Model(Trace(waiting.file))
        assert not model.faults and len(model.snapshots) == 1


@contextlib.contextmanager
def asked_of_a_stopped_program():
    """A program with a drainer of its own that stands still with both, and what
    was asked of it: (program, asking, trace)."""
    with tempfile.TemporaryDirectory() as folder:
        trace = folder + '/run.rptrace'
        environment = dict(os.environ, RPSCOPE_FILE=trace,
                           RPSCOPE_RECORD='paused', LD_PRELOAD=built(
                               'instrumented', 'librpscope-malloc.so'))
        run = subprocess.Popen([program('shots'), 'wait'], env=environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
        process = run.stdout.readline().strip()
        # Or else whoever adds what was left has seen all.
        await_that(lambda: os.path.exists(trace) and os.path.getsize(trace),
                   'its drainer has begun')
        os.kill(int(process), 19)
        await_that(lambda: states_of(process) == {'T'}, 'it has stopped')
        asking = subprocess.Popen([RPSCOPE, 'ctl', process, 'snapshot'],
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        await_that(lambda: waits_for_an_answer(asking), 'it has asked')
        yield run, asking, trace


@case
def ctl_of_a_process_that_dies_with_its_drainer_says_so():
    with asked_of_a_stopped_program() as (run, asking, _):
        run.kill()
        run.communicate()
        says = asking.communicate(timeout=HANG)[0]
        # Somebody else's recorder may come by and add what is in the rings.
        assert asking.returncode == 2, says
        assert 'does not answer' in says or 'not known any more' in says, says


@case
def who_adds_what_was_left_takes_no_snapshot():
    with asked_of_a_stopped_program() as (run, asking, trace):
        run.kill()
        run.communicate()
        subprocess.run([*REPORT, trace], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        says = asking.communicate(timeout=HANG)[0]
        assert asking.returncode == 2, says
        assert 'is in' not in says, says
        assert 'not known any more' in says or 'does not answer' in says, says
        assert not Model(Trace(trace)).snapshots


main()
