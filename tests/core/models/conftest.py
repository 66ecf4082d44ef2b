"""The oracle: an archived library that warns on import and numbers that it was published with."""

import warnings
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def lifetimes() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
        import lifetimes.datasets
    return lifetimes  # type: ignore[no-any-return]
