"""What a results folder shows, in pages and in a terminal."""
