"""Run a side in a process of its own.

One process per framework, because Keras's backend is fixed at import, because two frameworks in
one process fight over threads and GPU memory, and because TensorFlow imported before torch's
compiler aborts the interpreter. NumPy arrays are all that crosses, as crossing.py says.
"""

import contextlib
import importlib
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, Literal, overload

import psutil

from parity.errors import ModelError, ParityError, SideError, line
from parity.sides import keras_backend, signals
from parity.sides.calls import Call, OfKeras, OfTorch, P, Remote, S_co, T
from parity.sides.crossing import Packed, new_folder, opened, packed
from parity.sides.quiet import at_import, quiet
from parity.sides.starting import memory_kept, without_main, without_sklearn
from parity.sides.verbs import KerasVerbs, TorchVerbs, Verbs

REMEDIES = {
    "tensorflow": "install it with `pip install tensorflow`, or choose --keras-backend jax",
    "jax": 'install it with `pip install "keras-torch-parity[jax]"`, '
    "or choose --keras-backend tensorflow",
    "torch": "install it with `pip install torch torchvision`",
}


class Worker(Generic[S_co]):
    """A side in its own process: `worker.call(Models.weights, key)`.

    The framework is imported as soon as the worker is made; `ready()` waits for it.
    """

    @overload
    def __init__(
        self: "Worker[KerasVerbs]",
        framework: Literal["keras"],
        backend: str = "",
        device: str = "cpu",
        threads: int = 0,
        keeps_memory: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self: "Worker[TorchVerbs]",
        framework: Literal["torch"],
        backend: str = "",
        device: str = "cpu",
        threads: int = 0,
        keeps_memory: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self: "Worker[Verbs]",
        framework: str,
        backend: str = "",
        device: str = "cpu",
        threads: int = 0,
        keeps_memory: bool = False,
    ) -> None: ...

    def __init__(
        self,
        framework: str,
        backend: str = "",
        device: str = "cpu",
        threads: int = 0,
        keeps_memory: bool = False,
    ) -> None:
        """framework: "keras" or "torch"; backend: Keras's; device: "cpu", "cuda" or "auto".

        threads: of one operation; 0 leaves it to the framework. keeps_memory: see starting.py.
        Raises SideError in a worker's own process: a module that it imports checks something.
        """
        if _state.samples is not None:
            raise SideError(
                "it starts a check while a worker imports it; put the call under "
                '`if __name__ == "__main__":`, or the models in a module of their own'
            )
        self.framework = framework
        self.backend = backend or framework
        context = multiprocessing.get_context("spawn")
        with signals.held_back():  # multiprocessing starts a helper, which minds Ctrl-C alone
            self._samples: Any = context.SimpleQueue()
        self._folder = new_folder()
        self._pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_receive, initargs=(self._samples, self._folder.name)
        )
        # The pool starts its process for the first call.
        with without_main(), memory_kept(keeps_memory):
            self._pid = self._pool.submit(os.getpid)
        # Whoever may write to the pipe of answers keeps it open. The worker alone may: if it dies
        # in the middle of an answer, the pool sees its end and does not wait for the rest.
        self._pool._result_queue._writer.close()  # type: ignore[attr-defined]
        self._started = self._pool.submit(_start, framework, self.backend, device, threads)

    @property
    def title(self) -> str:
        return "torch side" if self.framework == "torch" else f"keras side ({self.backend})"

    def ready(self) -> float:
        """Wait until the framework is imported; the seconds that took.

        Raises SideError where it cannot be.
        """
        return self.result(self._started)

    def call(self, verb: Callable[Concatenate[S_co, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb and wait for what it returns. Raises ParityError in one line."""
        return self.result(self.submit(verb, *args, **kwargs))

    def submit(
        self, verb: Callable[Concatenate[S_co, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "Future[T]":
        return self._asked(_serve, verb.__name__, args, kwargs)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a plain function in the worker's process, where its framework may be imported."""
        future: Future[T] = self._submit(_guard, function, args, kwargs)
        return self.result(future)

    def follow(
        self,
        progress: Callable[[int], None],
        verb: Callable[Concatenate[S_co, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """A verb that trains; `progress` is called here with the number of samples seen."""
        future: Future[T] = self._asked(_serve_watched, verb.__name__, args, kwargs)
        while not future.done():
            wait([future], timeout=0.1)
            while not self._samples.empty():
                progress(self._samples.get())
        return self.result(future)

    def close(self) -> None:
        """End the process at once, whatever it is doing: after Ctrl-C it may be far from done."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(psutil.NoSuchProcess, BrokenProcessPool, CancelledError):
            psutil.Process(self._pid.result()).kill()
        self._folder.cleanup()

    def result(self, future: "Future[T]") -> T:
        """Wait for a submitted verb."""
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise self._died() from error

    def _asked(
        self, serve: Callable[[str, Packed], Packed], verb: str, args: Any, named: Any
    ) -> "Future[Any]":
        found: Future[Any] = Future()

        def open_it(done: "Future[Packed]") -> None:
            try:
                found.set_result(opened(done.result()))
            except BaseException as error:
                found.set_exception(error)

        given = packed((args, named), self._folder.name)
        self._submit(serve, verb, given).add_done_callback(open_it)
        return found

    def _submit(self, function: Callable[..., Any], *args: Any) -> "Future[Any]":
        try:
            return self._pool.submit(function, *args)
        except BrokenProcessPool as error:
            raise self._died() from error

    def _died(self) -> SideError:
        return SideError(
            f"{self.title}: its process died (out of memory, or the framework aborted). "
            "Run again with PARITY_DEBUG=1 to see what it printed"
        )


AnyWorker = Remote[Verbs]


class Sides:
    """A Keras worker and a torch worker; both import their frameworks at the same time."""

    def __init__(
        self,
        backend: str = "tensorflow",
        device: str = "cpu",
        torch: Remote[TorchVerbs] | None = None,
        keras: Remote[KerasVerbs] | None = None,
    ) -> None:
        """keras, torch: workers to use, where there are some already, or what answers as one."""
        self.keras: Remote[KerasVerbs] = keras or Worker(
            "keras", backend, device, keeps_memory=True
        )
        self.torch: Remote[TorchVerbs] = torch or Worker("torch", device=device, keeps_memory=True)

    def with_keras(self, keras: Remote[KerasVerbs]) -> "Sides":
        """The same torch worker beside another Keras side."""
        return Sides(torch=self.torch, keras=keras)

    def ready(self) -> None:
        """Wait for both. Raises SideError where a framework cannot be imported."""
        self.torch.ready()
        self.keras.ready()

    def both(
        self, verb: Callable[Concatenate[Verbs, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, T]:
        """Run a verb on both sides at the same time, with the same arguments."""
        call = Call(verb, args, kwargs)
        return self.each(call, call)

    def each(
        self, keras: Call[KerasVerbs, OfKeras], torch: Call[TorchVerbs, OfTorch]
    ) -> tuple[OfKeras, OfTorch]:
        """Run a verb on each side at the same time."""
        ours = self.keras.submit(keras.verb, *keras.args, **keras.kwargs)
        theirs = self.torch.submit(torch.verb, *torch.args, **torch.kwargs)
        return self.keras.result(ours), self.torch.result(theirs)

    def close(self) -> None:
        self.keras.close()
        self.torch.close()

    def __enter__(self) -> "Sides":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@dataclass
class _State:
    """What a worker process holds."""

    side: Any = None
    samples: Any = None  # the queue that progress goes back through
    folder: str = ""  # that large arrays go through


_state = _State()


def _receive(samples: Any, folder: str) -> None:
    _state.samples, _state.folder = samples, folder
    os.dup2(2, 1)  # what a person's model prints does not belong to what a command writes
    # Ctrl-C reaches the whole group of processes, and so may a signal to end; the parent decides
    # what to do about it.
    for asked in signals.TO_END:
        signal.signal(asked, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed cannot close its workers; they must not outlive it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        shutil.rmtree(_state.folder, ignore_errors=True)  # nor what it had not opened yet
        os._exit(1)


def _start(framework: str, backend: str, device: str, threads: int) -> float:
    begun = time.perf_counter()
    keras_backend.prepare_environment(backend if framework == "keras" else "torch", device, threads)
    try:
        with quiet(), without_sklearn():
            module = importlib.import_module(f"parity.sides.{framework}_side")
            at_import("tensorflow")  # which a person's file may import on torch's side, too
            side = getattr(module, f"{framework.capitalize()}Side")
            _state.side = side(device)
        return time.perf_counter() - begun
    except ParityError:
        raise
    except (Exception, SystemExit) as error:
        title = "torch side" if framework == "torch" else f"keras side ({backend})"
        raise SideError(
            f"{title}: {backend} could not be imported ({line(error)}); {REMEDIES[backend]}"
        ) from None


def _serve(verb: str, given: Packed, **more: Any) -> Packed:
    args, named = opened(given)
    found = _guard(getattr(_state.side, verb), args, {**named, **more})
    return packed(found, _state.folder)


def _serve_watched(verb: str, given: Packed) -> Packed:
    return _serve(verb, given, progress=_state.samples.put)


def _guard(function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return guard(function, args, named, getattr(_state.side, "name", "worker"))


def guard(function: Callable[..., T], args: tuple[Any, ...], named: dict[str, Any], side: str) -> T:
    """Turn whatever a framework or a person's model raises into one line that crosses processes.

    A model may also call sys.exit, which ends no more than what was being done. What stands behind
    an error stays here: where tblib is installed, it would cross, too, and import TensorFlow there.
    """
    try:
        return function(*args, **named)
    except KeyboardInterrupt:
        raise
    except ParityError as error:
        found: ParityError = error
    except BaseException as error:
        if os.environ.get("PARITY_DEBUG"):
            traceback.print_exc()
        found = ModelError.behind(f"{side} side, in {function.__name__}", error)
    found.__cause__ = found.__context__ = None
    raise found
