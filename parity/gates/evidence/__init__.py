"""Gather what the gates judge: one file a gate, each runs the sides and returns records."""
