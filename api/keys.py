"""Where handlers find what the application was composed of."""

from aiohttp import web

from ferryman.purchase.parties import Origin
from ferryman.purchase.policy import Policy
from ferryman.records import Records
from ferryman.records.outbox import Outbox

from .acts import Acting
from .after_sale import AfterSales
from .delivery import Delivery
from .engine import Engine
from .health import Health
from .metrics import Metrics
from .routes import Route
from .signatures import Signatures
from .unverified import Unverified
from .watch import Watch

ENGINE = web.AppKey("engine", Engine)
ACTING = web.AppKey("acting", Acting)
AFTER_SALES = web.AppKey("after_sales", AfterSales)
RECORDS = web.AppKey("records", Records)
OUTBOX = web.AppKey("outbox", Outbox)
WATCH = web.AppKey("watch", Watch)
POLICY = web.AppKey("policy", Policy)
SHIP_FROM = web.AppKey("ship_from", Origin)
SIGNATURES = web.AppKey("signatures", Signatures)
UNVERIFIED = web.AppKey("unverified", Unverified)
DELIVERY = web.AppKey("delivery", Delivery)
HEALTH = web.AppKey("health", Health)
METRICS = web.AppKey("metrics", Metrics)
ROUTES = web.AppKey("routes", tuple[Route, ...])
