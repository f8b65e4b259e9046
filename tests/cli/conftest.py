from tests.support.command_fixture import command

__all__ = ["command"]
