"""What teaches: the catalogue of differences, lessons, exercises, and the report's own ports."""
