"""Train both sides of a pair, alike."""
