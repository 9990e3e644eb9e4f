#!/usr/bin/env python3
"""schema.py SCHEMA FILE - is the file as the schema says? Exit status 0 or 1.

As much of JSON Schema as report.schema.json uses, and no more; a word of the
schema that is not known here is an error, so nothing is passed over in silence.
"""
import json
import re
import sys

TYPES = {
    'object': lambda value: isinstance(value, dict),
    'array': lambda value: isinstance(value, list),
    'string': lambda value: isinstance(value, str),
    'integer': lambda value: isinstance(value, int)
    and not isinstance(value, bool),
    'number': lambda value: isinstance(value, (int, float))
    and not isinstance(value, bool),
    'boolean': lambda value: isinstance(value, bool),
    'null': lambda value: value is None,
}
SAID = {'$schema', '$id', 'title', 'description', 'definitions'}
CHECKED = {'$ref', 'type', 'const', 'enum', 'minimum', 'pattern', 'required',
           'properties', 'patternProperties', 'additionalProperties', 'items',
           'minItems', 'maxItems'}


def check(value, schema, root, place):
    unknown = schema.keys() - SAID - CHECKED
    assert not unknown, f'the schema uses {unknown}, which schema.py lacks'
    if '$ref' in schema:
        name = schema['$ref'].removeprefix('#/definitions/')
        return check(value, root['definitions'][name], root, place)
    if 'const' in schema:
        assert value == schema['const'], f'{place}: {value!r}'
    if 'enum' in schema:
        assert value in schema['enum'], f'{place}: {value!r}'
    if 'type' in schema:
        types = schema['type']
        types = types if isinstance(types, list) else [types]
        assert any(TYPES[one](value) for one in types), f'{place}: {value!r}'
    if 'minimum' in schema and TYPES['number'](value):
        assert value >= schema['minimum'], f'{place}: {value!r}'
    if 'pattern' in schema and isinstance(value, str):
        assert re.search(schema['pattern'], value), f'{place}: {value!r}'
    if isinstance(value, list):
        assert schema.get('minItems', 0) <= len(value), place
        assert len(value) <= schema.get('maxItems', len(value)), place
        for i, one in enumerate(value):
            check(one, schema.get('items', {}), root, f'{place}[{i}]')
    if isinstance(value, dict):
        check_object(value, schema, root, place)


def check_object(value, schema, root, place):
    missing = set(schema.get('required', ())) - value.keys()
    assert not missing, f'{place}: has no {missing}'
    for key, one in value.items():
        if key in schema.get('properties', {}):
            check(one, schema['properties'][key], root, f'{place}.{key}')
            continue
        patterns = [rule for pattern, rule
                    in schema.get('patternProperties', {}).items()
                    if re.search(pattern, key)]
        assert patterns or schema.get('additionalProperties', True), (
            f'{place}: has {key}, which the schema does not know')
        for rule in patterns:
            check(one, rule, root, f'{place}.{key}')


def unique(pairs):
    """For json.loads: an object with a key that stands twice is no object."""
    keys = [key for key, value in pairs]
    assert len(keys) == len(set(keys)), f'a key stands twice in {keys}'
    return dict(pairs)


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        schema = json.load(file)
    with open(sys.argv[2], encoding='utf-8') as file:
        value = json.load(file, object_pairs_hook=unique)
    check(value, schema, schema, '$')


main()
