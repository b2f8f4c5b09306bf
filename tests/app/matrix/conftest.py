"""The deployment of the HTTP planes' tests."""

from tests.app.http.conftest import deployment

__all__ = ["deployment"]
