"""What an order costs, measured beside the engine's own floor and beside the plain way."""
