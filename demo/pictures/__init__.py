"""Pictures of the real Web UI for the documents: one command, on a system of its own."""
