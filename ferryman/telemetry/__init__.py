"""What a process tells of itself: figures, traces, and one id through all logs."""
