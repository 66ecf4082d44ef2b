"""The pipeline's worlds serve the jobs too."""

from tests.pipeline.conftest import world

__all__ = ["world"]
