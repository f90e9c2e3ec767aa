"""The merchant's catalogue, brought to Digital River and kept current there."""
