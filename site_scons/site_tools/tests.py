"""Test programs: a test_*.c is a program, a test_*.py or test_*.sh a script."""
import os


def tests(env, name='test_*', without=(), alone=False, **settings):
    """The test programs and scripts of this folder.

    Its other *.c are linked to each test program; or, alone=True, are small
    programs of their own, for the scripts. without: sources to leave out.
    """
    env = env.Clone(**settings)

    def program(source, *more):
        return env.Program(
            os.path.splitext(source.name)[0],
            env.Flatten([env.SharedObject(source), more,
                         env.get('tested', [])]))

    others = env.Glob('*.c', exclude=[name + '.c', *without])
    if alone:
        helpers = [program(source) for source in others + env.Glob('*.cc')]
    else:
        helpers = [env.SharedObject(source)[0] for source in others]
    programs = [program(source, *([] if alone else helpers))
                for source in env.Glob(name + '.c', exclude=list(without))]
    scripts = [script.srcnode()
               for script in env.Glob(name + '.py') + env.Glob(name + '.sh')]
    env.Depends(scripts, helpers)
    return env.Flatten(programs) + scripts


def generate(env):
    env.AddMethod(tests, 'Tests')


def exists(env):
    return True
