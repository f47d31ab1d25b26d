"""A pair that stands in no registry: two twin files, which the tests add with one line."""
