#!/usr/bin/env python3
"""The report as Markdown has the figures of the report, and names in it are
texts."""
import re

from case import case, main, output
from exported import RPSCOPE, TRACE, report

REPORT = report()


def told(*words):
    return output(RPSCOPE, 'report', '--format', 'markdown', *words, TRACE)


def cells(line):
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]


@case
def it_has_the_verdict_and_the_tables_of_the_report():
    text = told()
    for sentence in REPORT['verdict']:
        assert sentence in text.replace('\\', ''), sentence
    tables = re.findall(r'(?:^\|.*\n)+', text, re.M)
    assert len(tables) == 4, text
    for table in tables:
        rows = [cells(line) for line in table.splitlines()]
        assert len({len(row) for row in rows}) == 1, table
        assert all(re.fullmatch('---:?', cell) for cell in rows[1]), table
    assert len(tables[0].splitlines()) == 2 + 11  # the parts, and their sum
    assert len(tables[1].splitlines()) == 2 + len(REPORT['pins'])
    assert len(tables[2].splitlines()) == 2 + len(REPORT['sites'])
    plain = output(RPSCOPE, 'report', TRACE)
    for cell in cells(tables[1].splitlines()[2])[:-1]:
        assert cell in plain, cell


@case
def a_name_makes_no_table_no_link_and_no_html():
    text = told()
    line, = [line for line in text.splitlines()
             if 'alert' in line and line.startswith('|')][1:]
    assert r'\<..>alert (@evil\<i>,"\&.c:5)' in line, line
    assert not re.search(r'(?<!\\)<', text), text


@case
def rows_beyond_the_top_are_counted():
    assert f'and {len(REPORT["sites"]) - 1} more' in told('--top', '1')


main()
