"""Keeps what a purchase says to Temporal readable to us alone, and forgets it on request."""
