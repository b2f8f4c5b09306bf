"""Reading documents that nobody vouches for: each in a process of its own, behind walls."""

from ingestion.chunk import Piece
from ingestion.formats.detection import detect
from ingestion.parse.outcome import Extracted, Limits, ParseFailed
from ingestion.parse.pool import ParserPool, WallsMissing
from ingestion.parse.sandbox.walls import Walls, walls

__all__ = [
    "Extracted",
    "Limits",
    "ParseFailed",
    "ParserPool",
    "Piece",
    "Walls",
    "WallsMissing",
    "detect",
    "walls",
]
