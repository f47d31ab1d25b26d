"""One road for every pair: from two models to a report."""
