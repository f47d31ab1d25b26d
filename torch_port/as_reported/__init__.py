"""The course report's own PyTorch ports, architecture and training quirks, in our own words.

Each has the headings of its Keras twin in keras_reference/, and its `# DIFFERS:` lines say where it
is not Keras's; the id in square brackets is the entry in the catalogue of differences.
"""
