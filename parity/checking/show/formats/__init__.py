"""A check in the formats of others: each escapes what is not its own, whoever gave it."""
