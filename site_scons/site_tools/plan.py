"""build/plan.json: how the programs of the suites are made, for tests that make
them anew with a change in core (tests/mutants/changed.py).

Of each program the command that links it and its objects; of each object its
source and the command that compiles it.
"""
import json


def command(node, name):
    env = node.get_build_env()
    return env.subst(name, target=[node], source=node.sources)


def compiled(node):
    source = node.sources[0].srcnode().path
    return {'source': source, 'command': command(
        node, '$SHCXXCOM' if source.endswith('.cc') else '$SHCCCOM')}


def plan(env, *programs):
    objects, linked = {}, {}
    for node in env.Flatten(programs):
        parts = [part for part in node.sources if str(part).endswith('.os')]
        if not parts:
            continue  # a script
        is_shared = node.path.endswith(('.so', '.so.1.0.0'))
        linked[node.path] = {
            'command': command(node, '$SHLINKCOM' if is_shared else '$LINKCOM'),
            'objects': [part.path for part in parts]}
        for part in parts:
            if part.path not in objects:
                objects[part.path] = compiled(part)
    text = json.dumps({'objects': objects, 'programs': linked}, indent=1)
    return env.Textfile('$BUILD/plan.json', text.replace('$', '$$'))


def generate(env):
    env.AddMethod(plan, 'Plan')


def exists(env):
    return True
