"""Histories of purchases in every state: what tomorrow's flow has to be able to go on with."""
