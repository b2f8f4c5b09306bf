"""The environments that a tenant's clients work for, each with a model provider of its own."""

from enum import StrEnum


class Environment(StrEnum):
    """What a client works for."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"
