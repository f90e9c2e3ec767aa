"""Where the parts of a running sandbox are found in its application."""

from aiohttp import web

from .delivery import Delivery
from .faults import Fault
from .world import World

WORLD = web.AppKey("world", World)
DELIVERY = web.AppKey("delivery", Delivery)
FAULTS = web.AppKey("faults", list[Fault])
