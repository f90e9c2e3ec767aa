"""What a purchase does: deterministic, without input or output; start with purchase.py."""
