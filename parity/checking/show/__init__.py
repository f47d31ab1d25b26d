"""What a check shows in a terminal."""
