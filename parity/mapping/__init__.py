"""Which layer answers which, how values and weights stand to each other, and how weights move."""
