"""How a command says that it could not do what it was asked."""


class CommandError(Exception):
    """The message is the whole story: what happened, and what to do."""
