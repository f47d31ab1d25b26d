"""regularisation."""
