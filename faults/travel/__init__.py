"""A whole Ferryman in one process, and a world around it in which weeks pass in seconds."""

from .server import temporal_server
from .shopper import Shopper
from .world import World, opened

__all__ = ["Shopper", "World", "opened", "temporal_server"]
