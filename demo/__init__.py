"""One command for the whole system on this machine: left running, or telling its stories."""
