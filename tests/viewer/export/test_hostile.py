#!/usr/bin/env python3
"""Whatever a function, a file and a thread are called, no output does what is in
their names: no terminal, no shell of a CI system, no spreadsheet, no browser."""
import csv
import json
import xml.etree.ElementTree

from case import case, cases_for, main, output
from exported import RPSCOPE, TRACE, record

AGAIN = record('again.rptrace')
RULE = 'sites[function ~ alert]: live_bytes < 1'
# Each command that tells of sites, in each of its formats.
COMMANDS = {
    'report': ['report', TRACE],
    'report json': ['report', '--json', TRACE],
    'report markdown': ['report', '--format', 'markdown', TRACE],
    **{f'query {how}': ['query', 'sites', '--format', how, TRACE]
       for how in ('text', 'json', 'csv', 'markdown')},
    'query threads': ['query', 'threads', '--format', 'csv', TRACE],
    **{f'check {how}': ['check', '--format', how, TRACE, RULE]
       for how in ('text', 'json', 'junit', 'github', 'sarif')},
    **{f'diff {how}': ['diff', '--format', how, TRACE, AGAIN]
       for how in ('text', 'json', 'markdown')},
    'export folded': ['export', TRACE],
    'export speedscope': ['export', '--format', 'speedscope', TRACE],
    'export firefox': ['export', '--format', 'firefox', TRACE],
    'export html': ['export', '--format', 'html', TRACE],
    'dump': ['dump', '--screen', 'calls', TRACE],
}


def told(name):
    return output(RPSCOPE, *COMMANDS[name], status='check' in name)


@cases_for(COMMANDS)
def a_terminal_is_given_no_control(name):
    text = told(name)
    assert all(character in '\n\r' or ord(character) >= 32 for character in text
               ), [c for c in text if ord(c) < 32 and c not in '\n\r']
    # Bytes that are no UTF-8 would be here as this.
    assert '\ufffd' not in text or 'json' in name


@cases_for([name for name in COMMANDS if any(
    how in name for how in ('json', 'sarif', 'speedscope', 'firefox'))])
def json_is_json(name):
    word = 'alert' if 'sarif' in name else 'alert(1)'
    assert word in json.dumps(json.loads(told(name))) or 'diff' in name


@case
def junit_has_the_name_as_a_text():
    suite = xml.etree.ElementTree.fromstring(told('check junit').encode())
    message = suite[0][0].attrib['message']
    assert '=1+1;"<..>alert (@evil<i>,"&.c:5)' in message, message
    assert [element.tag for element in suite.iter()] == [
        'testsuite', 'testcase', 'failure']


@case
def github_is_given_one_command():
    text = told('check github')
    line, = text.splitlines()
    assert line.startswith('::error file=') and line.count('::') == 2, line
    properties = line[len('::error '):].partition('::')[0].split(',')
    assert [word.partition('=')[0] for word in properties] == [
        'file', 'line', 'title'], properties
    assert properties[0].endswith('@evil<i>%2C"&.c'), properties


@cases_for(['query csv', 'query threads'])
def a_spreadsheet_has_nothing_to_calculate(name):
    rows = list(csv.reader(told(name).splitlines()))
    assert len({len(row) for row in rows if row}) == 1
    assert not any(cell[0] in '=+@' for row in rows for cell in row if cell)
    assert any('=' in cell for row in rows for cell in row)


main()
