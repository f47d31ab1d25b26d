"""The pictures of a comparison: one file a picture, all of plain records.

Each file has `figure(...)`, which makes the picture; a `Gallery` saves it.
"""
