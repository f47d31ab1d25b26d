"""The version of this package, in a place that a source tree has too."""

__version__ = "0.1.0"
