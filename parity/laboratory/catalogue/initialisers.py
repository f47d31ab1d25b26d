"""initialisers."""
