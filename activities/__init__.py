"""What a purchase does to the world: steps that are safe to repeat."""
