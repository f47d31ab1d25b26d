"""The lessons: what a page says, that all of it hangs together, and how a browser shows it."""
