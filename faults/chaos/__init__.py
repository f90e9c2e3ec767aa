"""Real processes killed, frozen and cut off while purchases go through; then the books are read."""
