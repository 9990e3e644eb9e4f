"""The ratios as a picture: SVG, one panel a figure, one line a program."""
import math
from xml.sax.saxutils import escape

import compare
import tables

COLOURS = ['#7f7f7f', '#1f77b4', '#2ca02c', '#9467bd', '#8c564b', '#17becf']
OURS = '#d62728'
LABEL, PANEL, GAP, ROW, TOP = 120, 420, 30, 22, 70


class Panel:
    """Ratios on a logarithmic scale from the left edge to the right."""

    def __init__(self, left, comparisons):
        ratios = [spread for c in comparisons for spread in c.ratios.values()]
        self.left = left
        self.low = min(0.5, min(spread.least for spread in ratios))
        self.high = max(2.0, max(spread.most for spread in ratios))

    def x(self, ratio):
        span = math.log(self.high / self.low)
        return self.left + PANEL * math.log(ratio / self.low) / span

    def ticks(self):
        power = math.ceil(math.log2(self.low))
        while 2.0 ** power <= self.high:
            yield 2.0 ** power
            power += 1


def text(x, y, words, anchor='start', weight='normal'):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def line(x1, y1, x2, y2, colour, width=1):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>')


def mark(panel, y, spread, colour, ours):
    size = 5 if ours else 3.5
    return [line(panel.x(spread.least), y, panel.x(spread.most), y, colour, 1),
            f'<circle cx="{panel.x(spread.median):.1f}" cy="{y:.1f}" '
            f'r="{size}" fill="{colour}" fill-opacity="0.85"/>']


def draw_panel(panel, figure, comparisons, names, colours, ours):
    bottom = TOP + ROW * (len(comparisons) + 1)
    parts = [text(panel.left, TOP - 28, tables.TITLES[figure], weight='bold')]
    for tick in panel.ticks():
        x = panel.x(tick)
        parts.append(line(x, TOP - 8, x, bottom, '#000' if tick == 1 else
                          '#ddd'))
        parts.append(text(x, TOP - 12, f'{tick:g}', 'middle'))
    for row, c in enumerate(comparisons):
        for name, spread in c.ratios.items():
            parts += mark(panel, TOP + ROW * (row + 0.5), spread,
                          colours[name], name in ours)
    mean = compare.means(comparisons, names)
    for name, value in mean.items():
        parts += mark(panel, TOP + ROW * (len(comparisons) + 0.5),
                      compare.Spread(value, value, value), colours[name],
                      name in ours)
    return parts


def write(path, figures, names, ours, title):
    """`figures`: {figure: comparisons}, the same programs in each."""
    colours = {name: OURS if name in ours else COLOURS[i % len(COLOURS)]
               for i, name in enumerate(names)}
    first = next(iter(figures.values()))
    width = LABEL + len(figures) * (PANEL + GAP)
    height = TOP + ROW * (len(first) + 1) + 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>',
             text(10, 20, title, weight='bold')]
    x = width - GAP
    for name in reversed(names):
        x -= 9 * len(name) + 22
        parts.append(f'<circle cx="{x}" cy="16" r="5" '
                     f'fill="{colours[name]}"/>')
        parts.append(text(x + 9, 20, name))
    rows = [c.workload for c in first] + ['geometric mean']
    for row, name in enumerate(rows):
        y = TOP + ROW * (row + 0.5)
        parts.append(text(LABEL - 8, y + 4, name, 'end'))
        parts.append(line(LABEL, y, width - GAP, y, '#f0f0f0'))
    for index, (figure, comparisons) in enumerate(figures.items()):
        panel = Panel(LABEL + index * (PANEL + GAP), comparisons)
        parts += draw_panel(panel, figure, comparisons, names, colours, ours)
    with open(path, 'w') as file:
        file.write('\n'.join(parts + ['</svg>\n']))
