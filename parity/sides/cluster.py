"""A Dask cluster (extra `dask`), whose threads do tasks of ours.

Each of its threads keeps the processes of our sides beside it. A process of the cluster that is
lost takes its task with it, which Dask gives to another.
"""

import multiprocessing
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from parity.errors import ParityError, SideError

SCHEME = "dask://"
RETRIES = 2
CONNECT_SECONDS = 10

Tell = Callable[[Any], None]
Versions = Mapping[str, str]  # package -> version

_kept = threading.local()  # `side`, of this thread of the cluster: what it is, and its processes


class Side(Protocol):
    """A worker, or both sides."""

    def ready(self) -> Any: ...
    def close(self) -> None: ...


class Cluster:
    """Those that work at an address."""

    def __init__(self, address: str, versions: Callable[[], Versions]) -> None:
        """address: `dask://HOST:PORT` of a Dask scheduler. versions: of what a result depends on,
        as a process here has it, or one there.

        Raises ParityError where none answers, one has nobody to work for it, or somebody works
        with other versions than are installed here.
        """
        try:
            from dask.distributed import Client
        except ImportError as error:
            raise ParityError(
                f"--executor {address}: Dask is not installed; "
                'install it with `pip install "keras-torch-parity[dask]"`'
            ) from error
        place = address.removeprefix(SCHEME)
        try:
            self._client: Any = Client(  # type: ignore[no-untyped-call]
                f"tcp://{place}", timeout=CONNECT_SECONDS
            )
        except (OSError, ValueError) as error:
            raise ParityError(
                f"--executor {address}: no Dask scheduler answers there ({error}); "
                "start one with `dask scheduler`, and give its address"
            ) from error
        self._address, self._versions = address, versions
        self._mine = dict(versions())
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            self._require_same_versions()
        except TimeoutError as error:
            self.close()
            raise ParityError(
                f"--executor {address}: the scheduler has no workers; "
                f"start some with `dask worker {place}`"
            ) from error
        except BaseException:
            self.close()
            raise

    def run(
        self,
        do: Callable[..., Any],
        tasks: Mapping[str, Sequence[Any]],
        common: Any = None,
        told: Tell = lambda event: None,
    ) -> Iterator[tuple[str, Any]]:
        """Do the tasks there, each by its name: `do(*task, common, tell)`.

        Yields what each returned, or the ParityError that it raised, as they end. common: what all
        tasks are given, sent once. told: is called here with what a task tells. The cluster may
        serve other commands too. Raises SideError where it cannot go on.
        """
        from dask.distributed import KilledWorker, as_completed

        own = uuid.uuid4().hex
        self._client.subscribe_topic(own, lambda event: told(event[1]))
        names: dict[Any, str] = {}
        try:
            shared = self._hand_over(common, own)
            for name, task in tasks.items():
                # What is raised for want of a process, Dask tries again.
                given = (do, task, shared, own, self._versions, self._mine)
                ways = {"key": f"{name}-{own}", "retries": RETRIES, "pure": False}
                names[self._client.submit(_done, *given, **ways)] = name
            for future in as_completed(list(names)):  # type: ignore[no-untyped-call]
                try:
                    yield names[future], future.result()
                except ParityError as error:
                    yield names[future], error
                except KilledWorker as error:  # the task costs every process its life
                    yield names[future], self._lost(error)
        except Exception as error:  # a lost scheduler, no process at all
            raise self._lost(error) from error
        finally:
            self._client.cancel(list(names))
            self._client.unsubscribe_topic(own)

    def _lost(self, error: Exception) -> SideError:
        why = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        return SideError(
            f"--executor {self._address}: the cluster cannot go on ({why}); see to it, then repeat "
            "the command"
        )

    def _hand_over(self, common: Any, own: str) -> Any:
        """What all tasks are given, as what a task returns.

        Dask makes that anew where it is lost with a process. What is scattered it cannot, and of
        several copies it soon deletes all but one.
        """
        import dask.config

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            return self._client.submit(_same, common, key=f"common-{own}", pure=False)

    def _require_same_versions(self) -> None:
        for theirs in self._client.run(self._versions).values():
            _require_same(self._mine, theirs)

    def close(self) -> None:
        self._client.close()


def _same(common: Any) -> Any:
    return common


def _done(
    do: Callable[..., Any],
    task: Sequence[Any],
    common: Any,
    topic: str,
    versions: Callable[[], Versions],
    asked: Versions,
) -> Any:
    """On a thread of the cluster: a task.

    What another try would not mend is returned; what is raised, Dask tries again.
    """
    from dask.distributed import get_worker

    reporter = get_worker()

    def tell(event: Any) -> None:
        reporter.log_event(topic, event)

    try:
        _require_same(asked, versions())  # it may have joined since
        return do(*task, common, tell)
    except SideError:
        _let_go()
        raise
    except ParityError as error:
        return error


def _require_same(mine: Versions, theirs: Versions) -> None:
    """Raises ParityError where a process of the cluster has other versions."""
    for name, version in mine.items():
        found = theirs.get(name, "not installed")
        if found != version:
            raise ParityError(
                f"--executor: a worker of the cluster has {name} {found}, and here is {version}; "
                "results of the two are not to be mixed: install the same there"
            )


def kept(title: tuple[str, ...], make: Callable[[], Side]) -> Any:
    """What this thread of the cluster keeps under a title, ready; what has another makes way."""
    if getattr(_kept, "side", (None,))[0] != title:
        _let_go()
        # Dask's processes are daemons, which may have no children unless they say otherwise.
        multiprocessing.current_process().daemon = False
        _kept.side = title, make()
    side: Side = _kept.side[1]
    side.ready()
    return side


def _let_go() -> None:
    if hasattr(_kept, "side"):
        _kept.side[1].close()
        del _kept.side
