"""Where training runs are done: on this machine, or on a Dask cluster. The results are the same."""
