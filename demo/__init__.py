"""The whole system on one machine, and the stories it tells."""
