"""Ports with one mistake each: a good port, altered."""
