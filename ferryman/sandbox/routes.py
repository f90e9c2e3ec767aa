"""Digital River's operations: path, handler, and the schemas of what goes in and out."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from . import (
    charges,
    checkouts,
    customers,
    events,
    files,
    fulfillments,
    orders,
    prebuilt,
    refunds,
    returns,
    skus,
    sources,
    taxids,
    webhooks,
)
from .calls import Route
from .errors import refuse

ROUTES = [
    Route("POST", "/customers", customers.create_customer, "CustomerRequest", "Customer"),
    Route("GET", "/customers", customers.list_customers, None, "Customer[]"),
    Route("GET", "/customers/{id}", customers.get_customer, None, "Customer"),
    Route(
        "POST", "/customers/{id}", customers.update_customer, "UpdateCustomerRequest", "Customer"
    ),
    Route("DELETE", "/customers/{id}", customers.delete_customer),
    Route(
        "POST",
        "/customers/{id}/sources/{sourceId}",
        customers.attach_customer_source,
        None,
        "Source",
    ),
    Route("DELETE", "/customers/{id}/sources/{sourceId}", customers.detach_customer_source),
    Route(
        "POST",
        "/drop-in/checkout-sessions",
        prebuilt.create_session,
        "DropInCheckoutRequest",
        "CreateDropInCheckoutTokenResponse",
    ),
    Route("POST", "/checkouts", checkouts.create_checkout, "CheckoutRequest", "Checkout"),
    Route("GET", "/checkouts", checkouts.list_checkouts, None, "Checkout[]"),
    Route("GET", "/checkouts/{id}", checkouts.get_checkout, None, "Checkout"),
    Route(
        "POST", "/checkouts/{id}", checkouts.update_checkout, "UpdateCheckoutRequest", "Checkout"
    ),
    Route("DELETE", "/checkouts/{id}", checkouts.delete_checkout),
    Route("POST", "/checkouts/{id}/sources/{sourceId}", sources.attach_source, None, "Source"),
    Route("DELETE", "/checkouts/{id}/sources/{sourceId}", sources.detach_source),
    Route("POST", "/sources", sources.create_credit, "CreditSource", "Source"),
    Route("GET", "/sources/{id}", sources.get_source, None, "Source"),
    Route("POST", "/orders", orders.create_order, "OrderRequest", "Order"),
    Route("GET", "/orders", orders.list_orders, None, "Order[]"),
    Route("GET", "/orders/{id}", orders.get_order, None, "Order", ("expand",)),
    Route("POST", "/orders/{id}", orders.update_order, "UpdateOrderRequest", "Order"),
    Route("POST", "/orders/{id}/refresh", orders.refresh_order, None, "Order"),
    Route("GET", "/charges/{id}", charges.get_charge, None, "Charge"),
    Route(
        "POST",
        "/fulfillments",
        fulfillments.create_fulfillment,
        "FulfillmentRequest",
        "Fulfillment",
    ),
    Route("GET", "/fulfillments", fulfillments.list_fulfillments, None, "Fulfillment[]"),
    Route("GET", "/fulfillments/{id}", fulfillments.get_fulfillment, None, "FulfillmentOrder"),
    Route(
        "POST",
        "/fulfillments/{id}",
        fulfillments.update_fulfillment,
        "UpdateFulfillmentRequest",
        "Fulfillment",
    ),
    Route("POST", "/refunds", refunds.create_refund, "RefundRequest", "OrderRefund"),
    Route("GET", "/refunds", refunds.list_refunds, None, "OrderRefund[]"),
    Route("GET", "/refunds/{id}", refunds.get_refund, None, "OrderRefund"),
    Route("POST", "/refunds/{id}", refunds.update_refund, "UpdateRefundRequest", "OrderRefund"),
    Route("POST", "/returns", returns.create_return, "ReturnsRequest", "ReturnsResponse"),
    Route("GET", "/returns", returns.list_returns, None, "ReturnsResponse[]"),
    Route("GET", "/returns/{id}", returns.get_return, None, "ReturnsResponse"),
    Route(
        "POST", "/returns/{id}", returns.update_return, "UpdateReturnsRequest", "ReturnsResponse"
    ),
    Route("GET", "/events", events.list_events, None, "Event[]"),
    Route("GET", "/events/{id}", events.get_event, None, "Event"),
    Route("POST", "/webhooks", webhooks.create_webhook, "WebhookRequest", "Webhook"),
    Route("GET", "/webhooks", webhooks.list_webhooks, None, "Webhook*", ("type", "types")),
    Route("GET", "/webhooks/{id}", webhooks.get_webhook, None, "Webhook"),
    Route("PATCH", "/webhooks/{id}", webhooks.update_webhook, "WebhookUpdateRequest", "Webhook"),
    Route("DELETE", "/webhooks/{id}", webhooks.delete_webhook),
    Route("POST", "/skus", skus.create_sku, "SkuRequest", "Sku"),
    Route("GET", "/skus", skus.list_skus, None, "Sku[]"),
    Route("GET", "/skus/{id}", skus.get_sku, None, "Sku"),
    Route("PUT", "/skus/{id}", skus.put_sku, "SkuUpsertRequest", "Sku"),
    Route("POST", "/skus/{id}", skus.update_sku, "UpdateSkuRequest", "Sku"),
    Route("DELETE", "/skus/{id}", skus.delete_sku),
    Route(
        "POST",
        "/tax-identifiers",
        taxids.create_identifier,
        "TaxIdentifierRequest",
        "CustomerTaxIdentifier",
    ),
    Route("GET", "/tax-identifiers", taxids.list_identifiers, None, "CustomerTaxIdentifier[]"),
    Route("GET", "/tax-identifiers/{id}", taxids.get_identifier, None, "CustomerTaxIdentifier"),
    Route("DELETE", "/tax-identifiers/{id}", taxids.delete_identifier),
    Route(
        "POST",
        "/customers/{id}/tax-identifiers/{taxId}",
        taxids.attach_identifier,
        None,
        "TaxIdentifier",
    ),
    Route("POST", "/files", files.create_file, "FileJsonRequest", "FileObject"),
    Route("GET", "/files", files.list_files, None, "FileObject[]"),
    Route("GET", "/files/{id}", files.get_file, None, "FileObject"),
    Route("GET", "/files/{id}/content", files.get_content),
    Route("POST", "/file-links", files.create_link, "FileLinkRequest", "FileLink"),
    Route("GET", "/file-links", files.list_links, None, "FileLink[]"),
    Route("GET", "/file-links/{id}", files.get_link, None, "FileLink"),
]
_PATTERNS = [
    (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)), route) for route in ROUTES
]


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Find the operation for a call; raises the 404 or 405 Refusal."""
    found = [(pattern.fullmatch(path), route) for pattern, route in _PATTERNS]
    here = [(match, route) for match, route in found if match]
    if not here:
        raise refuse(404, "not_found", "The item requested was not found.")
    for match, route in here:
        if route.method == method:
            return route, {name: unquote(text) for name, text in match.groupdict().items()}
    raise refuse(
        405,
        "method_not_allowed",
        "The method is not allowed. Provide a valid method value and try again.",
    )
