"""The process that runs workflows and activities."""
