"""Prometheus' text of what was measured. What is measured, and how, is not known here."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Measure = Callable[[], Iterable[Metric]]
"""Everything as it stands now; asked at each scrape, by several threads at once."""


class _Measured(Collector):
    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def collect(self) -> Iterator[Metric]:
        """What is so now."""
        yield from self._measure()

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering us must ask no database."""
        return []


class Exposition:
    """What `/metrics` answers: ours, and this process's memory, time and open files."""

    def __init__(self, measure: Measure) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Measured(measure))
        ProcessCollector(namespace="shiftbot", registry=self._registry)

    def text(self, accept: str) -> tuple[bytes, str]:
        """The text and its content type, in the form that the asking side accepts."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
