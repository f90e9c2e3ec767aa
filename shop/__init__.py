"""The shop window: a small storefront that buys by the public API, as a merchant's own would."""
