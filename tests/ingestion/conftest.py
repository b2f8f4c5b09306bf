"""What the tests of the pipeline stand on: the same kind of deployment as the tests of the tenant plane."""

from tests.app.http.conftest import deployment

__all__ = ["deployment"]
