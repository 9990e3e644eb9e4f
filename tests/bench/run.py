#!/usr/bin/env python3
"""Measures the allocator beside its peers and prints what came out.

README.md beside this file says what each program does and how to read the
tables. Files with all numbers and a picture go to the output folder.
"""
import argparse
import os
import sys

import compare
import counts
import footprint
import plot
import real
import recorders
import runner
import settings
import shapes
import tables
import tracing
import workloads

PARTS = ['programs', 'micro', 'counts', 'footprint', 'shapes', 'recorder']


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', default='build', help='the build folder')
    parser.add_argument('--quick', action='store_true',
                        help='0.3 s a run in place of 2 s, fewer rounds')
    parser.add_argument('--only', default='', metavar='NAME,NAME',
                        help='only programs with one of these in their name')
    parser.add_argument('--part', default=','.join(PARTS),
                        help='some of: ' + ', '.join(PARTS))
    parser.add_argument('--rounds', type=int, help='of each program')
    parser.add_argument('--litter', action='store_true',
                        help='each program begins in a littered heap')
    parser.add_argument('--peer', action='append', default=[],
                        metavar='NAME:FILE', help='one more allocator')
    options = parser.parse_args()
    options.part = options.part.split(',')
    options.only = [word for word in options.only.split(',') if word]
    for part in options.part:
        if part not in PARTS:
            parser.error(f'no part {part!r}; there are: {", ".join(PARTS)}')
    if options.rounds is None:
        options.rounds = 3 if options.quick else 7
    if options.rounds < 1:
        parser.error('at least 1 round')
    return options


class Session:
    """One run of the suite: what is measured, and what came out."""

    def __init__(self, options):
        self.options = options
        self.programs = os.path.join(options.build, 'tests/bench')
        self.output = os.path.join(options.build, 'bench')
        self.work = os.path.join(self.output, 'work')
        os.makedirs(self.work, exist_ok=True)
        self.work = os.path.abspath(self.work)
        self.chosen, self.notes = settings.allocators(options.build,
                                                      options.peer)
        self.names = [setting.name for setting in self.chosen]
        self.ours = [s.name for s in self.chosen if s.ours]
        self.runner = runner.Runner(os.path.abspath(self.programs), self.work,
                                    options.quick, options.litter)
        self.results, self.comparisons, self.texts = {}, [], []
        self.failures = []

    def say(self, text):
        if sys.stderr.isatty():
            print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)

    def tell(self, text):
        self.say('')
        self.texts.append(text)
        print(text + '\n', flush=True)

    def file(self, name):
        return os.path.join(self.output, name)

    def wanted(self, found):
        only = self.options.only
        return [workload for workload in found if not only
                or any(word in workload.name for word in only)]

    def measure(self, found, figures):
        """{figure: comparisons} of these workloads."""
        result = {figure: [] for figure in figures}
        for workload in found:
            rounds, failures = runner.rounds(
                self.runner, workload, self.chosen, self.options.rounds,
                self.say)
            self.failures += failures
            for name, values in rounds.items():
                self.results[workload.name, name] = values
            for figure in figures:
                one = compare.compare(workload, figure, rounds, self.ours)
                if one:
                    result[figure].append(one)
                    self.comparisons.append(one)
        return result

    def run_programs(self):
        threads = max(2, len(os.sched_getaffinity(0)))
        found, missing = real.real_workloads(self.work)
        self.notes += missing
        figures = self.measure(
            self.wanted(workloads.field_workloads(threads) + found),
            ['wall_ns', 'cpu_ns', 'peak_kib'])
        figures = {figure: rows for figure, rows in figures.items() if rows}
        for figure, rows in figures.items():
            self.tell(tables.ratio_table(figure, rows, self.names,
                                         self.options.rounds))
        if figures:
            plot.write(self.file('programs.svg'), figures, self.names,
                       self.ours, 'relative to the best peer in each program')

    def run_micro(self):
        found = self.wanted(workloads.micro_workloads())
        pairs = {w.name: w.size(self.options.quick) * 1000 * w.threads
                 for w in found}
        rows = self.measure(found, ['cpu_ns'])['cpu_ns']
        if rows:
            self.tell(tables.pair_table(rows, self.names, pairs,
                                        self.options.rounds))

    def run_figures(self):
        rows = []
        if 'counts' in self.options.part:
            self.notes += counts.missing()
            if not counts.missing():
                titles = ('instructions', 'misses of a second-level cache '
                          '(1 MiB, 8 ways; simulated)', 'instructions, recorded,')
                ours = recorders.ours(self.options.build)[0]
                off = [setting for setting in ours if setting.name == 'off']
                for title, found in zip(titles, counts.count(
                        self.programs, self.chosen + off, ours,
                        self.options.only, self.say)):
                    if found:
                        self.tell(tables.figure_table(
                            f'{title} for a pair of malloc and free, loop '
                            'included', found))
                    rows += [(f'{title}: {figure}', *rest)
                             for figure, *rest in found]
        if 'footprint' in self.options.part and not self.options.only:
            found = footprint.measure(self.programs, self.chosen,
                                      self.options.quick, self.say)
            self.tell(tables.figure_table('memory', found))
            rows += found
        if 'shapes' in self.options.part and not self.options.only:
            found = shapes.measure(self.programs, self.chosen,
                                   self.options.quick, self.say)
            self.tell(tables.figure_table('shapes of load', found))
            rows += found
        tables.write_figures(self.file('figures.csv'), rows)

    def run_recorder(self):
        chosen, missing = recorders.all_recorders(self.options.build)
        found = tracing.recorded_workloads(real.real_workloads(self.work)[0])
        self.notes += missing
        texts, comparisons, results, failures = tracing.measure(
            self.runner, self.wanted(found), chosen, self.options.rounds,
            self.say)
        for text in [*texts, tracing.drainer(self.runner)]:
            if text:
                self.tell(text)
        self.comparisons += comparisons
        self.results.update(results)
        self.failures += failures

    def finish(self):
        for sentence in self.notes:
            self.tell(sentence)
        for sentence in self.failures:
            self.tell('FAILED: ' + sentence)
        tables.write_runs(self.file('runs.csv'), self.results)
        tables.write_summary(self.file('summary.csv'), self.comparisons)
        with open(self.file('result.txt'), 'w') as file:
            file.write('\n\n'.join(self.texts) + '\n')
        print(f'all numbers: {self.output}/*.csv; picture: '
              f'{self.output}/programs.svg')
        return 1 if self.failures else 0


def main():
    options = parse()
    session = Session(options)
    if 'programs' in options.part:
        session.run_programs()
    if 'micro' in options.part:
        session.run_micro()
    session.run_figures()
    if 'recorder' in options.part:
        session.run_recorder()
    return session.finish()


if __name__ == '__main__':
    sys.exit(main())
