"""Tasks: `scons NAME` brings what the task needs up to date and runs it."""
from SCons.Script import Action


def task(env, name, command, needs=()):
    node = env.Command(f'#{name}', [], Action(command, None))
    env.Depends(node, needs)
    env.AlwaysBuild(env.Alias(name, node))
    env.Pseudo(node)


def generate(env):
    env.AddMethod(task, 'Task')


def exists(env):
    return True
