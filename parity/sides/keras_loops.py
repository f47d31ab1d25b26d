"""Keras's loops over sequences, compiled once.

On TensorFlow, a layer that is called outside of a graph takes step after step in Python: 500 of an
LSTM took 4 s on a core, and 0.3 s in a graph, the making of the graph included. On jax each call
compiles its loop anew, as the body is another function: 0.9 s, and 0.1 s where it is kept.
"""

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import psutil

LONG = 50  # steps, from which on a graph pays: an LSTM's took 0.2 s by themselves, 0.1 s so
WORTH = 0.1  # seconds of compiling, from which on jax keeps what it compiled
FOLDER = "parity-jax-"


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Let loops be compiled where that is faster."""
    backend = keras.backend.backend()
    how = {"tensorflow": _as_graphs, "jax": _kept}.get(backend, contextlib.nullcontext)
    with how():
        yield


@contextlib.contextmanager
def _as_graphs() -> Iterator[None]:
    """Let long loops of Keras's own cells run as graphs, at inference. A person's own cell may keep
    what a step gave, which is nothing outside of the graph."""
    own = keras.layers.RNN.inner_loop
    keras.layers.RNN.inner_loop = _in_a_graph(own)
    try:
        yield
    finally:
        keras.layers.RNN.inner_loop = own


def _in_a_graph(loop: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def inner_loop(
        layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        is_eager = tf.executing_eagerly() and isinstance(sequences, tf.Tensor)
        is_long = is_eager and sequences.shape[1] >= LONG and not layer.unroll
        if training or not is_long or not _is_keras(layer.cell):
            return loop(layer, sequences, initial_state, mask, training=training)
        graph = tf.function(
            lambda x, state: loop(layer, x, state, mask, training=training), autograph=False
        )
        # Called by itself, TensorFlow warns that a function is made anew each time.
        return graph.get_concrete_function(sequences, initial_state)(sequences, initial_state)

    return inner_loop


def _is_keras(cell: Any) -> bool:
    return all(
        type(layer).__module__.partition(".")[0] == "keras" for layer in cell._flatten_layers()
    )


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    """Let jax find what it compiled before, for the same computation: in a folder, where it has
    none yet."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    if jax.config.jax_compilation_cache_dir is not None:
        yield
        return
    settings = {
        "jax_compilation_cache_dir": _folder().name,
        "jax_persistent_cache_min_compile_time_secs": WORTH,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in settings}
    _set(settings)
    compilation_cache.reset_cache()  # it looks for a folder once
    try:
        yield
    finally:
        _set(before)
        compilation_cache.reset_cache()


def _set(settings: dict[str, Any]) -> None:
    import jax

    for name, value in settings.items():
        jax.config.update(name, value)


@functools.cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Removed as the process ends; where that was killed, as workers are, by the next one."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        owner = left.name.removeprefix(FOLDER).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{FOLDER}{os.getpid()}-"
    return tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
