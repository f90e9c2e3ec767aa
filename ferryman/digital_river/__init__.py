"""Digital River over HTTP: its calls, resources, events, signatures and errors."""
