"""The HTTP door for storefronts, warehouses and Digital River."""
