"""Test programs: a test_*.c is a program, a test_*.py or test_*.sh a script.

They stand in a folder or in its rooms, which mirror those of what they test.
"""
import os

ROOMS = ('', '*/', '*/*/')
QUICK_START = {}  # by the folder that it is built into


def quick_start(env):
    """What goes into each program with Criterion: one object a variant."""
    folder = env['BUILD']
    if folder not in QUICK_START:
        QUICK_START[folder] = env.SharedObject('$BUILD/tests/quick_start',
                                               '#tests/quick_start.c')
    return QUICK_START[folder]


def tests(env, name='test_*', without=(), alone=False, **settings):
    """The test programs and scripts of this folder and its rooms.

    The other *.c of the folder are linked to each test program; or, alone=True,
    are small programs of their own, for the scripts. without: what to leave out.
    """
    env = env.Clone(**settings)
    here = env.Dir('.')
    harness = quick_start(env) if 'criterion' in env.get('LIBS', []) else []

    def found(*endings):
        return env.Sources(*(room + name + ending for ending in endings
                             for room in ROOMS), without=without)

    def program(source, *more):
        return env.Program(
            os.path.splitext(here.rel_path(source))[0],
            env.Flatten([env.SharedObject(source), more, harness,
                         env.get('tested', [])]))

    others = env.Sources('*.c', without=[name + '.c', *without])
    if alone:
        helpers = [program(source) for source in others + env.Sources('*.cc')]
    else:
        helpers = [env.SharedObject(source)[0] for source in others]
    programs = [program(source, *([] if alone else helpers))
                for source in found('.c')]
    scripts = [script.srcnode() for script in found('.py', '.sh')]
    env.Depends(scripts, helpers)
    return env.Flatten(programs) + scripts


def generate(env):
    env.AddMethod(tests, 'Tests')


def exists(env):
    return True
