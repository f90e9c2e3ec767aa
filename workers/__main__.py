"""`python -m workers`: carry purchases until SIGTERM."""

from ferryman.starting import load

if __name__ == "__main__":
    load("workers.command").app()
