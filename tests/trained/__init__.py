"""Twelve pairs of other people's kinds that are trained, and mistakes planted in their training."""
