"""What holds in the tests' own processes and their workers', set before NumPy is imported."""

import os

# Here several workers run side by side. The threads of torch and of BLAS spin while they wait for
# each other, which makes every worker several times slower; one thread has none to wait for.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What jax has compiled for one test is there for the next, in whatever process: half of its time.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
