"""Errors that a person can act on. The command line prints them without a traceback."""


class ParityError(Exception):
    """Bad input, or an environment that cannot do what was asked. Says thing, value and remedy."""


class DataError(ParityError):
    """A data set that is absent, truncated or altered."""


class SideError(ParityError):
    """A framework that is missing or broken, or a worker process that died."""


class ModelError(ParityError):
    """A model that cannot be found, built or run."""


class TransferError(ParityError):
    """Weights that cannot be moved. The message lists every failure, one a line."""


class ResultsError(ParityError):
    """A results folder that cannot be read or written, or that holds another run."""
