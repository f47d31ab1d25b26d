"""training_loop."""
