"""What differs between two results folders."""
