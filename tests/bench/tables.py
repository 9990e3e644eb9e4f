"""Comparisons as text for people and as CSV for programs."""
import csv

import compare

TITLES = {'wall_ns': 'time (wall clock)', 'cpu_ns': 'time (processor)',
          'peak_kib': 'peak resident memory',
          'server_ns': 'time (processor) of the server itself'}


def lines(header, rows):
    """Columns, the first to the left and the others to the right."""
    table = [header] + rows
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    return '\n'.join('  '.join(
        [row[0].ljust(widths[0])]
        + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
        for row in table)


def amount(figure, value):
    if figure == 'peak_kib':
        return f'{value / 1024:.1f} MiB'
    return f'{value / 1e9:.2f} s' if value >= 1e9 else f'{value / 1e6:.0f} ms'


def ratio_cell(spread, rounds):
    if not spread:
        return '-'
    if rounds == 1:
        return f'{spread.median:.2f}'
    return f'{spread.median:.2f} ({spread.least:.2f}-{spread.most:.2f})'


def ratio_table(figure, comparisons, names, rounds, base=None):
    """One line a program: what ratios divide by, and each one's ratio.

    `base` says what that is when it is the same in each program.
    """
    rows = []
    for c in comparisons:
        value = amount(figure, c.values[c.base].median)
        rows.append([c.workload, value if base else f'{c.base} {value}']
                    + [ratio_cell(c.ratios.get(name), rounds) for name in names])
    mean = compare.means(comparisons, names)
    rows.append(['geometric mean', f'of {len(comparisons)} programs']
                + [f'{mean[name]:.2f}' if name in mean else '-'
                   for name in names])
    return (f'{TITLES[figure]}, relative to '
            f'{base or "the best peer in each program"}: '
            f'median of {rounds} round{"s"[:rounds > 1]} (least-most)\n'
            + lines(['program', '1.00 is', *names], rows))


def pair_table(comparisons, names, pairs, rounds):
    """Nanoseconds of processor time for a pair of malloc and free."""
    rows = [[c.workload] + [
        f'{c.values[name].median / pairs[c.workload]:.2f} '
        f'({c.values[name].least / pairs[c.workload]:.2f})'
        if name in c.values else '-' for name in names] for c in comparisons]
    return (f'ns for a pair of malloc and free, loop included: median of '
            f'{rounds} rounds (least)\n' + lines(['loop', *names], rows))


def write_runs(path, results):
    """`results`: {(workload name, setting name): [result of each round]}"""
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['program', 'setting', 'round', 'wall_ns', 'cpu_ns',
                         'peak_kib', 'minor_faults', 'trace_bytes'])
        for (workload, setting), rounds in results.items():
            for index, result in enumerate(rounds):
                writer.writerow([workload, setting, index + 1] + [
                    result[key] for key in ('wall_ns', 'cpu_ns', 'peak_kib',
                                            'minor_faults', 'trace_bytes')])


def write_summary(path, comparisons):
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['program', 'group', 'figure', 'setting', 'base',
                         'median', 'least', 'most', 'ratio_median',
                         'ratio_least', 'ratio_most'])
        for c in comparisons:
            for name, value in c.values.items():
                ratio = c.ratios[name]
                writer.writerow(
                    [c.workload, c.group, c.figure, name, c.base]
                    + [f'{number:.0f}' for number in
                       (value.median, value.least, value.most)]
                    + [f'{number:.4f}' for number in
                       (ratio.median, ratio.least, ratio.most)])


def write_figures(path, figures):
    """Rows of (figure, setting, value), of counts and footprints."""
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['figure', 'setting', 'value'])
        writer.writerows(figures)


def figure_table(title, figures):
    """The same rows as a table, one line a figure."""
    names = list(dict.fromkeys(name for _, name, _ in figures))
    values = {(figure, name): value for figure, name, value in figures}
    rows = [[figure] + [values.get((figure, name), '-') for name in names]
            for figure in dict.fromkeys(figure for figure, _, _ in figures)]
    return title + '\n' + lines(['figure', *names], rows)
