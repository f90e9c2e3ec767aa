"""The API's process: `python -m api`."""

from ferryman.starting import load

if __name__ == "__main__":
    load("api.command").main()
