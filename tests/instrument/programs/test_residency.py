#!/usr/bin/env python3
"""Samples of what is in memory are what the program has touched."""
import json
import os
import subprocess

from case import HANG, REPORT, await_that, built, case, main, output
from recording import LIBRARY, Model, Recording, program, whole

BLOCK, PAGE = 64 << 20, os.sysconf('SC_PAGESIZE')


class Preloaded(Recording):
    """By a thread of the program, which goes on to its next step when it was
    looked at."""

    def start(self, command, environment, settings):
        child = subprocess.Popen(command, env=environment, cwd=self.folder,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 text=True)
        step = 0
        while child.stdout.readline():
            step += 1
            enough = self.enough(step, self.samples())
            await_that(lambda: self.samples() >= enough, 'it is looked at', 0.02)
            child.stdin.write('\n')
            child.stdin.flush()
        child.stdin.close()
        self.status = child.wait(HANG)

    @staticmethod
    def enough(step, before):
        """How many looks; the next may have begun before."""
        return before + 3

    def samples(self):
        trace = self.so_far()
        return len(samples(trace)) if trace else 0


class UnderRecord(Preloaded):
    """By rpscope record."""

    def run(self, command, residency='50ms', record='on'):
        options = ['--paused'] if record == 'paused' else []
        self.start([built('rpscope'), 'record', '-q', '-o', self.file,
                    '--residency', residency, *options, '--library',
                    LIBRARY['instrumented'], '--', *command], None, None)


def samples(trace):
    """When there was one."""
    return {time for time, ring, name, _ in trace.events()
            if name == 'RESIDENCY' and ring == 0}


def seen(trace):
    """[(held, resident)] of the large block, sample by sample, without
    repetition."""
    found = []
    for _, size, resident in trace.named('RESIDENCY'):
        assert 0 <= resident <= size
        if size >= BLOCK and (not found or found[-1] != resident):
            found.append(resident)
    return found


def report(path, *options):
    done = subprocess.run([*REPORT, *options, path],
                          timeout=HANG, capture_output=True, text=True)
    assert done.returncode == 0, done
    return done.stdout


@case
def the_pages_that_were_touched_are_seen_and_those_given_back_are_not():
    for way in Preloaded, UnderRecord:
        with way(program('resident'), residency='50ms') as recorded:
            trace = recorded.trace()
            whole(trace)
            # A sample may come in the middle of a step.
            found = seen(trace)
            rest = iter(found)
            assert all(pages * PAGE in rest for pages in (0, 3000, 1000)), found
            assert max(found) == 3000 * PAGE and found[-1] == 1000 * PAGE
            ms = trace.trailer['duration_ns'] // 1000000
            count = len(samples(trace))
            assert 10 < count < 10 + ms / 50, (count, ms)
            found = json.loads(report(recorded.file, '--json'))['residency']
            assert found['samples'] == count, (found, count)
            # The last one was at the end: the block is gone.
            assert found['resident_bytes'] <= found['held_bytes']
            assert found['held_bytes'] < BLOCK
            text = report(recorded.file, '--at', f'{ms * 3 // 4}ms')
            assert 'RESIDENT' in text and 'samples' in text


@case
def with_a_snapshot_comes_a_sample_also_while_it_is_paused():
    class Once(Preloaded):
        @staticmethod
        def enough(step, before):
            return step

    class OnceUnderRecord(Once, UnderRecord):
        pass

    for way in Once, OnceUnderRecord:
        for how in 'on', 'paused':
            with way(program('resident'), 'asks', residency='60m',
                     record=how) as recorded:
                trace = recorded.trace()
                model = Model(trace)
                assert not model.faults and len(model.snapshots) == 4
                assert seen(trace) == [0, 3000 * PAGE, 1000 * PAGE], (
                    how, seen(trace))


@case
def without_being_asked_for_nothing_is_sampled_or_shown():
    for residency in 'off', '':
        with Recording(program('resident'), 'asks',
                       residency=residency) as recorded:
            assert recorded.trace().named('RESIDENCY') == []
            assert 'RESIDENT' not in report(recorded.file)
            found = json.loads(report(recorded.file, '--json'))
            assert found['residency'] is None


@case
def what_nobody_has_touched_is_told_of_the_call_site():
    with Recording(program('resident'), 'asks', residency='5m') as recorded:
        def told(moment):
            told = json.loads(report(recorded.file, '--json', '--at', moment))
            absent = (told['residency']['mapped_bytes'] -
                      told['residency']['resident_bytes'])
            return absent, max(site['untouched_bytes']
                               for site in told['sites'])

        # The sample comes after the moment, and in the middle of what follows.
        for moment in 'snapshot-2', 'snapshot-3':
            absent, untouched = told(moment)
            assert absent - (8 << 20) <= untouched <= min(absent, BLOCK), (
                moment, absent, untouched)
            assert untouched >= BLOCK - 3000 * PAGE - (2 << 20), untouched
            assert 'nobody has touched' in report(recorded.file, '--at', moment)
        assert '; never touched ' in output(
            built('rpscope'), 'dump', '--screen', 'calls', '--size', '120x30',
            '--at', 'snapshot-2', recorded.file)
        for time, _, name, values in recorded.trace().events():
            if name == 'PAGES':
                assert values[0] % PAGE == values[1] % PAGE == 0


main()
