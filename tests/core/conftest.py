"""One profile for every property of the core: the same examples on every machine, no clock in the verdict."""

from hypothesis import settings

settings.register_profile("core", deadline=None, derandomize=True, max_examples=100, database=None)
settings.load_profile("core")
