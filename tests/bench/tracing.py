"""What recording costs: time, time for each call, bytes for each call."""
import os
import statistics
import subprocess

import compare
import recorders
import runner
import settings
import tables
import workloads

REAL = ('python', 'sqlite', 'redis', 'cc1')


def recorded_workloads(found):
    """The loops, and those of the real programs that recorders are run on."""
    loops = [('churn depth 10', (10, 1)), ('churn depth 30', (30, 1)),
             ('churn 2 threads', (10, 2))]
    return [workloads.Workload(name, 'recorder', 16000, 'churn', arguments,
                               threads=arguments[1])
            for name, arguments in loops] + [
                workload for workload in found if workload.name in REAL]


def calls(run, workload):
    """How often the program calls the malloc family, counted by calls.c."""
    path = os.path.join(run.work, 'calls')
    if os.path.exists(path):
        os.remove(path)
    run.run(workload, settings.Setting(
        'the counting library', os.path.join(run.folder, 'libcalls.so'),
        allocator=False, environment={'BENCH_CALLS': path}))
    if not os.path.exists(path):
        raise runner.Failed(f'{workload.name}: its calls were not counted')
    with open(path) as file:
        return sum(int(line) for line in file)


def added(workload, figure, results, count):
    """{setting name: ns added to each call}, against what it stands on."""
    found = {}
    for name, rounds in results.items():
        base = 'release' if name in recorders.OURS else 'glibc'
        if name in ('glibc', 'release') or base not in results:
            continue
        threads = workload.threads if figure == 'wall_ns' else 1
        found[name] = statistics.median(
            (one[figure] - other[figure]) * threads / count
            for one, other in zip(rounds, results[base]))
    return found


def call_tables(rows, names):
    """`rows`: (workload, calls, {figure: added}, {setting: trace bytes})."""
    def table(title, cell):
        return title + '\n' + tables.lines(
            ['program', 'calls', *names],
            [[row[0].name, f'{row[1]:,}'] + [cell(row, name) for name in names]
             for row in rows])

    def number(value, form):
        return '-' if value is None else form % value

    yield table('ns added to each call, wall clock of a thread; ours against '
                'release, the others against glibc',
                lambda row, name: number(row[2]['wall_ns'].get(name), '%.1f'))
    yield table('ns added to each call, processor time of everything',
                lambda row, name: number(row[2]['cpu_ns'].get(name), '%.1f'))
    yield table('bytes of trace for each call',
                lambda row, name: number(row[3][name] / row[1]
                                         if row[3].get(name) else None,
                                         '%.2f'))


def per_call(run, workload, rounds):
    """A row for call_tables."""
    count = calls(run, workload)
    return (workload, count,
            {figure: added(workload, figure, rounds, count)
             for figure in ('wall_ns', 'cpu_ns')},
            {name: statistics.median(result['trace_bytes'] for result in values)
             for name, values in rounds.items()})


def drainer(run, rounds=30):
    """What drain.c finds, as text; None where it was not built."""
    program = os.path.join(run.folder, 'drain')
    if not os.path.exists(program):
        return None
    trace = os.path.join(run.work, 'drained')
    found = subprocess.run([program, str(rounds), trace], capture_output=True,
                           text=True, check=True, timeout=300)
    os.remove(trace)
    rate, density = found.stdout.split()
    return (f'drainer, on one core: {rate} M events a second, {density} bytes '
            f'of trace for each (median of {rounds} full rings; encoding, '
            'compression, checksums, writing)')


def measure(run, found, chosen, count, say):
    """Returns (texts, comparisons, results, failures)."""
    rows, results, failures = [], {}, []
    figures = {figure: [] for figure in ('wall_ns', 'cpu_ns', 'server_ns',
                                         'peak_kib')}
    with recorders.lttng_daemon(any(s.name == 'LTTng' for s in chosen)):
        for workload in found:
            rounds, failed = runner.rounds(run, workload, chosen, count, say)
            failures += failed
            for name, values in rounds.items():
                results[workload.name, name] = values
            for figure, comparisons in figures.items():
                if not all(figure in result for values in rounds.values()
                           for result in values):
                    continue
                one = compare.compare(workload, figure, rounds, base='glibc')
                if one:
                    comparisons.append(one)
            try:
                rows.append(per_call(run, workload, rounds))
            except runner.Failed as failure:
                failures.append(str(failure))
    names = [setting.name for setting in chosen]
    texts = [tables.ratio_table(figure, comparisons, names, count,
                                'glibc without a recorder')
             for figure, comparisons in figures.items() if comparisons]
    if rows:
        texts += call_tables(rows, names)
    return texts, sum(figures.values(), []), results, failures
