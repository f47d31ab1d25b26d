"""What each command takes: one file for commands of a kind, and what they share."""
