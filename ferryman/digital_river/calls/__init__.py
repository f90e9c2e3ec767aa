"""The calls, one noun to a file; the client is all of them together."""
