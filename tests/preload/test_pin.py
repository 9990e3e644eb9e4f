#!/usr/bin/env python3
"""A pin that was planted is found, named, and measured to the byte."""
import json
import tempfile

from case import built, case, main, output


@case
def a_planted_pin_comes_first_and_its_bytes_are_exact():
    with tempfile.TemporaryDirectory() as folder:
        trace = f'{folder}/pin.rptrace'
        told = output(built('rpscope'), 'record', '--quiet', '-o', trace, '--',
                      built('tests', 'preload', 'planted_pin'))
        blocks, alone = map(int, told.split())
        report = json.loads(output(built('rpscope'), 'report', '--json', trace))

    first = report['pins'][0]
    assert first['frames'][0]['function'] == 'plant', first
    assert first['live_blocks'] == blocks, (first, blocks)
    assert first['alone_bytes'] == alone, (first['alone_bytes'], alone)
    assert first['share_bytes'] == alone, 'nobody else lives in these spans'
    assert report['residual_bytes'] == 0


main()
