"""The laboratory of differences: one small experiment for each way in which the frameworks differ.

`catalogue/` has one file an area, `experiment.py` says what an entry is made of, `bench.py` runs
them, `measure.py` says how far two outcomes are apart.
"""
